"""Smooth NMF, in all its forms, minimizes what it says it does."""

import h5py
import numpy as np
import pytest
from helpers.paths import DATA
from helpers.reference_convex import ReferenceConvexNMF
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from specufex_pipe.errors import FitInterrupted
from specufex_pipe.events.frames import Frames
from specufex_pipe.events.views import View
from specufex_pipe.factorizations import MiniBatchSmoothConvexNMF, SmoothConvexNMF, SmoothNMF
from specufex_pipe.store import FrameStore, write_events

CASES = DATA / "smooth-nmf/cases.h5"
BETAS = (0.001, 0.01, 0.1)
MODELS = {
    "smooth": SmoothNMF,
    "convex": SmoothConvexNMF,
    "convex, reference": ReferenceConvexNMF,
    "convex, in batches": lambda *args, **kwargs: SmoothConvexNMF(*args, batch_size=7, **kwargs),
}


def objective(events, activations, W, beta):
    """The formula of the docstring, term by term; matrices are (rows, frames)."""
    total = 0.0
    for X, H in zip(events, activations, strict=True):
        model = W.T @ H
        seen = X > 0
        total += (X[seen] * np.log(X[seen] / model[seen])).sum() - X.sum() + model.sum()
        for k, strength in enumerate(W.sum(axis=1)):
            steps = sum((H[k, t] - H[k, t - 1]) ** 2 for t in range(1, H.shape[1]))
            total += beta / 2 * strength**2 * steps
    return total


def sounds(rng, lengths=(30, 12, 21), n_rows=8, n_components=3):
    """Events in which components come and go slowly."""
    spectra = rng.gamma(0.5, 1, (n_rows, n_components))
    events = []
    for length in lengths:
        walks = np.cumsum(rng.standard_normal((n_components, length)), axis=1)
        events.append(rng.poisson(20 * spectra @ np.exp(0.3 * walks)) + 0.1)
    return events


@pytest.mark.parametrize("beta", BETAS)
def test_smooth_nmf_equals_an_earlier_implementation(beta):
    with h5py.File(CASES) as file:
        X, case = (
            file["V"][:],
            {name: array[:] for name, array in file[f"smooth_beta_{beta}"].items()},
        )
    model = SmoothNMF(3, smoothness=beta, tol=0, max_iter=50)
    model.fit(X, components=case["W_init"].T, activations=case["H_init"])
    for found, name in (
        (model.components_.T, "W"), (model.activations_, "H"), (model.cost_, "cost"),
    ):  # fmt: skip
        np.testing.assert_allclose(found, case[name], rtol=1e-8, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("batch_size", [None, 4096, 9])
def test_smooth_convex_nmf_equals_an_earlier_implementation(batch_size, beta):
    with h5py.File(CASES) as file:
        X, case = (
            file["V"][:],
            {name: array[:] for name, array in file[f"convex_beta_{beta}"].items()},
        )
    model = ReferenceConvexNMF(3, smoothness=beta, batch_size=batch_size, tol=0, max_iter=50)
    model.fit(X, coefficients=case["L_init"], activations=case["H_init"])
    for found, name in (
        (model.coefficients_, "L"), (model.activations_, "H"), (model.cost_, "cost"),
    ):  # fmt: skip
        np.testing.assert_allclose(found, case[name], rtol=1e-8, atol=1e-8, err_msg=name)
    np.testing.assert_allclose(model.components_.T, X @ case["L"], rtol=1e-8)


@st.composite
def data_sets(draw):
    """Events of any sizes and scale, with zeros here and there, and frames of zeros."""
    n_rows = draw(st.integers(1, 6))
    lengths = draw(st.lists(st.integers(1, 8), min_size=1, max_size=4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    X = rng.gamma(draw(st.sampled_from([0.1, 1.0])), 1, (n_rows, sum(lengths)))
    X[rng.random(X.shape) < draw(st.sampled_from([0, 0.3, 0.8]))] = 0
    X[:, rng.random(sum(lengths)) < draw(st.sampled_from([0, 0.4]))] = 0
    X *= 10.0 ** draw(st.integers(-6, 6))
    assume(X.any(axis=1).all())
    most = min(n_rows, np.count_nonzero(X.any(axis=0)))
    n_components = draw(st.integers(1, most))
    return np.split(X, np.cumsum(lengths)[:-1], axis=1), n_components


weights = st.sampled_from([0, 1e-4, 1e-2, 0.3, 1, 1e2, 1e4])


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=50)
@given(data_sets(), weights)
def test_the_cost_never_rises(name, data, smoothness):
    events, n_components = data
    model = MODELS[name](n_components, smoothness=smoothness, tol=0, max_iter=25).fit(events)
    costs = np.array(model.cost_)
    assert np.isfinite(costs).all()
    rounding = 1e-10 * (costs[0] + sum(event.sum() for event in events))
    assert np.diff(costs).max(initial=0) <= rounding
    for values in (model.components_, *model.activations_):
        assert np.isfinite(values).all()
        assert (values >= 0).all()


@pytest.mark.parametrize("smoothness", [1.0, 1e4])
def test_the_cost_never_rises_from_a_bad_start(smoothness):
    """Rough activations, many rows: all entries of a component at once may overshoot."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        X = rng.gamma(0.2, 5, (40, 12))
        start = {
            "components": rng.gamma(0.3, 1, (2, 40)),
            "activations": rng.gamma(0.3, 1, (2, 12)),
        }
        model = SmoothNMF(2, smoothness=smoothness, max_iter=10, tol=0).fit(X, **start)
        assert np.diff(model.cost_).max() <= 1e-10 * model.cost_[0]


@pytest.mark.parametrize("name", MODELS)
def test_the_cost_is_that_of_the_formula_and_no_event_is_linked_to_the_next(name):
    events = sounds(np.random.default_rng(1))
    model = MODELS[name](3, smoothness=0.1, max_iter=7, tol=0).fit(events)
    expected = objective(events, model.activations_, model.components_, 0.1)
    assert model.cost_[-1] == pytest.approx(expected, rel=1e-10)
    joined = objective([np.hstack(events)], [np.hstack(model.activations_)], model.components_, 0.1)
    assert joined > 1.001 * expected


@pytest.mark.parametrize("name", MODELS)
def test_a_stiff_chain_is_as_long_as_its_event(name):
    loud, soft = np.full((4, 9), 10.0), np.full((4, 5), 1.0)
    bumps = np.arange(4)[:, None] * np.ones(9)
    model = MODELS[name](1, smoothness=1e4, max_iter=1000, tol=0).fit([loud + bumps, soft])
    first, second = model.energies(model.activations_)
    for energies, measured in ((first, 46), (second, 4)):
        np.testing.assert_allclose(energies, measured, rtol=1e-6)


def kl_step(X, W, H):
    """The textbook's multiplicative updates of H and then W, Lee and Seung; X is (rows, frames)."""
    H = H * (W.T @ (X / (W @ H))) / W.sum(axis=0)[:, None]
    return (X / (W @ H)) @ H.T, H


def test_without_smoothness_a_step_is_that_of_plain_nmf():
    rng = np.random.default_rng(2)
    X, W, H = rng.gamma(1, 1, (6, 20)), rng.random((6, 3)), rng.random((3, 20))
    model = SmoothNMF(3, smoothness=0, max_iter=1).fit(X, components=W.T, activations=H)
    allocation, H = kl_step(X, W, H)
    np.testing.assert_allclose(model.activations_, H, rtol=1e-12)
    np.testing.assert_allclose(model.components_.T, W * allocation / H.sum(axis=1), rtol=1e-12)


@pytest.mark.parametrize("convex", [SmoothConvexNMF, ReferenceConvexNMF])
def test_without_smoothness_a_step_is_that_of_convex_nmf(convex):
    rng = np.random.default_rng(2)
    X, L, H = rng.gamma(1, 1, (6, 20)), rng.random((20, 3)), rng.random((3, 20))
    model = convex(3, smoothness=0, max_iter=1)
    model.fit(X, coefficients=L, activations=H)
    allocation, H = kl_step(X, X @ L, H)
    expected = L * (X.T @ allocation) / np.outer(X.sum(axis=0), H.sum(axis=1))
    np.testing.assert_allclose(model.activations_, H, rtol=1e-12)
    np.testing.assert_allclose(model.coefficients_, expected, rtol=1e-12)


def slope(function, values):
    """Partial derivatives, by central differences."""
    result = np.zeros_like(values)
    for place in np.ndindex(values.shape):
        step = 1e-6 * max(values[place], 1e-3)
        ends = []
        for sign in (1, -1):
            moved = values.copy()
            moved[place] += sign * step
            ends.append(function(moved))
        result[place] = (ends[0] - ends[1]) / (2 * step)
    return result


def distance_to_a_minimum(function, values):
    """0 where no derivative says that a value >= 0 should change."""
    return np.abs(np.minimum(values, slope(function, values))).max()


def test_smooth_nmf_ends_in_a_minimum_of_its_objective():
    X, beta = np.random.default_rng(3).gamma(1, 1, (5, 9)), 0.5
    model = SmoothNMF(2, smoothness=beta, tol=0, max_iter=3000).fit(X)
    W, H = model.components_, model.activations_
    assert distance_to_a_minimum(lambda W: objective([X], [H], W, beta), W) < 1e-5
    assert distance_to_a_minimum(lambda H: objective([X], [H], W, beta), H) < 1e-5


def test_convex_nmf_ends_in_a_minimum_of_its_objective_and_the_reference_does_not():
    X, beta = np.random.default_rng(3).gamma(1, 1, (5, 9)), 0.5
    distances, costs = {}, {}
    for convex, max_iter in ((SmoothConvexNMF, 4000), (ReferenceConvexNMF, 2000)):
        model = convex(2, smoothness=beta, tol=0, max_iter=max_iter, random_state=1).fit(X)
        L, H = model.coefficients_, model.activations_
        distances[convex] = [
            distance_to_a_minimum(lambda L, H=H: objective([X], [H], (X @ L).T, beta), L),
            distance_to_a_minimum(lambda H, L=L: objective([X], [H], (X @ L).T, beta), H),
        ]
        costs[convex] = model.cost_[-1]
    assert max(distances[SmoothConvexNMF]) < 1e-5
    assert max(distances[ReferenceConvexNMF]) > 0.1
    assert costs[ReferenceConvexNMF] > costs[SmoothConvexNMF] + 0.01


@pytest.mark.parametrize("convex", [SmoothConvexNMF, ReferenceConvexNMF])
@settings(max_examples=25)
@given(data_sets(), weights, st.integers(1, 40))
def test_no_batch_size_changes_the_result(convex, data, smoothness, batch_size):
    events, n_components = data
    options = {"smoothness": smoothness, "tol": 0, "max_iter": 4}
    whole = convex(n_components, **options).fit(events)
    total = sum(event.sum() for event in events)
    # Where nothing is left to gain, rounding decides which iteration is the last.
    assume(np.diff(whole.cost_).max() < -1e-8 * total)
    batches = convex(n_components, batch_size=batch_size, **options).fit(events)
    np.testing.assert_allclose(batches.cost_, whole.cost_, rtol=1e-7, atol=1e-9 * total)
    np.testing.assert_allclose(
        batches.components_, whole.components_, rtol=1e-6, atol=1e-8 * whole.components_.max()
    )


@pytest.mark.parametrize("batch_size", [1, 5, 1000])
def test_edges_of_batches_are_as_smooth_as_any_other_place(batch_size):
    X = np.hstack(sounds(np.random.default_rng(4)))
    options = {"smoothness": 1.0, "max_iter": 40, "tol": 0}
    whole = SmoothConvexNMF(3, **options).fit(X)
    batches = SmoothConvexNMF(3, batch_size=batch_size, **options).fit(X)
    for name in ("activations_", "coefficients_", "components_"):
        expected = getattr(whole, name)
        np.testing.assert_allclose(
            getattr(batches, name), expected, rtol=1e-9, atol=1e-9 * expected.max(), err_msg=name
        )


class RecordedStore(View):
    """A store that can be read by ranges alone, and keeps how long they were."""

    def __init__(self, store):
        super().__init__(store)
        self.lengths = []

    @property
    def digest(self):
        return self.source.digest

    def read(self, events):
        raise AssertionError("all frames of an event are asked for at once")

    def read_range(self, start, stop):
        self.lengths.append(stop - start)
        return self.source.read_range(start, stop)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_store_is_read_batch_by_batch_and_gives_what_memory_does(dtype, tmp_path):
    events = [event.astype(dtype) for event in sounds(np.random.default_rng(5))]
    frames = np.hstack(events).T
    with write_events(tmp_path / "s.h5", "spectrograms", settings={}, inputs={}) as writer:
        writer.append(list("abc"), [event.shape[1] for event in events], frames)
    model = SmoothConvexNMF(3, batch_size=8, max_iter=6, tol=0)
    expected = model.fit(events)
    arrays = expected.components_, expected.coefficients_, np.hstack(expected.activations_).T
    with FrameStore(tmp_path / "s.h5", "spectrograms") as store:
        recorded = RecordedStore(store)
        model.fit(recorded)
        assert max(recorded.lengths) == 8
        # Two looks at all frames before the first iteration, a few in each.
        assert sum(recorded.lengths) <= 63 * (3 + 4 * 6)
        found = model.components_, model.coefficients_, model.activations_.frames
        for one, other in zip(found, arrays, strict=True):
            assert np.array_equal(one, other)
        activations = model.transform(store)
    assert isinstance(activations, Frames)
    assert np.array_equal(activations.frames, np.hstack(model.transform(events)).T)


@pytest.mark.parametrize("name", MODELS)
def test_transform_of_the_fitted_data_comes_close_to_the_activations_of_the_fit(name):
    rng = np.random.default_rng(6)
    spectra = np.kron(np.eye(3), np.ones((3, 1))) + 0.05
    events = [rng.poisson(spectra @ rng.gamma(1, 30, (3, length))) + 0.1 for length in (30, 12)]
    model = MODELS[name](3, smoothness=1e-4, max_iter=400, tol=1e-7).fit(events)
    found = model.transform(events)
    for one, other in zip(found, model.activations_, strict=True):
        np.testing.assert_allclose(one, other, atol=0.1 * other.max())
    cost = objective(events, found, model.components_, 1e-4)
    assert cost < 1.001 * model.cost_[-1]


@pytest.mark.parametrize("name", ["smooth", "convex", "convex, in batches"])
def test_data_ten_times_as_large_need_a_tenth_of_the_smoothness(name):
    events = sounds(np.random.default_rng(8))
    options = {"max_iter": 20, "tol": 0}
    one = MODELS[name](3, smoothness=0.5, **options).fit(events)
    ten = MODELS[name](3, smoothness=0.05, **options).fit([10 * event for event in events])
    np.testing.assert_allclose(ten.cost_, 10 * np.array(one.cost_), rtol=1e-7)
    for large, small in zip(
        ten.energies(ten.activations_), one.energies(one.activations_), strict=True
    ):
        np.testing.assert_allclose(large, 10 * small, rtol=1e-6, atol=1e-6 * large.max())


@pytest.mark.parametrize("name", MODELS)
def test_more_smoothness_gives_smoother_energies(name):
    X = sounds(np.random.default_rng(9), lengths=(60,))[0]
    roughness = []
    for smoothness in (0, 0.01, 1, 100):
        model = MODELS[name](3, smoothness=smoothness, max_iter=100).fit(X)
        energies = model.energies(model.activations_)
        roughness.append((np.diff(energies, axis=1) ** 2).sum())
    assert (np.diff(roughness) < 0).all()


@pytest.mark.parametrize("name", [name for name in MODELS if name != "smooth"])
def test_convex_components_are_sums_of_frames(name):
    events = sounds(np.random.default_rng(10))
    model = MODELS[name](3, max_iter=10).fit(events)
    assert (model.coefficients_ >= 0).all()
    together = model.coefficients_.T @ np.hstack(events).T
    np.testing.assert_allclose(model.components_, together, rtol=1e-10)


@pytest.mark.parametrize("name", MODELS)
def test_components_rise_in_frequency_unless_their_start_was_given(name):
    X = np.hstack(sounds(np.random.default_rng(11)))
    model = MODELS[name](3, max_iter=10).fit(X)
    assert (np.diff(model.components_.argmax(axis=1)) >= 0).all()
    backwards = model.activations_[::-1]
    start = {"activations": backwards}
    if name != "smooth":
        start["coefficients"] = model.coefficients_[:, ::-1]
    else:
        start["components"] = model.components_[::-1]
    again = MODELS[name](3, max_iter=1).fit(X, **start)
    assert (np.diff(again.components_.argmax(axis=1)) <= 0).all()
    assert again.cost_[0] == pytest.approx(model.cost_[-1], rel=1e-10)


@pytest.mark.parametrize("name", MODELS)
def test_a_fit_ends_when_an_iteration_brings_little(name):
    X = np.hstack(sounds(np.random.default_rng(13)))
    model = MODELS[name](3, tol=1e-3).fit(X)
    assert 1 < model.n_iter_ < 500
    falls = -np.diff(model.cost_) / model.cost_[:-1]
    assert (falls[:-1] > 1e-3).all()
    assert falls[-1] <= 1e-3


@pytest.mark.parametrize("name", MODELS)
def test_frames_that_are_all_alike_can_be_fitted(name):
    X = np.ones((4, 6))
    model = MODELS[name](2, max_iter=20).fit(X)
    np.testing.assert_allclose(model.inverse_transform(model.activations_), X, rtol=1e-6)


def test_what_was_a_class_of_its_own_is_smooth_convex_nmf_in_batches():
    model = MiniBatchSmoothConvexNMF(3, smoothness=0.1)
    assert type(model) is SmoothConvexNMF
    assert model.get_params() == SmoothConvexNMF(3, smoothness=0.1, batch_size=4096).get_params()
    assert MiniBatchSmoothConvexNMF(batch_size=7).batch_size == 7


def test_a_fit_with_the_reference_update_in_pieces_ends_with_the_same_bits(tmp_path):
    events = sounds(np.random.default_rng(15))
    options = {"max_iter": 6, "tol": 0, "smoothness": 0.1}
    expected = ReferenceConvexNMF(3, **options).fit(events)
    while True:
        try:
            model = ReferenceConvexNMF(3, **options).fit(
                events, checkpoint=tmp_path / "c.h5", should_stop=lambda: True
            )
            break
        except FitInterrupted:
            pass
    for name in ("components_", "coefficients_", "cost_"):
        assert np.array_equal(getattr(model, name), getattr(expected, name)), name
    for one, other in zip(model.activations_, expected.activations_, strict=True):
        assert np.array_equal(one, other)


def test_start_values_of_another_kind_are_another_fit(tmp_path):
    X = np.random.default_rng(4).gamma(1, 1, (4, 4))
    values = np.array([[1.0, 1, 1, 1], [2, 2, 2, 2]])
    options = {"max_iter": 20, "tol": 0}
    with pytest.raises(FitInterrupted):
        SmoothNMF(2, **options).fit(
            X, components=values, checkpoint=tmp_path / "c.h5", should_stop=lambda: True
        )
    # The same numbers, one frame after the other.
    start = {"activations": values.reshape(4, 2).T}
    found = SmoothNMF(2, **options).fit(X, checkpoint=tmp_path / "c.h5", **start)
    expected = SmoothNMF(2, **options).fit(X, **start)
    assert np.array_equal(found.components_, expected.components_)
    assert np.array_equal(found.activations_, expected.activations_)
    assert found.cost_ == expected.cost_
