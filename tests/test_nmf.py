"""The Bayesian NMF is the model that it claims to be."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy import stats
from scipy.special import digamma
from threadpoolctl import threadpool_limits

from specufex_pipe import BayesianHMM, BayesianNMF
from specufex_pipe.frames import Batch
from specufex_pipe.nmf.updates import (
    Activations,
    Patterns,
    Prior,
    infer_activations,
    local_bound,
    pattern_divergence,
    pattern_statistics,
    update_patterns,
)

PRIOR = Prior(10 / 8, 1.0, 1 / 5, 1.0, 1 / 5, 1.0)


def random_patterns(rng, n_patterns=5, n_frequencies=8):
    return Patterns(
        rng.gamma(2, 2, (n_patterns, n_frequencies)),
        rng.gamma(2, 2, (n_patterns, 1)),
        rng.gamma(2, 2, n_patterns),
        rng.gamma(2, 2, n_patterns),
    )


def planted_events(rng, n_events=60, n_frequencies=40, n_patterns=5):
    """Events that are sums of bumps in frequency, a few of them on in each frame."""
    frequencies = np.arange(n_frequencies)
    centres = np.linspace(4, n_frequencies - 5, n_patterns)
    spectra = np.exp(-0.5 * ((frequencies - centres[:, None]) / 1.5) ** 2)
    lengths = rng.integers(20, 50, n_events)
    events = []
    for length in lengths:
        on = rng.random((n_patterns, length)) < 0.3
        activations = on * rng.gamma(5, 20, (n_patterns, length))
        events.append(rng.poisson(spectra.T @ activations).astype(float))
    return events, spectra


@pytest.fixture(scope="module")
def planted_fit():
    """Events, the spectra planted in them, and a model fitted to them."""
    events, spectra = planted_events(np.random.default_rng(4))
    return events, spectra, BayesianNMF(20).fit(events)


@pytest.mark.parametrize("seed", range(20))
def test_full_batch_updates_never_lower_the_bound(seed):
    rng = np.random.default_rng(seed)
    X = rng.gamma(0.5, 10, (30, 8))
    patterns, bounds = random_patterns(rng), []
    activations = Activations(rng.gamma(2, 2, (30, 5)), rng.gamma(2, 2, 5))
    for _ in range(100):
        activations = infer_activations(
            X, patterns, PRIOR, max_rounds=1, tolerance=0, start=activations
        )
        bound = local_bound(X, patterns, activations, PRIOR) - pattern_divergence(patterns, PRIOR)
        bounds.append(bound)
        statistics = pattern_statistics(X, patterns, activations)
        patterns = update_patterns(patterns, PRIOR, *statistics, step_size=1.0)
    assert np.diff(bounds).min() > -1e-10 * abs(bounds[-1])


def test_more_local_rounds_never_lower_the_bound():
    rng = np.random.default_rng(0)
    X, patterns = rng.gamma(0.5, 10, (30, 8)), random_patterns(rng)
    bounds = [
        local_bound(
            X, patterns, infer_activations(X, patterns, PRIOR, max_rounds=n, tolerance=0), PRIOR
        )
        for n in range(1, 30)
    ]
    assert np.diff(bounds).min() > -1e-9 * abs(bounds[-1])


def test_two_matrix_products_equal_the_formula_with_the_whole_allocation():
    rng = np.random.default_rng(1)
    X, patterns = rng.gamma(0.5, 10, (30, 8)), random_patterns(rng)
    shape = np.ones((30, 5))
    rate = PRIOR.v_rate + patterns.gain()
    log_wa = digamma(patterns.w_shape) - np.log(patterns.w_rate)
    log_wa += (digamma(patterns.a_shape) - np.log(patterns.a_rate))[:, None]
    for _ in range(5):
        exponent = (digamma(shape) - np.log(rate))[:, :, None] + log_wa
        share = np.exp(exponent)
        share /= share.sum(axis=1, keepdims=True)
        shape = PRIOR.v_shape + (share * X[:, None, :]).sum(axis=2)
    inferred = infer_activations(X, patterns, PRIOR, max_rounds=5, tolerance=0)
    np.testing.assert_allclose(inferred.shape, shape, rtol=1e-10)

    exponent = (digamma(shape) - np.log(rate))[:, :, None] + log_wa
    share = np.exp(exponent)
    share /= share.sum(axis=1, keepdims=True)
    allocated, activity = pattern_statistics(X, patterns, inferred)
    np.testing.assert_allclose(allocated, (share * X[:, None, :]).sum(axis=0), rtol=1e-10)
    np.testing.assert_allclose(activity, (shape / rate).sum(axis=0), rtol=1e-10)


def test_bound_agrees_with_a_monte_carlo_estimate():
    rng = np.random.default_rng(2)
    X, patterns = rng.poisson(6, (4, 8)).astype(float), random_patterns(rng)
    activations = infer_activations(X, patterns, PRIOR, max_rounds=200, tolerance=1e-10)
    n_draws = 40_000
    w = rng.gamma(patterns.w_shape, 1 / patterns.w_rate, (n_draws, 5, 8))
    a = rng.gamma(patterns.a_shape, 1 / patterns.a_rate, (n_draws, 5))
    v = rng.gamma(activations.shape, 1 / activations.rate, (n_draws, 4, 5))
    log_parts = np.log(v)[..., None] + np.log(w * a[..., None])[:, None]
    share = np.exp(
        (digamma(activations.shape) - np.log(activations.rate))[..., None]
        + (digamma(patterns.w_shape) - np.log(patterns.w_rate))
        + (digamma(patterns.a_shape) - np.log(patterns.a_rate))[:, None]
    )
    share /= share.sum(axis=1, keepdims=True)
    # E[ln p(x, allocation | w, a, v)] and the entropy of the multinomial allocation.
    complete = (X[:, None] * share * (log_parts - np.log(share))).sum(axis=(1, 2, 3))
    constant = stats.poisson(1).logpmf(X).sum() + X.size
    rates = (v[..., None] * (w * a[..., None])[:, None]).sum(axis=(1, 2, 3))
    prior_v = stats.gamma(PRIOR.v_shape, scale=1 / PRIOR.v_rate)
    posterior_v = stats.gamma(activations.shape, scale=1 / activations.rate)
    divergence = (posterior_v.logpdf(v) - prior_v.logpdf(v)).sum(axis=(1, 2))
    draws = complete + constant - rates - divergence
    error = draws.std() / np.sqrt(n_draws)
    assert local_bound(X, patterns, activations, PRIOR) == pytest.approx(
        draws.mean(), abs=5 * error
    )


def test_minibatch_statistics_add_up_to_those_of_all_events():
    rng = np.random.default_rng(3)
    X, patterns = rng.gamma(0.5, 10, (60, 8)), random_patterns(rng)
    whole = pattern_statistics(
        X, patterns, infer_activations(X, patterns, PRIOR, max_rounds=50, tolerance=0)
    )
    parts = [
        pattern_statistics(
            part, patterns, infer_activations(part, patterns, PRIOR, max_rounds=50, tolerance=0)
        )
        for part in np.split(X, 6)
    ]
    for of_all, of_parts in zip(whole, zip(*parts, strict=True), strict=True):
        np.testing.assert_allclose(np.sum(of_parts, axis=0), of_all, rtol=1e-9)


def test_planted_patterns_come_back_and_the_others_are_pruned(planted_fit):
    _, spectra, model = planted_fit
    found = model.components_ / np.linalg.norm(model.components_, axis=1, keepdims=True)
    planted = spectra / np.linalg.norm(spectra, axis=1, keepdims=True)
    assert (planted @ found.T).max(axis=1).min() > 0.95
    assert 5 <= model.n_components_ <= 12


def test_components_are_ordered_by_peak_frequency():
    events, _ = planted_events(np.random.default_rng(5), n_events=20)
    peaks = BayesianNMF(8, max_iter=20).fit(events).components_.argmax(axis=1)
    assert (np.diff(peaks) >= 0).all()


def test_transform_of_an_event_does_not_depend_on_the_others():
    events, _ = planted_events(np.random.default_rng(6), n_events=20)
    model = BayesianNMF(8, max_iter=20).fit(events)
    together, alone = model.transform(events), model.transform(events[7:8])
    assert np.array_equal(together[7], alone[0])


def test_held_out_bound_rises_and_ends_the_fit(planted_fit):
    _, _, model = planted_fit
    assert model.bound_[-1] > model.bound_[0]
    assert model.n_iter_ < model.max_iter


def test_same_seed_gives_the_same_bits_and_another_seed_does_not():
    events, _ = planted_events(np.random.default_rng(8), n_events=20)
    first, again, other = (
        BayesianNMF(8, max_iter=20, random_state=seed).fit(events) for seed in (3, 3, 4)
    )
    assert np.array_equal(first.components_, again.components_)
    assert not np.array_equal(first.components_, other.components_)


def test_the_number_of_threads_does_not_change_a_bit():
    X = np.random.default_rng(19).gamma(1, 10, (40, 60, 50))
    results = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            model = BayesianNMF(30, max_iter=3, max_local_rounds=5).fit(X)
            results.append((model.components_, model.transform(X[:2]), model.score(X)))
    for one, two in zip(*results, strict=True):
        assert np.array_equal(one, two)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations_keep_the_type_of_the_spectrograms(dtype):
    events, _ = planted_events(np.random.default_rng(9), n_events=10)
    model = BayesianNMF(5, max_iter=10).fit([event.astype(dtype) for event in events])
    assert model.transform([events[0].astype(dtype)])[0].dtype == dtype


def test_energies_of_a_fit_account_for_what_was_measured(planted_fit):
    events, _, model = planted_fit
    activations = model.transform(events)
    energies = model.energies(activations)
    measured = sum(event.sum() for event in events)
    assert sum(energy.sum() for energy in energies) == pytest.approx(measured, rel=0.02)
    reconstruction = model.inverse_transform(activations)
    np.testing.assert_allclose(reconstruction[0].sum(), energies[0].sum(), rtol=1e-9)


def test_frames_of_zeros_give_small_activations_and_no_nan():
    events, _ = planted_events(np.random.default_rng(11), n_events=10)
    events.append(np.zeros((40, 12)))
    model = BayesianNMF(5, max_iter=20).fit(events)
    silent = model.transform(events)[-1]
    assert np.isfinite(silent).all()
    assert silent.max() < 1e-2 * model.transform(events)[0].max()


@pytest.mark.parametrize("shape", [(1, 40, 30), (1, 40, 1)])
def test_a_single_event_or_frame_can_be_fitted(shape):
    X = np.random.default_rng(12).gamma(1, 10, shape)
    model = BayesianNMF(4, max_iter=20).fit(X)
    assert model.transform(X).shape == (1, model.n_components_, shape[2])


def test_saved_and_loaded_model_is_the_same(tmp_path):
    events, _ = planted_events(np.random.default_rng(13), n_events=10)
    model = BayesianNMF(6, max_iter=20).fit(events)
    model.save(tmp_path / "nmf.h5")
    loaded = BayesianNMF.load(tmp_path / "nmf.h5")
    assert np.array_equal(model.transform(events)[3], loaded.transform(events)[3])
    assert loaded.bound_ == model.bound_
    assert loaded.get_params() == model.get_params()


@pytest.mark.parametrize(("broken", "message"), [
    (np.full((40, 9), -1.0), "event 2 has negative entries"),
    (np.full((40, 9), np.nan), "event 2 has NaN or infinite entries"),
    (np.full((40, 9), np.inf), "event 2 has NaN or infinite entries"),
    (np.ones((39, 9)), "event 2 has 39 frequencies, expected 40"),
    (np.ones((40, 0)), "event 2 has no frames"),
    (np.ones(40), "event 2 has 1 dimension"),
])  # fmt: skip
def test_a_broken_event_is_named(broken, message):
    events, _ = planted_events(np.random.default_rng(14), n_events=4)
    with pytest.raises(ValueError, match=message):
        BayesianNMF(5).fit([*events[:2], broken, *events[2:]])


def test_an_empty_list_is_refused():
    with pytest.raises(ValueError, match="there is no event"):
        BayesianNMF(5).fit([])


@pytest.mark.parametrize(("parameter", "value"), [
    ("n_components", 0), ("forgetting", 0.5), ("batch_size", 2.5), ("random_state", None),
    ("held_out_share", 1.0), ("delay", 0.0), ("evidence_weight", 0), ("annealing", 1.0),
])  # fmt: skip
def test_a_wrong_parameter_is_named(parameter, value):
    with pytest.raises(ValueError, match=f"{parameter} is {value!r}"):
        BayesianNMF(**{parameter: value}).fit(np.ones((2, 4, 4)))


@pytest.mark.parametrize(("n_components", "n_frequencies"), [(300, 20), (20, 1800)])
def test_single_precision_neither_underflows_to_nan_nor_loses_weak_frames(
    n_components, n_frequencies
):
    # psi(1/K) is about -K and psi(10/D) about -D/10: too much for the exponents of float32.
    rng = np.random.default_rng(15)
    X = rng.gamma(1, 10, (20, n_frequencies, 30)).astype(np.float32)
    X[:, n_frequencies // 2 :] = 0
    model = BayesianNMF(n_components, max_iter=10).fit(X)
    weak, foreign = np.zeros((2, n_frequencies, 30), dtype=np.float32)
    weak[3] = 0.3
    foreign[-1] = 50
    for event in (weak, foreign):
        activations = model.transform([event])
        assert np.isfinite(activations[0]).all()
        assert model.energies(activations)[0].sum() > 0.5 * event.sum()


def test_a_fit_that_keeps_no_pattern_says_so():
    events, _ = planted_events(np.random.default_rng(16), n_events=10)
    with pytest.raises(ValueError, match="no pattern is left: prune_below"):
        BayesianNMF(10, prune_below=0.9).fit(events)


def test_the_last_step_is_checked_whatever_the_interval():
    events, _ = planted_events(np.random.default_rng(18), n_events=10)
    assert BayesianNMF(5, max_iter=7, check_every=5).fit(events).bound_steps_ == [5, 7]


def test_partial_fit_over_all_minibatches_learns():
    events, _ = planted_events(np.random.default_rng(17))
    n_frames = sum(event.shape[1] for event in events)
    model = BayesianNMF(8)
    scores = []
    for start in range(0, 60, 10):
        model.partial_fit(events[start : start + 10], n_frames_total=n_frames)
        scores.append(model.score(events[:5]))
    assert scores[-1] > scores[0]
    assert model.n_iter_ == 6


def test_batch_lists_its_events():
    batch = Batch(np.arange(10).reshape(5, 2), np.array([0, 2, 5]))
    assert [event.shape for event in batch.events()] == [(2, 2), (3, 2)]


DATA = Path(__file__).parent / "data" / "specufex-0.1.1"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_model_of_specufex_transforms_as_specufex_did(dtype, tmp_path):
    model = BayesianNMF.load(DATA / "nmf.h5")
    with h5py.File(DATA / "expected.h5") as file:
        spectrograms, expected = file["spectrograms"][:], file["activations"][:]
    found = model.transform(spectrograms.astype(dtype))
    tolerance = 1e-10 if dtype == np.float64 else 1e-4
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    model.save(tmp_path / "nmf.h5")
    again = BayesianNMF.load(tmp_path / "nmf.h5").transform(spectrograms.astype(dtype))
    assert np.array_equal(again, found)


def test_a_model_file_that_is_not_one_is_refused(tmp_path):
    events, _ = planted_events(np.random.default_rng(20), n_events=10)
    path = tmp_path / "model.h5"
    with pytest.raises(OSError, match="there is no such file"):
        BayesianNMF.load(path)
    BayesianHMM(2, max_iter=2).fit(events).save(path)
    with pytest.raises(OSError, match="holds hmm, expected nmf"):
        BayesianNMF.load(path)
    BayesianNMF(3, max_iter=2).fit(events).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(OSError, match="damaged"):
        BayesianNMF.load(path)
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        file["weights"][0] += 1
    with pytest.raises(OSError, match="damaged"):
        BayesianNMF.load(path)
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = 99
    with pytest.raises(OSError, match="newer version"):
        BayesianNMF.load(path)
