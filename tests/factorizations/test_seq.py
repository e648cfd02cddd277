"""SeqNMF takes the steps of its authors, and its fast sums are sums."""

import numpy as np
import pytest
from helpers.sequences import fit_of_original, planted
from hypothesis import given, settings
from hypothesis import strategies as st

from specufex_pipe.errors import FitInterrupted
from specufex_pipe.events.checks import as_frames
from specufex_pipe.factorizations import SeqNMF
from specufex_pipe.factorizations.seq.convolution import BlockConvolution, window_sums

NAMES = [
    "cnmf_no_shift", "cnmf_shift", "seqnmf", "seqnmf_no_w_update", "l1", "ortho_w", "ortho_h",
    "masked", "w_fixed",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_original_comes_to_the_same(name):
    case, model = fit_of_original(name)
    for found, key in (
        (model.W_, "W"), (model.activations_, "H"), (model.cost_, "cost"),
        (model.loadings_, "loadings"), (model.power_explained_, "power"),
    ):  # fmt: skip
        expected = np.squeeze(case[key])
        tolerance = 1e-8 * np.abs(expected).max()
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=tolerance, err_msg=key)
    assert np.array_equal(model.W_.transpose(1, 0, 2), model.components_)


def naive_convolve(W, H, n_frames):
    """sum_l W_l H(t - l), term by term; W is (length, rows, components)."""
    result = np.zeros((n_frames, W.shape[1]))
    for t in range(n_frames):
        for lag in range(len(W)):
            if 0 <= t - lag < len(H):
                result[t] += W[lag] @ H[t - lag]
    return result


def naive_correlate(W, X, n_frames):
    """sum_l W_l' X(t + l), term by term."""
    result = np.zeros((n_frames, W.shape[2]))
    for t in range(n_frames):
        for lag in range(len(W)):
            if t + lag < len(X):
                result[t] += W[lag].T @ X[t + lag]
    return result


def naive_lagged(X, H, length):
    """sum_t X(t) H(t - l)', term by term."""
    result = np.zeros((length, X.shape[1], H.shape[1]))
    for lag in range(length):
        for t in range(lag, len(X)):
            if t - lag < len(H):
                result[lag] += np.outer(X[t], H[t - lag])
    return result


@settings(max_examples=40)
@given(
    st.integers(1, 25) | st.integers(1, 200),
    st.integers(1, 12) | st.sampled_from([40, 90]),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(0, 2**32),
)
def test_sums_in_blocks_are_sums(n_frames, length, n_rows, n_components, seed):
    rng = np.random.default_rng(seed)
    X, H = rng.random((n_frames, n_rows)), rng.random((n_frames, n_components))
    W = rng.random((length, n_rows, n_components))
    sums = BlockConvolution(n_frames, length)
    components, frames, past = sums.of_components(W), sums.of_frames(X), sums.of_past(H)
    # The model goes on beyond the last frame until all that has begun has ended.
    model = naive_convolve(W, H, n_frames + length - 1)
    own = sums.of_frames(H)
    for found, expected in (
        (sums.convolve(components, past), model[:n_frames]),
        (sums.correlate(components, frames), naive_correlate(W, X, n_frames)),
        (sums.lagged(frames, past), naive_lagged(X, H, length)),
        (
            sums.correlate_model(sums.gram(components), own),
            naive_correlate(W, model, n_frames),
        ),
        (sums.lagged_model(components, own, past), naive_lagged(model, H, length)),
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11)


@given(st.integers(1, 30), st.integers(0, 70), st.integers(1, 3), st.integers(0, 2**32))
def test_window_sums_are_sums_and_zero_where_there_is_nothing(n_frames, reach, n_rows, seed):
    rng = np.random.default_rng(seed)
    H = rng.random((n_frames, n_rows)) * (rng.random((n_frames, n_rows)) < 0.2)
    found = window_sums(H, reach)
    expected = np.array([H[max(t - reach, 0) : t + reach + 1].sum(axis=0) for t in range(n_frames)])
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert np.array_equal(found == 0, expected == 0)


@pytest.mark.parametrize("shift", [True, False])
def test_planted_sequences_come_back(shift):
    X, starts, kinds = planted(np.random.default_rng(5))
    model = SeqNMF(2, 10, max_iter=60, shift=shift, random_state=1).fit(X)
    assert model.power_explained_ > 0.95
    # Each component has the rows of one sequence, one after the other.
    begins = {}
    for k, component in enumerate(model.components_):
        kind = component.sum(axis=1).argmax() // 4
        rows = component[4 * kind : 4 * kind + 4]
        assert rows.sum() > 0.9 * component.sum()
        times = rows.argmax(axis=1)
        assert np.array_equal(np.diff(times), [2, 2, 2])
        begins[kind] = np.sort(model.activations_[k].argsort()[-np.sum(kinds == kind) :] + times[0])
    assert sorted(begins) == [0, 1]
    for kind, found in begins.items():
        assert np.array_equal(found, starts[kinds == kind])


@pytest.mark.parametrize("length", [1, 2, 7, 50])
@pytest.mark.parametrize("shift", [True, False])
def test_any_length_can_be_fitted(length, shift):
    X = np.random.default_rng(0).gamma(1, 1, (5, 50))
    model = SeqNMF(2, length, shift=shift, max_iter=20, cross_orthogonality=0).fit(X)
    assert model.components_.shape == (2, 5, length)
    assert np.isfinite(model.components_).all()
    assert np.isfinite(model.activations_).all()
    assert model.cost_[-1] < model.cost_[0]
    power = (X**2).sum()
    reconstruction = model.inverse_transform(model.activations_)
    assert (((X - reconstruction) ** 2).sum() < power) == (model.power_explained_ > 0)


def test_of_length_one_without_penalties_a_step_is_that_of_plain_nmf():
    """The textbook's updates for the squared error, Lee and Seung, H scaled to norm 1."""
    rng = np.random.default_rng(1)
    X, W, H = rng.random((6, 30)), rng.random((6, 2)), rng.random((2, 30))
    model = SeqNMF(2, 1, cross_orthogonality=0, max_iter=1, shift=False, sort=False)
    model.fit(X, components=W[..., None].transpose(1, 0, 2), activations=H)
    H = H * (W.T @ X) / (W.T @ W @ H)
    norms = np.linalg.norm(H, axis=1)
    H, W = H / norms[:, None], W * norms
    W = W * (X @ H.T) / (W @ H @ H.T)
    np.testing.assert_allclose(model.activations_, H, rtol=1e-10)
    np.testing.assert_allclose(model.W_[..., 0], W, rtol=1e-10)


def test_without_penalties_nor_shift_the_cost_never_rises():
    X = np.random.default_rng(2).gamma(0.5, 1, (6, 60))
    model = SeqNMF(3, 5, cross_orthogonality=0, shift=False, max_iter=100).fit(X)
    assert np.diff(model.cost_).max() <= 1e-12 * model.cost_[0]


def test_the_last_iteration_is_without_penalty():
    rng = np.random.default_rng(4)
    X, W, H = rng.random((6, 40)), rng.random((2, 6, 3)), rng.random((2, 40))
    options = {"shift": False, "sort": False}
    whole = SeqNMF(2, 3, cross_orthogonality=0.1, max_iter=2, **options)
    whole.fit(X, components=W, activations=H)
    # An only iteration has the penalty; then one follows that has none.
    first = SeqNMF(2, 3, cross_orthogonality=0.1, max_iter=1, **options)
    first.fit(X, components=W, activations=H)
    for weight, is_same in ((0, True), (0.1, False)):
        last = SeqNMF(2, 3, cross_orthogonality=weight, max_iter=1, **options)
        last.fit(X, components=first.components_, activations=first.activations_)
        assert np.allclose(last.components_, whole.components_, rtol=1e-9) == is_same
        assert np.allclose(last.activations_, whole.activations_, rtol=1e-9) == is_same


@pytest.mark.parametrize("early", [True, False])
def test_a_fit_that_ends_early_ends_without_penalty_too(early):
    X = np.random.default_rng(5).gamma(0.5, 1, (6, 60))
    tol = 1e-3 if early else None
    model = SeqNMF(3, 5, cross_orthogonality=0.05, max_iter=150, tol=tol).fit(X)
    assert (model.n_iter_ < 150) == early
    assert len(model.cost_) == model.n_iter_ + 1
    same = SeqNMF(3, 5, cross_orthogonality=0.05, max_iter=model.n_iter_).fit(X)
    assert np.array_equal(same.components_, model.components_)


def test_a_fit_ends_when_it_is_not_lower_than_the_mean_of_the_five_before():
    X = np.random.default_rng(5).gamma(0.5, 1, (6, 60))
    model = SeqNMF(3, 5, max_iter=150, tol=1e-3).fit(X)
    # The cost of the iteration before the last says so, and no earlier one.
    gains = [
        np.mean(model.cost_[n - 5 : n]) - model.cost_[n] for n in range(5, len(model.cost_) - 1)
    ]
    assert all(gain >= 1e-3 for gain in gains[:-1])
    assert gains[-1] < 1e-3


def started(rng, n_frames=60, **changes):
    """Data, and start values for 2 components of 4 frames."""
    X = rng.gamma(0.5, 1, (5, n_frames))
    return X, {"components": rng.random((2, 5, 4)), "activations": rng.random((2, n_frames))}


def test_what_is_masked_does_not_matter():
    rng = np.random.default_rng(6)
    X, start = started(rng)
    mask = rng.random(X.shape) < 0.8
    models = []
    for filling in (0, 1, 1e6):
        filled = np.where(mask, X, filling)
        models.append(SeqNMF(2, 4, max_iter=15).fit(filled, mask=mask, **start))
    for model in models[1:]:
        assert np.array_equal(model.components_, models[0].components_)
        assert np.array_equal(model.activations_, models[0].activations_)
        assert model.cost_ == models[0].cost_
        assert np.array_equal(model.loadings_, models[0].loadings_)


def test_what_is_masked_does_not_matter_to_a_random_start():
    rng = np.random.default_rng(6)
    X, _ = started(rng)
    mask = rng.random(X.shape) < 0.8
    one, other = (
        SeqNMF(2, 4, max_iter=5).fit(np.where(mask, X, filling), mask=mask) for filling in (0, 1e3)
    )
    np.testing.assert_allclose(other.components_, one.components_, rtol=1e-9)


@pytest.mark.parametrize("form", ["matrix", "array", "list of a length", "frames", "boolean"])
def test_a_mask_is_taken_in_each_form_of_the_data(form):
    rng = np.random.default_rng(7)
    X = rng.gamma(0.5, 1, (3, 5, 20))
    mask = (rng.random(X.shape) < 0.8).astype(float)
    joined, joined_mask = X[0], mask[0]
    expected = SeqNMF(2, 4, max_iter=5).fit(X, mask=mask)
    if form == "matrix":
        expected = SeqNMF(2, 4, max_iter=5).fit(joined[None], mask=joined_mask[None])
        model = SeqNMF(2, 4, max_iter=5).fit(joined, mask=joined_mask)
    elif form == "array":
        model = SeqNMF(2, 4, max_iter=5).fit(list(X), mask=mask)
    elif form == "list of a length":
        model = SeqNMF(2, 4, max_iter=5).fit(list(X), mask=list(mask))
    elif form == "frames":
        model = SeqNMF(2, 4, max_iter=5).fit(as_frames(X), mask=as_frames(mask))
    else:
        model = SeqNMF(2, 4, max_iter=5).fit(X, mask=mask > 0)
    assert np.array_equal(model.components_, expected.components_)


def test_a_mask_is_taken_for_events_of_different_lengths():
    rng = np.random.default_rng(7)
    X = [rng.gamma(0.5, 1, (5, length)) for length in (12, 20)]
    mask = [rng.random(event.shape) < 0.8 for event in X]
    model = SeqNMF(2, 4, max_iter=5).fit(X, mask=mask)
    expected = SeqNMF(2, 4, max_iter=5).fit(
        as_frames(X), mask=as_frames([event.astype(float) for event in mask])
    )
    assert np.array_equal(model.components_, expected.components_)


def test_a_mask_of_ones_is_none():
    X, start = started(np.random.default_rng(8))
    one = SeqNMF(2, 4, max_iter=8).fit(X, **start)
    other = SeqNMF(2, 4, max_iter=8).fit(X, mask=np.ones(X.shape), **start)
    np.testing.assert_allclose(other.components_, one.components_, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(other.cost_, one.cost_, rtol=1e-9)


def test_a_mask_of_zeros_is_refused():
    X, _ = started(np.random.default_rng(9))
    with pytest.raises(ValueError, match="mask is 0 everywhere, expected entries that take part"):
        SeqNMF(2, 4, max_iter=3).fit(X, mask=np.zeros(X.shape))


def test_masked_entries_are_foretold():
    X, _, _ = planted(np.random.default_rng(3))
    mask = np.random.default_rng(10).random(X.shape) < 0.9
    model = SeqNMF(2, 10, max_iter=60, random_state=1).fit(X, mask=mask)
    foretold = model.inverse_transform(model.activations_)[~mask]
    assert np.corrcoef(foretold, X[~mask])[0, 1] > 0.9


def test_a_masked_fit_that_was_interrupted_ends_with_the_same_bits(tmp_path):
    rng = np.random.default_rng(11)
    X, start = started(rng)
    mask = rng.random(X.shape) < 0.8
    expected = SeqNMF(2, 4, max_iter=6).fit(X, mask=mask, **start)
    while True:
        try:
            model = SeqNMF(2, 4, max_iter=6).fit(
                X, mask=mask, checkpoint=tmp_path / "c.h5", should_stop=lambda: True, **start
            )
            break
        except FitInterrupted:
            pass
    assert np.array_equal(model.components_, expected.components_)
    assert np.array_equal(model.activations_, expected.activations_)
    assert model.cost_ == expected.cost_


def test_a_masked_fit_that_had_ended_has_the_same_loadings(tmp_path):
    rng = np.random.default_rng(12)
    X, start = started(rng)
    mask = rng.random(X.shape) < 0.8
    first, again = (
        SeqNMF(2, 4, max_iter=6).fit(X, mask=mask, checkpoint=tmp_path / "c.h5", **start)
        for _ in range(2)
    )
    assert again.power_explained_ == first.power_explained_
    assert np.array_equal(again.loadings_, first.loadings_)


def shapes(components):
    return components / components.sum(axis=(1, 2), keepdims=True)


def test_fixed_components_keep_their_shape():
    rng = np.random.default_rng(13)
    X, start = started(rng)
    model = SeqNMF(2, 4, fixed_components=True, shift=False, sort=False, max_iter=15)
    model.fit(X, **start)
    np.testing.assert_allclose(shapes(model.components_), shapes(start["components"]), rtol=1e-12)
    assert model.cost_[-1] < model.cost_[0]


def test_fixed_components_keep_their_shape_when_others_are_shifted():
    rng = np.random.default_rng(13)
    X, start = started(rng)
    start["components"][:, :, 0] += 10
    model = SeqNMF(2, 4, fixed_components=True, sort=False, max_iter=15).fit(X, **start)
    np.testing.assert_allclose(shapes(model.components_), shapes(start["components"]), rtol=1e-4)


def test_fixed_components_have_to_be_given():
    with pytest.raises(ValueError, match="fixed_components is True, but no components"):
        SeqNMF(2, 4, fixed_components=True).fit(np.ones((5, 20)))


@pytest.mark.parametrize("shift", [True, False])
def test_no_sequence_goes_from_one_event_to_the_next(shift):
    """Row 0 ends each event and row 1 begins the next: one sequence, but for the border."""
    event = 1e-3 * np.ones((2, 12))
    event[1, 0] = event[0, -1] = 1
    events = [event] * 20
    options = {"max_iter": 60, "shift": shift, "cross_orthogonality": 0}
    joined = SeqNMF(1, 4, **options).fit(np.hstack(events))
    apart = SeqNMF(1, 4, **options).fit(events)
    assert joined.power_explained_ > 0.95
    assert apart.power_explained_ < 0.6


def test_an_activation_at_the_end_of_an_event_reaches_into_no_other():
    model = SeqNMF(2, 4, max_iter=3).fit(np.random.default_rng(14).random((5, 40)))
    activations = [np.zeros((2, 6)), np.zeros((2, 5))]
    activations[0][:, -1] = 1
    first, second = model.inverse_transform(activations)
    assert first[:, -1].min() > 0
    rounding = 1e-12 * first.max()
    assert np.abs(first[:, :-1]).max() < rounding
    assert np.abs(second).max() < rounding


def test_a_reconstruction_is_nowhere_negative():
    model = SeqNMF(2, 4, max_iter=3).fit(np.random.default_rng(14).random((5, 40)))
    activations = np.zeros((2, 30))
    activations[:, 20] = 1
    assert (model.inverse_transform(activations) >= 0).all()


def test_events_are_as_good_as_one_with_zeros_between_them():
    rng = np.random.default_rng(15)
    events = [rng.gamma(0.5, 1, (5, length)) for length in (9, 14)]
    start = rng.random((2, 5, 4))
    activations = [rng.random((2, length)) for length in (9, 14)]
    apart = SeqNMF(2, 4, max_iter=10, shift=False).fit(
        events, components=start, activations=activations
    )
    gap = np.zeros((5, 4))
    joined = SeqNMF(2, 4, max_iter=10, shift=False).fit(
        np.hstack([events[0], gap, events[1]]),
        components=start,
        activations=np.hstack([activations[0], gap[:2], activations[1]]),
    )
    np.testing.assert_allclose(apart.components_, joined.components_, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(apart.cost_, joined.cost_, rtol=1e-9)


@pytest.mark.parametrize("lengths", [(40,), (7, 3, 20)])
def test_the_reconstruction_is_the_convolution_and_energies_are_its_parts(lengths):
    rng = np.random.default_rng(16)
    events = [rng.gamma(0.5, 1, (5, length)) for length in lengths]
    model = SeqNMF(3, 6, max_iter=10).fit(events)
    activations = model.transform(events)
    for event, energies, reconstruction in zip(
        activations, model.energies(activations), model.inverse_transform(activations), strict=True
    ):
        expected = naive_convolve(model.W_.transpose(2, 0, 1), event.T, event.shape[1]).T
        np.testing.assert_allclose(reconstruction, expected, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(energies.sum(axis=0), expected.sum(axis=0), rtol=1e-9)
        for k in range(3):
            alone = np.zeros_like(event)
            alone[k] = event[k]
            part = model.inverse_transform(alone).sum(axis=0)
            np.testing.assert_allclose(energies[k], part, rtol=1e-9, atol=1e-12)


def test_gain_is_the_energy_of_an_activation_over_all_lags():
    model = SeqNMF(3, 6, max_iter=3).fit(np.random.default_rng(17).random((5, 40)))
    for k, gain in enumerate(model.gain_):
        one = np.zeros((3, 20))
        one[k, 4] = 1
        assert model.energies(one).sum() == pytest.approx(gain, rel=1e-12)
        assert model.inverse_transform(one).sum() == pytest.approx(gain, rel=1e-12)


def test_transform_of_the_fitted_data_explains_as_much_as_the_fit():
    X, _, _ = planted(np.random.default_rng(3))
    model = SeqNMF(2, 10, max_iter=100, random_state=1).fit(X)
    residuals = [
        np.linalg.norm(X - model.inverse_transform(activations))
        for activations in (model.activations_, model.transform(X))
    ]
    assert residuals[1] < 1.02 * residuals[0]


def test_loadings_fall_and_sum_to_the_power_of_parts_that_do_not_overlap():
    X, _, _ = planted(np.random.default_rng(3))
    model = SeqNMF(2, 10, max_iter=60, random_state=1).fit(X)
    assert (np.diff(model.loadings_) <= 0).all()
    assert model.loadings_.sum() == pytest.approx(model.power_explained_, abs=0.01)
    unsorted = SeqNMF(2, 10, max_iter=60, random_state=1, sort=False).fit(X)
    assert sorted(unsorted.loadings_) == sorted(model.loadings_)


def test_power_explained_is_that_of_the_reconstruction():
    X = np.random.default_rng(18).gamma(0.5, 1, (5, 40))
    rng = np.random.default_rng(0)
    start = {"components": rng.random((2, 5, 4)), "activations": rng.random((2, 40))}
    model = SeqNMF(2, 4, max_iter=10, shift=False).fit(X, **start)
    residual = X - model.inverse_transform(model.activations_)
    expected = 1 - (residual**2).sum() / (X**2).sum()
    assert model.power_explained_ == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_planted_sequences_come_back_at_any_scale(scale):
    X, _, _ = planted(np.random.default_rng(3))
    model = SeqNMF(2, 10, max_iter=60, random_state=1).fit(scale * X)
    assert model.power_explained_ > 0.95
    reconstruction = model.inverse_transform(model.transform(scale * X))
    assert np.linalg.norm(reconstruction / scale - X) < 0.2 * np.linalg.norm(X)


def test_planted_sequences_come_back_in_very_small_units():
    X, _, _ = planted(np.random.default_rng(3))
    model = SeqNMF(2, 10, max_iter=60, random_state=1).fit(1e-9 * X)
    assert model.power_explained_ > 0.95


@pytest.mark.parametrize("length", [1, 2, 5, 30])
def test_events_may_be_shorter_than_a_component(length):
    rng = np.random.default_rng(20)
    events = [rng.gamma(0.5, 1, (4, n)) for n in (1, 2, 30)]
    model = SeqNMF(2, length, max_iter=5).fit(events)
    for event, activations, reconstruction in zip(
        events,
        model.transform(events),
        model.inverse_transform(model.transform(events)),
        strict=True,
    ):
        assert activations.shape == (2, event.shape[1])
        assert reconstruction.shape == event.shape
        assert np.isfinite(reconstruction).all()


@pytest.mark.parametrize("in_form", [lambda mask: mask, as_frames])
def test_a_mask_is_left_as_it_is(in_form):
    rng = np.random.default_rng(21)
    X, _ = started(rng)
    mask = (rng.random(X.shape) < 0.8).astype(float)
    given = in_form(mask)
    before = mask.copy()
    SeqNMF(2, 4, max_iter=3).fit(in_form(X), mask=given)
    assert np.array_equal(mask, before)
    assert np.array_equal(as_frames(given).whole().frames, before.T)


def test_a_mask_of_another_shape_is_refused():
    X = np.random.default_rng(0).gamma(0.7, 10, (6, 26))
    for wrong, message in (
        (np.ones((6, 25)), r"mask are of 1 event\(s\) of \[25\] frames, expected 1 of \[26\]"),
        (np.ones((5, 26)), "mask: event 0 has 5 rows, expected 6"),
        (-np.ones((6, 26)), "mask: event 0 has negative entries"),
        (np.full((6, 26), np.nan), "mask: event 0 has NaN"),
    ):
        with pytest.raises(ValueError, match=message):
            SeqNMF(3, 3, max_iter=6).fit(X, mask=wrong)


def test_components_that_last_longer_than_all_events_are_refused():
    X = np.ones((4, 10))
    with pytest.raises(ValueError, match=r"length is 11, expected at most 10, the number of frame"):
        SeqNMF(2, 11, max_iter=6).fit(X)
    with pytest.raises(ValueError, match=r"length is 11, expected at most 10"):
        SeqNMF(2, 11, max_iter=6).fit([X[:, :4], X[:, 4:]])
    SeqNMF(2, 10, max_iter=6).fit(X)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("fixed", [True, False])
def test_components_that_have_all_vanished_have_no_activations(fixed):
    rng = np.random.default_rng(0)
    X = rng.gamma(1, 1, (6, 40))
    if fixed:
        model = SeqNMF(2, 3, fixed_components=True, max_iter=3)
        model.fit(X, components=np.zeros((2, 6, 3)))
    else:
        model = SeqNMF(2, 3, cross_orthogonality=1e8, shift=False, max_iter=10).fit(X)
    assert not model.components_.any()
    activations = model.transform(X)
    assert np.isfinite(activations).all()
    assert not model.inverse_transform(activations).any()
