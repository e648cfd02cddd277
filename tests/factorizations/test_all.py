"""Whichever factorization is chosen, the pipeline can do the same with it."""

import logging
from contextlib import contextmanager

import h5py
import numba
import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from threadpoolctl import threadpool_limits

from specufex_pipe import BayesianHMM, factorizations
from specufex_pipe.errors import FitInterrupted
from specufex_pipe.events.frames import Frames, Selection, as_frames
from specufex_pipe.factorizations import METHODS
from specufex_pipe.fitting.estimator import History
from specufex_pipe.store import FrameStore, write_events

# Small and quick, and none settles before its last step.
SMALL = {
    "bayesian": {"batch_size": 2, "max_iter": 6, "check_every": 2, "tol": 0},
    "seq": {"length": 3, "max_iter": 6},
    "smooth": {"max_iter": 6, "tol": 0, "smoothness": 0.1},
    "smooth_convex": {"max_iter": 6, "tol": 0, "smoothness": 0.1},
    "minibatch_smooth_convex": {"max_iter": 6, "tol": 0, "smoothness": 0.1, "batch_size": 7},
    "replicate": {"n_replicates": 4, "max_iter": 15},
}
OTHERS = [name for name in METHODS if name != "bayesian"]
ITERATIVE = [name for name in OTHERS if name != "replicate"]
# What fit takes to start from besides activations.
STARTS = {
    "seq": "components",
    "smooth": "components",
    "smooth_convex": "coefficients",
    "minibatch_smooth_convex": "coefficients",
}


@pytest.fixture(autouse=True)
def one_thread(numba_threads):
    """Let replicates come one at a time."""
    numba.set_num_threads(1)


def make(method, n_components=3, **changes):
    return METHODS[method](n_components, **(SMALL[method] | changes))


def events(seed=0, lengths=(12, 5, 9), n_rows=6):
    rng = np.random.default_rng(seed)
    return [rng.gamma(0.7, 10, (n_rows, length)) for length in lengths]


@contextmanager
def stored(path, events):
    """The events in a file."""
    lengths = [event.shape[1] for event in events]
    with write_events(path, "spectrograms", settings={}, inputs={}) as writer:
        writer.append([str(i) for i in range(len(events))], lengths, np.hstack(events).T)
    with FrameStore(path, "spectrograms") as store:
        yield store


def results(model):
    """All that a fit came to, as arrays."""
    arrays = {f"array {name}": array for name, array in model._to_arrays().items()}
    arrays["history"] = np.array(model.history_.values)
    arrays["n_iter"] = np.array(model.n_iter_)
    for name in ("activations_", "coefficients_", "costs_", "loadings_"):
        if hasattr(model, name):
            arrays[name] = getattr(model, name)
    if isinstance(arrays.get("activations_"), list):
        arrays["activations_"] = np.hstack(arrays["activations_"])
    elif isinstance(arrays.get("activations_"), Frames):
        arrays["activations_"] = arrays["activations_"].frames
    return arrays


def assert_same(model, other):
    first, second = results(model), results(other)
    assert first.keys() == second.keys()
    for name, array in first.items():
        assert np.array_equal(array, second[name]), name


# Forms of events


def test_all_methods_have_a_name_and_are_tested():
    assert SMALL.keys() == METHODS.keys()


def has_form_of(X, frames, n_rows):
    """Whether what a model returned for X has the form of X, with so many rows."""
    if hasattr(X, "read"):
        return (
            hasattr(frames, "read")
            and frames.n_rows == n_rows
            and np.array_equal(frames.offsets, X.offsets)
        )
    if isinstance(X, np.ndarray):
        return frames.shape == (*X.shape[:-2], n_rows, X.shape[-1])
    return isinstance(frames, list) and [each.shape for each in frames] == [
        (n_rows, event.shape[1]) for event in X
    ]


@pytest.mark.parametrize("form", ["matrix", "list", "array", "frames", "selection", "store"])
@pytest.mark.parametrize("method", METHODS)
def test_results_have_the_form_of_the_data(method, form, tmp_path):
    lengths = {"matrix": (20,), "array": (8, 8, 8)}.get(form, (12, 5, 9))
    given = events(lengths=lengths)
    expected = make(method).fit(given)
    expected_activations = expected.transform(given)

    def check(X):
        model = make(method).fit(X)
        assert np.array_equal(model.components_, expected.components_)
        if method != "bayesian":
            assert has_form_of(X, model.activations_, model.n_components_)
        activations = model.transform(X)
        n_rows = {"transform": model.n_components_, "inverse": 6}
        assert has_form_of(X, activations, n_rows["transform"])
        assert has_form_of(X, model.energies(activations), n_rows["transform"])
        assert has_form_of(X, model.inverse_transform(activations), n_rows["inverse"])
        for convert, values in (
            (lambda frames: frames, activations),
            (expected.energies, model.energies(activations)),
            (expected.inverse_transform, model.inverse_transform(activations)),
        ):
            joined = np.hstack(convert(expected_activations))
            np.testing.assert_array_equal(as_frames(values).whole().frames, joined.T)

    if form == "store":
        with stored(tmp_path / "s.h5", given) as store:
            check(store)
    else:
        check({
            "matrix": given[0], "list": given, "array": np.stack(given[:3]) if form == "array"
            else None, "frames": as_frames(given),
            "selection": Selection(as_frames([given[0], *given]), [1, 2, 3][: len(given)]),
        }[form])  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_energies_of_a_store_are_computed_when_they_are_read(method, tmp_path):
    given = events()
    model = make(method).fit(given)
    activations = model.transform(given)
    with stored(tmp_path / "a.h5", activations) as store:
        energies = model.energies(store)
        assert np.array_equal(energies.offsets, store.offsets)
        expected = model.energies(activations)
        np.testing.assert_array_equal(energies.read([1]).frames, expected[1].T)
        np.testing.assert_array_equal(
            energies.read([2, 0]).frames, np.hstack([expected[2], expected[0]]).T
        )


@pytest.mark.parametrize("method", METHODS)
def test_energies_of_components_sum_to_the_reconstruction(method):
    given = events()
    model = make(method).fit(given)
    activations = model.transform(given)
    for energies, reconstruction in zip(
        model.energies(activations), model.inverse_transform(activations), strict=True
    ):
        np.testing.assert_allclose(energies.sum(axis=0), reconstruction.sum(axis=0), rtol=1e-9)
        assert energies.min() >= 0


@pytest.mark.parametrize("method", METHODS)
def test_single_precision_stays(method, tmp_path):
    double = events()
    single = [event.astype(np.float32) for event in double]
    model = make(method).fit(single)
    activations = model.transform(single)
    for values in (activations, model.energies(activations), model.inverse_transform(activations)):
        assert {each.dtype for each in values} == {np.dtype(np.float32)}
    assert {each.dtype for each in model.transform(double)} == {np.dtype(np.float64)}
    for one, other in zip(activations, model.transform(double), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3 * other.max())
    with stored(tmp_path / "s.h5", single) as store:
        assert model.transform(store).dtype == np.float32
        assert np.array_equal(model.transform(store).frames, np.hstack(activations).T)


@pytest.mark.parametrize("method", METHODS)
def test_whole_numbers_are_as_good_as_others(method):
    counts = [np.ceil(event).astype(np.int64) for event in events()]
    one, other = (make(method).fit(data) for data in (counts, [x.astype(float) for x in counts]))
    assert_same(one, other)
    assert {each.dtype for each in one.transform(counts)} == {np.dtype(np.float64)}


@pytest.mark.parametrize("method", METHODS)
def test_transform_of_an_event_does_not_depend_on_the_others(method):
    given = events(lengths=(12, 5, 9, 12, 1))
    model = make(method).fit(given)
    together = model.transform(given)
    for number in range(5):
        assert np.array_equal(together[number], model.transform([given[number]])[0])
    backwards = model.transform(given[::-1])[::-1]
    for one, other in zip(together, backwards, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("method", METHODS)
def test_the_number_of_threads_does_not_change_a_bit(method, numba_threads):
    given = events(1, lengths=(300, 40, 200, 300, 77), n_rows=20)
    found = []
    for n_threads in (1, 2, 4):
        numba.set_num_threads(n_threads)
        with threadpool_limits(n_threads):
            model = make(method, max_iter=3).fit(given)
            activations = model.transform(given)
            found.append([
                *results(model).values(), *activations, *model.inverse_transform(activations),
                *model.energies(activations),
            ])  # fmt: skip
    for other in found[1:]:
        for one, same in zip(found[0], other, strict=True):
            assert np.array_equal(one, same)


@pytest.mark.parametrize("method", METHODS)
def test_same_seed_gives_the_same_bits_and_another_seed_does_not(method):
    first, again, other = (make(method, random_state=seed).fit(events()) for seed in (3, 3, 4))
    assert_same(first, again)
    assert not np.array_equal(first.components_, other.components_)


@pytest.mark.parametrize("method", METHODS)
def test_a_second_fit_forgets_the_first(method):
    model = make(method).fit(events(1, n_rows=7, lengths=(30,)))
    assert_same(model.fit(events()), make(method).fit(events()))


@pytest.mark.parametrize("method", METHODS)
def test_data_are_left_as_they_are(method):
    given = as_frames(events())
    before = given.frames.copy()
    model = make(method).fit(given)
    activations = model.transform(given)
    kept = activations.frames.copy()
    model.energies(activations).whole()
    model.inverse_transform(activations)
    assert np.array_equal(given.frames, before)
    assert np.array_equal(activations.frames, kept)


# Files


@pytest.mark.parametrize("method", METHODS)
def test_a_saved_model_is_loaded_whichever_it_is(method, tmp_path):
    given = events()
    model = make(method).fit(given)
    model.save(tmp_path / "nmf.h5")
    for loaded in (
        factorizations.load(tmp_path / "nmf.h5"),
        METHODS[method].load(tmp_path / "nmf.h5"),
    ):
        assert type(loaded) is METHODS[method]
        assert loaded.get_params() == model.get_params()
        assert loaded.n_iter_ == model.n_iter_
        assert loaded.outcome() == model.outcome()
        assert isinstance(loaded.history_, History)
        assert np.array_equal(loaded.history_.values, model.history_.values)
        for one, other in zip(loaded.transform(given), model.transform(given), strict=True):
            assert np.array_equal(one, other)
        assert np.array_equal(loaded.components_, model.components_)


@pytest.mark.parametrize("method", METHODS)
def test_a_model_saved_again_is_the_same_file(method, tmp_path):
    make(method).fit(events()).save(tmp_path / "nmf.h5")
    factorizations.load(tmp_path / "nmf.h5").save(tmp_path / "again.h5")
    digests = []
    for name in ("nmf.h5", "again.h5"):
        with h5py.File(tmp_path / name) as file:
            digests.append(file.attrs["digest"])
    assert digests[0] == digests[1]


@pytest.mark.parametrize("method", METHODS)
def test_a_model_of_another_class_is_refused_by_both_names(method, tmp_path):
    make(method).fit(events()).save(tmp_path / "nmf.h5")
    for other, model in METHODS.items():
        if other == method:
            continue
        expected = f"a model of {METHODS[method].__name__}, expected one of {model.__name__}"
        with pytest.raises(OSError, match=expected):
            model.load(tmp_path / "nmf.h5")


def test_what_is_no_factorization_is_refused(tmp_path):
    path = tmp_path / "file.h5"
    with pytest.raises(OSError, match="there is no such file"):
        factorizations.load(path)
    BayesianHMM(2, max_iter=2).fit(events()).save(path)
    with pytest.raises(OSError, match="BayesianHMM, expected one of BayesianNMF, SeqNMF"):
        factorizations.load(path)
    with stored(path, events()):
        pass
    with pytest.raises(OSError, match="holds spectrograms, expected nmf"):
        factorizations.load(path)
    path.write_bytes(b"nothing of use")
    with pytest.raises(OSError, match="damaged"):
        factorizations.load(path)


@pytest.mark.parametrize("method", METHODS)
def test_a_damaged_model_is_refused(method, tmp_path):
    path = tmp_path / "nmf.h5"
    make(method).fit(events()).save(path)
    with h5py.File(path, "r+") as file:
        name = "components" if method != "bayesian" else "w_shape"
        file[name][0] += 1
    with pytest.raises(OSError, match="damaged"):
        factorizations.load(path)


# Interruptions


def fit_in_pieces(method, X, path, every, **options):
    """Fit, interrupted whenever `should_stop` was asked so often; how often that was."""
    n_stops = 0
    while True:
        n_asked = 0

        def should_stop():
            nonlocal n_asked
            n_asked += 1
            return n_asked == every

        try:
            return make(method).fit(X, checkpoint=path, should_stop=should_stop, **options), n_stops
        except FitInterrupted:
            n_stops += 1


@pytest.mark.parametrize("every", [1, 2, 3])
@pytest.mark.parametrize("method", METHODS)
def test_a_fit_in_pieces_ends_with_the_same_bits(method, every, tmp_path):
    expected = make(method).fit(events())
    model, n_stops = fit_in_pieces(method, events(), tmp_path / "c.h5", every)
    n_steps = SMALL[method].get("n_replicates", 6)
    assert n_stops == (n_steps - 1) // every
    assert_same(model, expected)


@pytest.mark.parametrize("method", ITERATIVE)
def test_a_fit_in_pieces_from_start_values_ends_with_the_same_bits(method, tmp_path):
    rng = np.random.default_rng(2)
    start = start_of(method, rng)
    expected = make(method).fit(events(), **start)
    model, n_stops = fit_in_pieces(method, events(), tmp_path / "c.h5", 1, **start)
    assert n_stops == 5
    assert_same(model, expected)


def test_a_fit_with_the_reference_update_in_pieces_ends_with_the_same_bits(tmp_path):
    expected = make("smooth_convex", update="reference").fit(events())
    while True:
        try:
            model = make("smooth_convex", update="reference").fit(
                events(), checkpoint=tmp_path / "c.h5", should_stop=lambda: True
            )
            break
        except FitInterrupted:
            pass
    assert_same(model, expected)


@pytest.mark.parametrize("method", METHODS)
def test_a_fit_in_pieces_from_a_store_ends_with_the_same_bits(method, tmp_path):
    with stored(tmp_path / "s.h5", events()) as store:
        expected = make(method).fit(store)
        model, _ = fit_in_pieces(method, store, tmp_path / "c.h5", 2)
    assert_same(model, expected)


@pytest.mark.parametrize("method", METHODS)
def test_a_fit_that_had_ended_ends_at_once(method, tmp_path):
    first = make(method).fit(events(), checkpoint=tmp_path / "c.h5")

    def asked():
        raise AssertionError("there is no step left to stop after")

    again = make(method, verbose=True).fit(
        events(), checkpoint=tmp_path / "c.h5", should_stop=asked
    )
    assert_same(again, first)


@pytest.mark.parametrize(("method", "other"), [
    *((method, other) for method in METHODS for other in ("data", "seed", "parameter", "method")),
    *((method, "start") for method in STARTS),
])  # fmt: skip
def test_a_checkpoint_of_another_fit_is_not_resumed(method, other, tmp_path, caplog):
    path = tmp_path / "c.h5"
    another, X, start = make(method), events(), {}
    if other == "data":
        X[1][2, 3] += 1e-6
    elif other == "seed":
        another.set_params(random_state=1)
    elif other == "parameter":
        another.set_params(max_iter=another.max_iter + 1)
    elif other == "method":
        another = make("smooth" if method != "smooth" else "replicate")
    else:
        start = start_of(method, np.random.default_rng(3))
    with pytest.raises(FitInterrupted):
        another.fit(X, checkpoint=path, should_stop=lambda: True, **start)
    with caplog.at_level(logging.WARNING):
        model = make(method).fit(events(), checkpoint=path)
    assert "starts afresh" in caplog.text
    assert_same(model, make(method).fit(events()))


def test_start_values_of_another_kind_are_another_fit(tmp_path):
    X = np.random.default_rng(4).gamma(1, 1, (4, 4))
    values = np.array([[1.0, 1, 1, 1], [2, 2, 2, 2]])
    options = {"max_iter": 20, "tol": 0}
    with pytest.raises(FitInterrupted):
        METHODS["smooth"](2, **options).fit(
            X, components=values, checkpoint=tmp_path / "c.h5", should_stop=lambda: True
        )
    # The same numbers, one frame after the other.
    start = {"activations": values.reshape(4, 2).T}
    found = METHODS["smooth"](2, **options).fit(X, checkpoint=tmp_path / "c.h5", **start)
    assert_same(found, METHODS["smooth"](2, **options).fit(X, **start))


# What cannot be used is refused


@pytest.mark.parametrize(("entry", "message"), [
    (-1, "event 1 has negative entries"), (np.nan, "event 1 has NaN"), (np.inf, "event 1 has NaN"),
])  # fmt: skip
@pytest.mark.parametrize("form", ["list", "array", "frames"])
@pytest.mark.parametrize("method", METHODS)
def test_a_broken_event_is_named(method, form, entry, message):
    given = events(lengths=(12, 12, 12))
    model = make(method, 2).fit(given)
    given[1][2, 3] = entry
    if form == "array":
        given = np.stack(given)
    elif form == "frames":
        frames = np.hstack(given).T
        given = Frames(frames, [0, 12, 24, 36])
    for method_of in (make(method, 2).fit, model.transform):
        with pytest.raises(ValueError, match=message):
            method_of(given)


@pytest.mark.parametrize("method", METHODS)
def test_a_broken_event_of_a_store_is_named(method, tmp_path):
    given = events()
    model = make(method, 2).fit(given)
    given[2][0, 0] = -1
    with stored(tmp_path / "s.h5", given) as store:
        for method_of in (make(method, 2).fit, model.transform):
            with pytest.raises(ValueError, match="event 2 has negative entries"):
                method_of(store)


@pytest.mark.parametrize(("X", "message"), [
    ([], "there is no event"), (np.ones((0, 4, 5)), "there is no event"),
    (np.ones(4), "X is one array of 1 dimension"), (None, "X is NoneType"),
    ([np.ones((4, 5)), np.ones((3, 5))], "event 1 has 3 frequencies, expected 4"),
    ([np.ones((4, 5)), np.ones((4, 0))], "event 1 has no frames"),
    ([np.ones((4, 5)), np.ones(4)], "event 1 has 1 dimension"),
    ([np.ones((4, 5)), np.full((4, 5), "a")], "event 1 has entries of type"),
    ([np.ones((4, 5)), np.ones((4, 5)) * 1j], "event 1 has entries of type complex"),
])  # fmt: skip
@pytest.mark.parametrize("method", METHODS)
def test_what_is_no_list_of_events_is_refused(method, X, message):
    with pytest.raises(ValueError, match=message):
        make(method, 2).fit(X)


@pytest.mark.parametrize("method", OTHERS)
def test_rows_of_zeros_are_named(method, tmp_path):
    given = events()
    for event in given:
        event[[1, 4]] = 0
    message = r"rows that are 0 in all frames: 1, 4; .* leave out these frequencies"
    for X in (given, np.hstack(given), as_frames(given)):
        with pytest.raises(ValueError, match=message):
            make(method, 2).fit(X)
    with (
        stored(tmp_path / "s.h5", given) as store,
        pytest.raises(ValueError, match=message),
    ):
        make(method, 2).fit(store)
    many = np.zeros((20, 8))
    many[0] = 1
    with pytest.raises(ValueError, match=r"8, 9, 10, \.\.\.; expected"):
        make(method, 1).fit(many)


@pytest.mark.parametrize("method", OTHERS)
def test_too_many_components_are_refused_with_the_limit(method):
    wide, tall = np.ones((3, 20)), np.ones((20, 10))
    n_lags = SMALL[method].get("length", 1)
    with pytest.raises(ValueError, match=rf"n_components is 10, .*at most {3 * n_lags}, the numb"):
        make(method, 10).fit(wide)
    tall[:, 4:] = 0
    with pytest.raises(
        ValueError, match=r"n_components is 5, .*at most 4, the number of frames that are not 0"
    ):
        make(method, 5).fit(tall)


def test_components_that_last_longer_than_all_events_are_refused():
    X = np.ones((4, 10))
    with pytest.raises(ValueError, match=r"length is 11, expected at most 10, the number of frame"):
        make("seq", 2, length=11).fit(X)
    with pytest.raises(ValueError, match=r"length is 11, expected at most 10"):
        make("seq", 2, length=11).fit([X[:, :4], X[:, 4:]])
    make("seq", 2, length=10).fit(X)


def start_of(method, rng, n_components=3):
    """Start values for `events()`."""
    shape = {
        "seq": (n_components, 6, 3), "smooth": (n_components, 6),
    }.get(method, (26, n_components))  # fmt: skip
    return {
        STARTS[method]: rng.random(shape),
        "activations": [rng.random((n_components, length)) for length in (12, 5, 9)],
    }


@pytest.mark.parametrize("method", ITERATIVE)
def test_start_values_of_another_shape_are_refused(method):
    name, start = STARTS[method], start_of(method, np.random.default_rng(5))
    for wrong in (start[name][:-1], start[name][..., :-1], start[name].swapaxes(0, 1), [1.0]):
        with pytest.raises(ValueError, match=rf"{name} are of shape \(.*\), expected \("):
            make(method).fit(events(), **{name: wrong})
    activations = start["activations"]
    for wrong, message in (
        (activations[:2], r"activations are of 2 event\(s\) of \[12, 5\] frames, expected 3"),
        ([each[:, :-1] for each in activations], r"of \[11, 4, 8\] frames, .* \[12, 5, 9\]"),
        ([each[:-1] for each in activations], "activations: event 0 has 2 rows, expected 3"),
        (np.hstack(activations), r"activations are of 1 event\(s\) of \[26\] frames"),
        (7, "activations: X is int"),
    ):
        with pytest.raises(ValueError, match=message):
            make(method).fit(events(), activations=wrong)


@pytest.mark.parametrize("entry", [-1, np.nan, np.inf])
@pytest.mark.parametrize("method", ITERATIVE)
def test_start_values_that_are_no_finite_numbers_above_zero_are_refused(method, entry):
    name, start = STARTS[method], start_of(method, np.random.default_rng(6))
    start[name].flat[4] = entry
    with pytest.raises(ValueError, match=f"{name} have an entry that is not a finite number >= 0"):
        make(method).fit(events(), **{name: start[name]})
    start["activations"][1][2, 3] = entry
    with pytest.raises(ValueError, match="activations: event 1 has"):
        make(method).fit(events(), activations=start["activations"])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("entry", [-1, np.nan, np.inf])
@pytest.mark.parametrize("method", ITERATIVE)
def test_start_values_in_frames_are_looked_at_too(method, entry):
    frames = np.random.default_rng(7).random((26, 3))
    frames[13, 2] = entry
    broken = Frames(frames, [0, 12, 17, 26])
    with pytest.raises(ValueError, match="activations"):
        make(method).fit(as_frames(events()), activations=broken)


def test_a_mask_of_another_shape_is_refused():
    for wrong, message in (
        (np.ones((6, 25)), r"mask are of 1 event\(s\) of \[25\] frames, expected 1 of \[26\]"),
        (np.ones((5, 26)), "mask: event 0 has 5 rows, expected 6"),
        (-np.ones((6, 26)), "mask: event 0 has negative entries"),
        (np.full((6, 26), np.nan), "mask: event 0 has NaN"),
    ):
        with pytest.raises(ValueError, match=message):
            make("seq").fit(np.hstack(events()), mask=wrong)


@pytest.mark.parametrize("value", [0, -1, 2.5, "many", None, True, np.nan])
@pytest.mark.parametrize("name", ["n_components", "max_iter"])
@pytest.mark.parametrize("method", METHODS)
def test_a_wrong_number_is_named(method, name, value):
    with pytest.raises(ValueError, match=f"{name} is {value!r}, expected a whole number >= 1"):
        make(method).set_params(**{name: value}).fit(events())
    fitted = make(method).fit(events()).set_params(**{name: value})
    with pytest.raises(ValueError, match=f"{name} is {value!r}, expected a whole number >= 1"):
        fitted.transform(events())


@pytest.mark.parametrize(("method", "name", "value", "expected"), [
    ("seq", "length", 0, "a whole number >= 1"),
    ("seq", "length", 2.0, "a whole number >= 1"),
    ("seq", "cross_orthogonality", -1e-9, "a number >= 0"),
    ("seq", "sparse_components", np.nan, "a number >= 0"),
    ("seq", "sparse_activations", np.inf, "a number >= 0"),
    ("seq", "orthogonal_components", None, "a number >= 0"),
    ("seq", "orthogonal_activations", "1", "a number >= 0"),
    ("seq", "tol", -1, "a number >= 0"),
    ("seq", "shift", "yes", "True or False"),
    ("seq", "sort", None, "True or False"),
    ("seq", "fixed_components", 2, "True or False"),
    ("seq", "penalize_components", "no", "True or False"),
    ("seq", "random_state", -1, "a whole number >= 0"),
    ("smooth", "smoothness", -0.1, "a number >= 0"),
    ("smooth", "smoothness", np.inf, "a number >= 0"),
    ("smooth", "tol", None, "a number >= 0"),
    ("smooth", "random_state", None, "a whole number >= 0"),
    ("smooth_convex", "update", "newton", "'majorization' or 'reference'"),
    ("smooth_convex", "update", None, "'majorization' or 'reference'"),
    ("smooth_convex", "smoothness", True, "a number >= 0"),
    ("minibatch_smooth_convex", "batch_size", 0, "a whole number >= 1"),
    ("minibatch_smooth_convex", "batch_size", None, "a whole number >= 1"),
    ("minibatch_smooth_convex", "update", "newton", "'majorization' or 'reference'"),
    ("replicate", "n_replicates", 0, "a whole number >= 1"),
    ("replicate", "batch_size", 0, "a whole number >= 1"),
    ("replicate", "loss", "hinge", "'frobenius' or 'kullback-leibler' or 'itakura-saito'"),
    ("replicate", "tol", -1, "a number >= 0"),
])  # fmt: skip
def test_a_wrong_parameter_is_named(method, name, value, expected):
    model = make(method).set_params(**{name: value})
    with pytest.raises(ValueError) as error:
        model.fit(events())
    assert f"{name} is {value!r}, expected {expected}" in str(error.value)


@pytest.mark.parametrize("method", METHODS)
def test_a_fitted_model_refuses_another_number_of_rows(method):
    model = make(method).fit(events())
    other = events(n_rows=5)
    with pytest.raises(ValueError, match="event 0 has 5 frequencies, expected 6"):
        model.transform(other)
    with pytest.raises(ValueError, match="the events have 5 frequencies, the model 6"):
        model.transform(as_frames(other))
    wrong = [np.ones((model.n_components_ + 1, 5))]
    for convert in (model.energies, model.inverse_transform):
        with pytest.raises(ValueError, match=r"event 0 has \d components, expected \d"):
            convert(wrong)
        with pytest.raises(ValueError, match=r"the events have \d components, the model \d"):
            convert(as_frames(wrong))


@pytest.mark.parametrize("entry", [-1, np.nan, np.inf])
@pytest.mark.parametrize("method", METHODS)
def test_activations_that_cannot_be_are_refused(method, entry):
    model = make(method).fit(events())
    broken = np.ones((model.n_components_, 5))
    broken[1, 2] = entry
    for convert in (model.energies, model.inverse_transform):
        with pytest.raises(ValueError, match="event 1 has"):
            convert([np.ones_like(broken), broken])


@pytest.mark.parametrize("method", METHODS)
def test_a_model_that_is_not_fitted_says_so(method, tmp_path):
    X = np.ones((6, 5))
    for use in (
        lambda model: model.transform(X),
        lambda model: model.energies(np.ones((3, 5))),
        lambda model: model.inverse_transform(np.ones((3, 5))),
        lambda model: model.save(tmp_path / "nmf.h5"),
    ):
        with pytest.raises(NotFittedError):
            use(make(method))
    assert not (tmp_path / "nmf.h5").exists()


def test_a_replicate_that_is_not_fitted_says_so_to_a_sparse_matrix_too():
    with pytest.raises(NotFittedError):
        make("replicate").transform(sparse.csr_array(np.ones((6, 5))))


def test_replicates_that_were_interrupted_are_no_fit(numba_threads):
    numba.set_num_threads(1)
    model = make("replicate")
    with pytest.raises(FitInterrupted):
        model.fit(events(), should_stop=lambda: True)
    with pytest.raises(NotFittedError):
        model.transform(events())


# Zeros


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("method", METHODS)
def test_frames_of_zeros_among_others_can_be_fitted(method):
    given = events()
    given[0][:, [0, 4, 5, 11]] = 0
    given[1][:] = 0
    model = make(method).fit(given)
    assert np.isfinite(model.components_).all()
    assert np.isfinite(model.history_.values).all()
    activations = model.transform(given)
    for values in (*activations, *model.inverse_transform(activations)):
        assert np.isfinite(values).all()
    if method != "bayesian":
        assert all(np.isfinite(values).all() for values in model.activations_)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("method", METHODS)
def test_an_event_of_zeros_has_no_activations(method):
    model = make(method).fit(events())
    loud = np.hstack(model.transform(events())).max()
    for n_frames in (1, 7):
        (silent,) = model.transform([np.zeros((6, n_frames))])
        assert silent.shape == (model.n_components_, n_frames)
        assert np.isfinite(silent).all()
        assert silent.max() < 0.05 * loud
        assert np.isfinite(model.inverse_transform([silent])[0]).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_single_frame_can_be_fitted_and_transformed(method):
    changes = {"length": 1} if method == "seq" else {}
    model = make(method, 1, **changes).fit(np.arange(1.0, 7)[:, None])
    assert model.transform(np.ones((6, 1))).shape == (1, 1)


@pytest.mark.parametrize("method", METHODS)
def test_data_of_zeros_are_refused_or_give_finite_numbers(method):
    if method == "bayesian":
        assert np.isfinite(make(method).fit([np.zeros((6, 5))] * 3).components_).all()
    else:
        with pytest.raises(ValueError, match="rows that are 0 in all frames: 0, 1, 2, 3, 4, 5;"):
            make(method).fit(np.zeros((6, 5)))


# scikit-learn's habits


@pytest.mark.parametrize("method", METHODS)
def test_clones_have_the_parameters_and_nothing_else(method):
    model = make(method, random_state=5).fit(events())
    copy = clone(model)
    assert type(copy) is METHODS[method]
    assert copy.get_params() == model.get_params()
    assert copy.get_params().items() >= (SMALL[method] | {"random_state": 5}).items()
    assert not hasattr(copy, "n_iter_")
    with pytest.raises(NotFittedError):
        copy.transform(events())
    assert_same(copy.fit(events()), model)


@pytest.mark.parametrize("method", METHODS)
def test_parameters_can_be_set_by_name(method):
    changed = METHODS[method]().set_params(n_components=3, **SMALL[method])
    assert changed.get_params() == make(method).get_params()
    assert_same(changed.fit(events()), make(method).fit(events()))
    with pytest.raises(ValueError, match="Invalid parameter 'n_clusters'"):
        changed.set_params(n_clusters=3)


@pytest.mark.parametrize("method", METHODS)
def test_parameters_may_be_numpys_numbers(method, tmp_path):
    parameters = {
        name: value if isinstance(value, str) else np.asarray(value)[()]
        for name, value in (SMALL[method] | {"n_components": 3}).items()
    }
    model = METHODS[method](**parameters)
    model.fit(events(), checkpoint=tmp_path / "c.h5").save(tmp_path / "nmf.h5")
    assert factorizations.load(tmp_path / "nmf.h5").get_params() == make(method).get_params()
    assert_same(model, make(method).fit(events()))


@pytest.mark.parametrize("method", METHODS)
def test_fit_returns_the_model_and_fit_transform_its_activations(method):
    model = make(method)
    assert model.fit(events()) is model
    found = make(method).fit_transform(events())
    for one, other in zip(found, model.transform(events()), strict=True):
        assert np.array_equal(one, other)


# What the pipeline and its report ask for


@pytest.mark.parametrize("method", METHODS)
def test_a_fit_describes_itself(method):
    model = make(method).fit(events())
    assert model.n_components_ == len(model.components_) == len(model.gain_)
    assert model.spectra_.shape == (model.n_components_, 6)
    assert (model.spectra_ >= 0).all()
    assert model.n_features_in_ == 6
    assert isinstance(model.outcome(), str)
    history = model.history_
    assert len(history.steps) == len(history.values)
    assert history.measure
    assert history.step
    assert model.order_
    if method == "seq":
        assert (np.diff(model.loadings_) <= 0).all()
    else:
        assert (np.diff(model.spectra_.argmax(axis=1)) >= 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_hidden_markov_model_takes_the_energies(method):
    given = as_frames(events())
    model = make(method).fit(given)
    energies = model.energies(model.transform(given))
    hmm = BayesianHMM(2, max_iter=3, batch_size=2).fit(energies)
    assert np.isfinite(hmm.emissions_).all()
