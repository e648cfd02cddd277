"""Choices around SeqNMF find what was planted, and say no where nothing was."""

import h5py
import numpy as np
import pytest
from helpers.sequences import CASES, fit_of_original, planted
from sklearn.exceptions import NotFittedError

from specufex_pipe.factorizations import SeqNMF
from specufex_pipe.factorizations.seq import choice as choice_module
from specufex_pipe.factorizations.seq import (
    choose_cross_orthogonality,
    choose_n_components,
    costs,
    dissimilarity,
    generate_sequences,
    significance,
)
from specufex_pipe.factorizations.seq.choice import Costs


@pytest.fixture(scope="module")
def original():
    """What the original found: its fits done again, the data, and its measures of them."""
    with h5py.File(CASES) as file:
        measures = {
            name: file[name][()]
            for name in ("dissimilarity/seqnmf_vs_cnmf_shift", "skewness/seqnmf", "p_values/seqnmf")
        }
        X = file["X"][:]
    fits = {name: fit_of_original(name)[1] for name in ("seqnmf", "cnmf_shift")}
    return fits, X, measures


@pytest.fixture(scope="module")
def three_planted():
    X, starts, kinds = planted(np.random.default_rng(1), n_frames=300, n_sequences=3)
    return X, starts, kinds


def test_dissimilarity_is_that_of_the_original(original):
    fits, _, measures = original
    found = dissimilarity(fits["seqnmf"], fits["cnmf_shift"])
    assert found == pytest.approx(measures["dissimilarity/seqnmf_vs_cnmf_shift"], abs=1e-8)


def test_skewness_and_significance_are_those_of_the_original(original):
    fits, X, measures = original
    found = significance(fits["seqnmf"], X, n_nulls=400)
    np.testing.assert_allclose(found.skewness, measures["skewness/seqnmf"], rtol=1e-8)
    # Nulls are drawn at random: what is the same is which p-values are as small as can be, and
    # which component is empty.
    expected = measures["p_values/seqnmf"]
    smallest = expected == expected.min()
    assert np.array_equal(found.p_values == 1 / 400, smallest)
    assert np.array_equal(np.isinf(found.p_values), np.isinf(expected))
    assert np.array_equal(found.is_significant, smallest)


def test_dissimilarity_is_zero_for_the_same_and_the_same_both_ways():
    X = np.random.default_rng(0).gamma(0.5, 1, (6, 50))
    one, other = (SeqNMF(2, 4, max_iter=10, random_state=seed).fit(X) for seed in (0, 1))
    assert dissimilarity(one, one) == pytest.approx(0, abs=1e-12)
    assert 0 < dissimilarity(one, other) < 1
    assert dissimilarity(one, other) == pytest.approx(dissimilarity(other, one), rel=1e-12)


def test_dissimilarity_does_not_depend_on_order_scale_or_form():
    rng = np.random.default_rng(1)
    events = rng.gamma(0.5, 1, (3, 6, 20))
    one, other = (SeqNMF(3, 4, max_iter=10, random_state=seed).fit(events) for seed in (0, 1))
    expected = dissimilarity(one, other)
    order, scale = np.array([2, 0, 1]), np.array([3.0, 0.5, 10])
    other._W = other._W[..., order] * scale
    other.activations_ = [event[order] / scale[:, None] for event in other.activations_]
    assert dissimilarity(one, other) == pytest.approx(expected, rel=1e-9)


def test_fits_of_other_data_cannot_be_compared():
    rng = np.random.default_rng(2)
    X = rng.gamma(0.5, 1, (6, 50))
    one = SeqNMF(2, 4, max_iter=2).fit(X)
    for other in (SeqNMF(3, 4, max_iter=2).fit(X), SeqNMF(2, 4, max_iter=2).fit(X[:, :40])):
        with pytest.raises(ValueError, match="other data, or have other numbers of components"):
            dissimilarity(one, other)
    with pytest.raises(ValueError, match="fitted to other data"):
        costs(one, X[:, :40])
    with pytest.raises(ValueError, match="event 0 has 5 frequencies, expected 6"):
        costs(one, X[:5])


def test_costs_are_the_residual_and_what_components_explain_near_each_other():
    rng = np.random.default_rng(3)
    events = [rng.gamma(0.5, 1, (5, length)) for length in (12, 20)]
    model = SeqNMF(3, 4, max_iter=5).fit(events)
    squares = correlation = 0
    for X, H in zip(events, model.activations_, strict=True):
        n_frames = X.shape[1]
        reconstruction, overlap = np.zeros_like(X), np.zeros_like(H)
        for t in range(n_frames):
            for lag in range(4):
                if t >= lag:
                    reconstruction[:, t] += model.W_[:, :, lag] @ H[:, t - lag]
                if t + lag < n_frames:
                    overlap[:, t] += model.W_[:, :, lag].T @ X[:, t + lag]
        squares += ((X - reconstruction) ** 2).sum()
        for t in range(n_frames):
            near = H[:, max(t - 3, 0) : t + 4].sum(axis=1)
            correlation += np.outer(overlap[:, t], near).sum() - overlap[:, t] @ near
    found = costs(model, events)
    assert found.reconstruction == pytest.approx(np.sqrt(squares), rel=1e-9)
    assert found.correlation == pytest.approx(correlation, rel=1e-9)


def test_the_number_of_planted_sequences_is_found(three_planted):
    X, _, _ = three_planted
    model = SeqNMF(7, 10, cross_orthogonality=0, max_iter=40)
    choice = choose_n_components(model, X, [1, 2, 3, 4])
    assert choice.best == 3
    assert choice.numbers.tolist() == [1, 2, 3, 4]
    assert choice.dissimilarities.shape == (4, 3)
    assert choice.dissimilarities[2].max() < 0.01
    assert choice.dissimilarities[[1, 3]].mean(axis=1).min() > 0.01
    assert model.n_components == 7
    assert not hasattr(model, "n_iter_")


def test_one_component_is_never_the_best():
    X = np.random.default_rng(4).gamma(0.5, 1, (5, 40))
    assert choose_n_components(SeqNMF(2, 3, max_iter=5), X, [1, 2], n_fits=2).best == 2


@pytest.mark.parametrize(("numbers", "n_fits"), [([1], 3), ([], 3), ([2, 3], 1)])
def test_numbers_and_fits_that_leave_nothing_to_choose_are_refused(numbers, n_fits):
    with pytest.raises(ValueError, match="numbers have to have one above 1, and n_fits"):
        choose_n_components(SeqNMF(2, 3), np.ones((4, 20)), numbers, n_fits)


def test_costs_cross_between_the_weights(three_planted):
    X, _, _ = three_planted
    model = SeqNMF(4, 10, max_iter=25)
    weights = np.logspace(0, -5, 8)
    choice = choose_cross_orthogonality(model, X, weights)
    assert np.array_equal(choice.weights, weights[::-1])
    assert choice.reconstruction[-1] > choice.reconstruction[0]
    assert choice.correlation[-1] < choice.correlation[0]
    assert weights[-1] < choice.crossing < weights[0]
    assert model.cross_orthogonality == 0.001
    assert not hasattr(model, "n_iter_")


@pytest.mark.parametrize(("centre", "expected"), [(1e-3, 1e-3), (3e-4, 3e-4), (1e3, None)])
def test_the_crossing_is_where_scaled_costs_are_equal(centre, expected, monkeypatch):
    def prescribed(model, X):
        step = 1 / (1 + (model.cross_orthogonality / centre) ** 2)
        return Costs(reconstruction=5 + 2 * (1 - step), correlation=100 * step)

    def alike(model, X):
        return Costs(reconstruction=1.0, correlation=1.0)

    monkeypatch.setattr(choice_module, "costs", alike if expected is None else prescribed)
    X = np.ones((3, 12))
    choice = choose_cross_orthogonality(SeqNMF(1, 2, max_iter=1), X, np.logspace(-6, 0, 61))
    if expected is None:
        assert choice.crossing is None
    else:
        assert choice.crossing == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("weights", [[], [0.1], [0, 0.1], [-1, 0.1], [np.nan, 0.1]])
def test_weights_that_leave_nothing_to_choose_are_refused(weights):
    with pytest.raises(ValueError, match="two or more numbers above 0"):
        choose_cross_orthogonality(SeqNMF(2, 3), np.ones((4, 20)), weights)


def test_planted_sequences_are_significant_in_held_out_data(three_planted):
    X, _, _ = three_planted
    model = SeqNMF(3, 10, max_iter=40).fit(X[:, :180])
    found = significance(model, X[:, 180:])
    assert found.is_significant.all()
    assert (found.skewness > 1).all()
    # By default as many nulls as make the smallest p-value half of what is needed.
    assert np.array_equal(found.p_values, np.full(3, 1 / 120))
    assert np.array_equal(significance(model, X[:, 180:]).p_values, found.p_values)


def test_components_of_noise_are_not_significant():
    rng = np.random.default_rng(5)
    found = 0
    for seed in range(5):
        X = rng.random((8, 200))
        model = SeqNMF(2, 6, max_iter=15, random_state=seed).fit(X[:, :120])
        result = significance(model, X[:, 120:], random_state=seed)
        assert (result.p_values > 0).all()
        found += result.is_significant.sum()
    assert found == 0


def test_the_level_is_shared_by_all_components_that_are_tested():
    rng = np.random.default_rng(5)
    X = rng.random((8, 200))
    model = SeqNMF(3, 6, max_iter=15).fit(X[:, :120])
    p_values = significance(model, X[:, 120:], n_nulls=100).p_values
    smallest = p_values.min()
    for level, is_significant in ((2.9 * smallest, False), (3.1 * smallest, True)):
        found = significance(model, X[:, 120:], n_nulls=100, level=level)
        assert np.array_equal(found.p_values, p_values)
        assert found.is_significant.any() == is_significant


def fixed(W, X):
    """A model with components that are given, whatever the data."""
    model = SeqNMF(len(W), W.shape[2], fixed_components=True, shift=False, sort=False, max_iter=2)
    return model.fit(X, components=W)


def test_a_component_of_one_row_or_none_is_no_sequence(three_planted):
    X, _, _ = three_planted
    W = np.zeros((3, len(X), 10))
    W[0, [0, 1, 2, 3], [0, 2, 4, 6]] = 1
    W[1, 5, :4] = 1
    result = significance(fixed(W, X), X)
    assert np.array_equal(result.is_significant, [True, False, False])
    assert np.array_equal(np.isinf(result.p_values), [False, True, True])
    assert np.array_equal(np.isnan(result.skewness), [False, True, True])
    # Bonferroni's correction is for the one that was tested.
    assert result.p_values[0] == 1 / 40
    alone = significance(fixed(W[1:], X), X)
    assert not alone.is_significant.any()


@pytest.mark.filterwarnings("ignore:Precision loss")
def test_a_component_that_overlaps_with_nothing_is_not_significant():
    X = 0.01 + np.zeros((6, 100))
    W = np.zeros((1, 6, 5))
    W[0, [0, 1, 2], [0, 2, 4]] = 1
    silent = X.copy()
    silent[:3] = 0
    assert not significance(fixed(W, X), silent).is_significant.any()


@pytest.mark.parametrize("level", [0, 1, -0.1, np.nan])
def test_a_level_that_is_no_probability_is_refused(level):
    X = np.random.default_rng(6).random((4, 30))
    model = SeqNMF(2, 3, max_iter=2).fit(X)
    with pytest.raises(ValueError, match=r"level is .*, expected a number between 0 and 1"):
        significance(model, X, level=level)


def test_a_negative_number_of_nulls_is_refused():
    X = np.random.default_rng(6).random((4, 30))
    model = SeqNMF(2, 3, max_iter=2).fit(X)
    with pytest.raises(ValueError, match="n_nulls"):
        significance(model, X, n_nulls=-5)


def test_held_out_data_are_checked():
    model = SeqNMF(2, 3, max_iter=2).fit(np.random.default_rng(6).random((4, 30)))
    with pytest.raises(ValueError, match="event 0 has 3 frequencies, expected 4"):
        significance(model, np.ones((3, 20)))
    with pytest.raises(ValueError, match="event 1 has negative entries"):
        significance(model, [np.ones((4, 9)), -np.ones((4, 9))])


@pytest.mark.parametrize("use", [
    lambda model, X: costs(model, X), lambda model, X: significance(model, X),
    lambda model, X: dissimilarity(model, model),
])  # fmt: skip
def test_measures_of_a_model_that_is_not_fitted_are_refused(use):
    with pytest.raises(NotFittedError):
        use(SeqNMF(2, 3), np.ones((4, 20)))


def test_generated_sequences_are_rows_one_after_the_other():
    found = generate_sequences(600, 3, n_members=4, gap=2, noise=0, decay=0)
    assert found.X.shape == (12, 600)
    assert found.onsets.shape == (3, 600)
    assert np.array_equal(found.members, np.repeat([0, 1, 2], 4))
    expected = np.zeros((12, 600))
    for kind, start in np.argwhere(found.onsets):
        for member in range(4):
            expected[4 * kind + member, start + 2 * member] += 1
    assert np.array_equal(found.X, expected)


def test_generated_sequences_come_as_often_as_each_other_and_do_not_overlap():
    found = generate_sequences(4000, 3, n_members=5, gap=2)
    counts = found.onsets.sum(axis=1)
    assert counts.min() > 10
    assert np.ptp(counts) <= 1
    (starts,) = np.nonzero(found.onsets.any(axis=0))
    assert np.diff(starts).min() > 5 * 2
    assert found.onsets.sum(axis=0).max() == 1


def test_generated_activity_decays():
    options = {"n_members": 1, "noise": 0, "random_state": 3}
    spikes = generate_sequences(500, 1, decay=0, **options)
    found = generate_sequences(500, 1, decay=4, **options)
    assert np.array_equal(found.onsets, spikes.onsets)
    for t in range(1, 500):
        expected = found.X[0, t - 1] * np.exp(-1 / 4) + spikes.X[0, t]
        assert found.X[0, t] == pytest.approx(expected, abs=1e-3)


def test_generated_noise_is_as_frequent_as_asked():
    options = {"n_members": 5, "gap": 2, "decay": 0, "random_state": 1}
    without = generate_sequences(5000, 2, noise=0, **options)
    found = generate_sequences(5000, 2, noise=0.02, **options)
    assert np.array_equal(found.onsets, without.onsets)
    extra = found.X - without.X
    assert set(np.unique(extra)) == {0, 1}
    assert extra.mean() == pytest.approx(0.02, rel=0.1)


def test_generated_members_take_part_as_often_as_asked():
    options = {"n_members": 5, "gap": 2, "decay": 0, "noise": 0, "random_state": 1}
    found = generate_sequences(20_000, 2, participation=0.6, **options)
    assert found.X.sum() == pytest.approx(0.6 * 5 * found.onsets.sum(), rel=0.1)
    assert not generate_sequences(2000, 2, participation=0, **options).X.any()


def test_generated_times_vary_as_asked():
    found = generate_sequences(30_000, 1, n_members=4, gap=30, jitter=3, noise=0, decay=0)
    deviations = []
    for start in np.flatnonzero(found.onsets[0]):
        for member in range(4):
            planned = start + 30 * member
            (near,) = np.nonzero(found.X[member, planned - 14 : planned + 15])
            deviations.extend(near - 14)
    assert len(deviations) == 4 * found.onsets.sum()
    assert np.std(deviations) == pytest.approx(3, rel=0.15)
    assert np.mean(deviations) == pytest.approx(0, abs=0.5)


def test_generated_times_that_vary_much_stay_within_the_frames():
    options = {"n_members": 2, "gap": 1, "noise": 0, "decay": 0}
    for seed in range(10):
        found = generate_sequences(300, 2, jitter=100, random_state=seed, **options)
        assert found.X.shape == (4, 300)


def test_generated_sequences_are_those_of_their_seed():
    first, again, other = (generate_sequences(500, 2, random_state=seed) for seed in (3, 3, 4))
    for one, same in zip(first, again, strict=True):
        assert np.array_equal(one, same)
    assert not np.array_equal(first.X, other.X)


def test_generated_sequences_are_found_again():
    found = generate_sequences(1200, 2, n_members=5, gap=2, decay=2, noise=0.001)
    model = SeqNMF(2, 16, max_iter=40).fit(found.X)
    assert model.power_explained_ > 0.8
    kinds = [found.members[component.sum(axis=1).argmax()] for component in model.components_]
    assert sorted(kinds) == [0, 1]
