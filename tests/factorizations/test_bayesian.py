"""The Bayesian NMF is the model that it claims to be."""

from itertools import islice

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import digamma
from threadpoolctl import threadpool_limits

from specufex_pipe import BayesianNMF
from specufex_pipe.factorizations.bayesian import kernels
from specufex_pipe.factorizations.bayesian.updates import (
    Activations,
    Components,
    Prior,
    component_divergence,
    component_statistics,
    infer_activations,
    local_bound,
    update_components,
)
from specufex_pipe.fitting.minibatches import minibatches

PRIOR = Prior(10 / 8, 1.0, 1 / 5, 1.0, 1 / 5, 1.0)


def random_components(rng, n_components=5, n_frequencies=8):
    return Components(
        rng.gamma(2, 2, (n_components, n_frequencies)),
        rng.gamma(2, 2, (n_components, 1)),
        rng.gamma(2, 2, n_components),
        rng.gamma(2, 2, n_components),
    )


def planted_events(rng, n_events=60, n_frequencies=40, n_components=5):
    """Events that are sums of bumps in frequency, a few of them on in each frame."""
    frequencies = np.arange(n_frequencies)
    centres = np.linspace(4, n_frequencies - 5, n_components)
    spectra = np.exp(-0.5 * ((frequencies - centres[:, None]) / 1.5) ** 2)
    lengths = rng.integers(20, 50, n_events)
    events = []
    for length in lengths:
        on = rng.random((n_components, length)) < 0.3
        activations = on * rng.gamma(5, 20, (n_components, length))
        events.append(rng.poisson(spectra.T @ activations).astype(float))
    return events, spectra


@pytest.fixture(scope="module")
def planted_fit():
    """Events, the spectra planted in them, and a model fitted to them."""
    events, spectra = planted_events(np.random.default_rng(4))
    return events, spectra, BayesianNMF(20).fit(events)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("weight", [1.0, 1 / 30, 5.0])
def test_full_batch_updates_never_lower_the_bound(seed, weight):
    rng = np.random.default_rng(seed)
    X = rng.gamma(0.5, 10, (30, 8))
    components, bounds = random_components(rng), []
    shape = rng.gamma(2, 2, (30, 5))
    for _ in range(100):
        rate = PRIOR.v_rate + components.gain()
        What = np.exp(components.expected_log()) / rate[:, None]
        kernels.infer_shapes(X, np.array([0, 30]), What, PRIOR.v_shape, 1.0, 1, 0.0, shape)
        activations = Activations(shape, rate)
        evidence = weight * local_bound(X, components, activations, PRIOR)
        bounds.append(evidence - component_divergence(components, PRIOR))
        statistics = component_statistics(X, components, activations)
        weighted = (weight * statistic for statistic in statistics)
        components = update_components(components, PRIOR, *weighted, step_size=1.0)
    assert np.diff(bounds).min() > -1e-10 * abs(bounds[-1])


def test_more_local_rounds_never_lower_the_bound():
    rng = np.random.default_rng(0)
    X, components = rng.gamma(0.5, 10, (30, 8)), random_components(rng)
    bounds = [
        local_bound(
            X, components, infer_activations(X, components, PRIOR, max_rounds=n, tolerance=0), PRIOR
        )
        for n in range(1, 30)
    ]
    assert np.diff(bounds).min() > -1e-9 * abs(bounds[-1])


@pytest.mark.parametrize("temperature", [1.0, 1.5, 2.0])
def test_two_matrix_products_equal_the_formula_with_the_whole_allocation(temperature):
    rng = np.random.default_rng(1)
    X, components = rng.gamma(0.5, 10, (30, 8)), random_components(rng)
    shape = np.ones((30, 5))
    rate = PRIOR.v_rate + components.gain()
    log_wa = digamma(components.w_shape) - np.log(components.w_rate)
    log_wa += (digamma(components.a_shape) - np.log(components.a_rate))[:, None]

    def shares():
        exponent = (digamma(shape) - np.log(rate))[:, :, None] + log_wa
        share = np.exp(exponent / temperature)
        return share / share.sum(axis=1, keepdims=True)

    for _ in range(5):
        shape = PRIOR.v_shape + (shares() * X[:, None, :]).sum(axis=2)
    inferred = infer_activations(
        X, components, PRIOR, max_rounds=5, tolerance=0, temperature=temperature
    )
    np.testing.assert_allclose(inferred.shape, shape, rtol=1e-10)

    allocated, activity = component_statistics(X, components, inferred, temperature)
    np.testing.assert_allclose(allocated, (shares() * X[:, None, :]).sum(axis=0), rtol=1e-10)
    np.testing.assert_allclose(activity, (shape / rate).sum(axis=0), rtol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(st.data())
def test_the_kernels_geometric_mean_is_that_of_scipy(dtype, data):
    shapes = data.draw(st.lists(st.floats(1 / 400, 1e8), min_size=1, max_size=20))
    # Beside a strong component no scale is taken out.
    shape = np.array([[*shapes, 100.0]], dtype=dtype)
    means, buffer = np.empty_like(shape), np.empty_like(shape)
    kernels.geometric_means(shape, dtype(1), means, buffer)
    # Of exponents below these, a precision keeps that they are small.
    lowest = -80.0 if dtype == np.float32 else -650.0
    expected = np.exp(np.maximum(digamma(shape.astype(np.float64)), lowest))
    found = np.maximum(means.astype(np.float64), np.exp(lowest))
    np.testing.assert_allclose(found, expected, rtol=1e-4 if dtype == np.float32 else 1e-12)


def strong_and_weak_frames(rng, scale):
    components = Components(
        10 / 40 + 500 * rng.dirichlet(np.full(40, 0.1), 30),
        np.full((30, 1), 50.0),
        rng.gamma(2, 100, 30),
        np.full(30, 20.0),
    )
    prior = Prior(10 / 40, 1.0, 1 / 75, 1.0, 1 / 75, 1.0)
    activations = rng.gamma(0.2, 3, (300, 30))
    X = rng.poisson(scale * activations @ (components.spectra() * components.weights()[:, None]))
    return X.astype(float), components, prior


@pytest.mark.parametrize("scale", [0.01, 1, 100])
@pytest.mark.parametrize("max_rounds", [300, 301, 302])
def test_extrapolated_rounds_end_where_many_plain_ones_do(scale, max_rounds):
    X, components, prior = strong_and_weak_frames(np.random.default_rng(21), scale)
    plain = infer_activations(X, components, prior, max_rounds=2000, tolerance=0)
    fast = infer_activations(X, components, prior, max_rounds=max_rounds, tolerance=1e-6)
    bounds = np.array([
        [local_bound(X[t : t + 1], components, Activations(a.shape[t : t + 1], a.rate), prior)
         for a in (plain, fast)] for t in range(len(X))
    ])  # fmt: skip
    # A frame may have several optima; which one it ends in, may differ either way.
    loss = (bounds[:, 0] - bounds[:, 1]) / np.abs(bounds[:, 0])
    assert loss.mean() < 1e-3
    assert np.quantile(loss, 0.99) < 0.05


def test_an_extrapolation_does_not_lose_a_component_that_a_frame_needs():
    rng = np.random.default_rng(0)
    prior = Prior(0.5, 1.0, 0.2, 1.0, 0.2, 1.0)
    components = random_components(rng, 5, 20)
    X = (1e4 * rng.gamma(0.5, 2, (50, 20)))[40:41]
    bounds = []
    for max_rounds, tolerance in ((1000, 0), (99, 1e-4), (100, 1e-4)):
        activations = infer_activations(
            X, components, prior, max_rounds=max_rounds, tolerance=tolerance
        )
        bounds.append(local_bound(X, components, activations, prior))
    np.testing.assert_allclose(bounds[1:], bounds[0], rtol=1e-3)


def test_settled_frames_leave_and_the_others_do_not_notice():
    X, components, prior = strong_and_weak_frames(np.random.default_rng(22), 1)
    together = infer_activations(X, components, prior, max_rounds=300, tolerance=1e-6)
    for t in range(0, 300, 30):
        alone = infer_activations(X[t : t + 1], components, prior, max_rounds=300, tolerance=1e-6)
        np.testing.assert_allclose(alone.shape[0], together.shape[t], rtol=1e-6, atol=1e-9)


def test_bound_agrees_with_a_monte_carlo_estimate():
    rng = np.random.default_rng(2)
    X, components = rng.poisson(6, (4, 8)).astype(float), random_components(rng)
    activations = infer_activations(X, components, PRIOR, max_rounds=200, tolerance=1e-10)
    n_draws = 40_000
    w = rng.gamma(components.w_shape, 1 / components.w_rate, (n_draws, 5, 8))
    a = rng.gamma(components.a_shape, 1 / components.a_rate, (n_draws, 5))
    v = rng.gamma(activations.shape, 1 / activations.rate, (n_draws, 4, 5))
    log_parts = np.log(v)[..., None] + np.log(w * a[..., None])[:, None]
    share = np.exp(
        (digamma(activations.shape) - np.log(activations.rate))[..., None]
        + (digamma(components.w_shape) - np.log(components.w_rate))
        + (digamma(components.a_shape) - np.log(components.a_rate))[:, None]
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
    assert local_bound(X, components, activations, PRIOR) == pytest.approx(
        draws.mean(), abs=5 * error
    )


def test_minibatches_ask_on_average_for_what_all_events_ask_for():
    rng = np.random.default_rng(3)
    events = rng.gamma(0.5, 10, (12, 50, 8))
    components, scale = random_components(rng), 6

    def asked_for(X):
        activations = infer_activations(X, components, PRIOR, max_rounds=50, tolerance=0)
        return component_statistics(X, components, activations)

    whole = asked_for(events.reshape(-1, 8))
    parts = [
        asked_for(events[chosen].reshape(-1, 8))
        for chosen in islice(minibatches(np.arange(12), 2, seed=0), 6)
    ]
    for of_all, of_parts in zip(whole, zip(*parts, strict=True), strict=True):
        np.testing.assert_allclose(scale * np.mean(of_parts, axis=0), of_all, rtol=1e-9)


def test_planted_components_come_back_and_the_others_are_pruned(planted_fit):
    _, spectra, model = planted_fit
    found = model.components_ / np.linalg.norm(model.components_, axis=1, keepdims=True)
    planted = spectra / np.linalg.norm(spectra, axis=1, keepdims=True)
    assert (planted @ found.T).max(axis=1).min() > 0.95
    assert 5 <= model.n_components_ <= 6


def test_components_go_one_after_the_other_as_they_lose_their_energy():
    class Counted(BayesianNMF):
        def _update(self, batch, scale, step):
            super()._update(batch, scale, step)
            left.append(self.n_components_)

    left = []
    Counted(20, max_iter=80, tol=0).fit(planted_events(np.random.default_rng(4))[0])
    dropped = -np.diff(left)
    assert left[10] == 20
    assert left[-1] <= 6
    assert (dropped >= 0).all()
    assert dropped.max() <= 4


def test_held_out_bound_rises_and_ends_the_fit(planted_fit):
    _, _, model = planted_fit
    assert model.bound_[-1] > model.bound_[0]
    assert model.n_iter_ < model.max_iter


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_more_pieces_of_frames_than_shares_for_threads_give_the_same_bits(dtype, numba_threads):
    X = np.random.default_rng(19).gamma(1, 10, (40, 120, 300)).astype(dtype)
    results = []
    for n in (1, 2):
        numba.set_num_threads(n)
        with threadpool_limits(n):
            model = BayesianNMF(100, batch_size=40, max_iter=2, max_local_rounds=5).fit(X)
            results.append((model.components_, model.transform(X), model.score(X), model.elbo(X)))
    for one, two in zip(*results, strict=True):
        assert np.array_equal(one, two)


def test_elbo_is_the_weighted_evidence_less_the_divergence_of_the_components():
    X = np.random.default_rng(23).gamma(1, 10, (5, 8, 6))
    model = BayesianNMF(3, max_iter=5, evidence_weight=0.3).fit(X)
    log_q = log_p = 0
    rng = np.random.default_rng(0)
    for name, prior_shape in (("w", 10 / 8), ("a", 1 / 3)):
        shape = getattr(model._components, f"{name}_shape")
        rate = np.broadcast_to(getattr(model._components, f"{name}_rate"), shape.shape)
        draws = rng.gamma(shape, 1 / rate, (200_000, *shape.shape))
        axes = tuple(range(1, draws.ndim))
        log_q += stats.gamma.logpdf(draws, shape, scale=1 / rate).sum(axis=axes)
        log_p += stats.gamma.logpdf(draws, prior_shape).sum(axis=axes)
    divergence = log_q - log_p
    expected = 0.3 * model.score(X) * 30 - divergence.mean()
    error = divergence.std() / np.sqrt(len(divergence))
    assert model.elbo(X) == pytest.approx(expected, abs=5 * error)


def test_the_weight_of_the_evidence_multiplies_what_the_components_learn():
    X = np.random.default_rng(24).gamma(1, 10, (5, 8, 6))
    for weight in (0.1, 1, 7):
        model = BayesianNMF(3, evidence_weight=weight).partial_fit(X)
        learned = model._components.a_shape.sum() - 3 * (1 / 3)
        assert learned == pytest.approx(weight * X.sum(), rel=1e-9)


@pytest.mark.parametrize(("scale", "similarity"), [(1e3, 0.95), (1e-3, 0.9)])
def test_planted_components_come_back_at_any_scale(scale, similarity):
    events, spectra = planted_events(np.random.default_rng(4), n_events=30)
    model = BayesianNMF(20, max_iter=60).fit([scale * event for event in events])
    found = model.components_ / np.linalg.norm(model.components_, axis=1, keepdims=True)
    planted = spectra / np.linalg.norm(spectra, axis=1, keepdims=True)
    assert (planted @ found.T).max(axis=1).min() > similarity
    assert np.isfinite(model.bound_).all()


def test_energies_of_a_fit_account_for_what_was_measured(planted_fit):
    events, _, model = planted_fit
    activations = model.transform(events)
    energies = model.energies(activations)
    measured = sum(event.sum() for event in events)
    assert sum(energy.sum() for energy in energies) == pytest.approx(measured, rel=0.02)
    for event, expected in zip(events, model.inverse_transform(activations), strict=True):
        # Poisson counts lie about their means with a variance of the means.
        assert ((event - expected) ** 2).sum() < 1.2 * expected.sum()


def test_energies_too_large_for_their_precision_are_refused():
    model = BayesianNMF(3, max_iter=2).fit(np.random.default_rng(25).gamma(1, 10, (4, 8, 6)))
    fine, too_large = np.full((2, 1, 8, 6), [[[[1e20]]], [[[3e38]]]], dtype=np.float32)
    assert np.isfinite(model.transform(fine)).all()
    with pytest.raises(ValueError, match="too large for float32"):
        model.transform(too_large)


@pytest.mark.parametrize("total", [0, 5, np.nan, -1])
def test_a_data_set_smaller_than_its_minibatch_is_refused(total):
    with pytest.raises(ValueError, match=r"n_frames_total is .* at least .* 8"):
        BayesianNMF(2).partial_fit(np.ones((2, 4, 4)), n_frames_total=total)


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


def test_a_fit_that_keeps_no_component_says_so():
    events, _ = planted_events(np.random.default_rng(16), n_events=10)
    with pytest.raises(ValueError, match="no component is left: prune_below"):
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


def test_raw_power_is_told_of_and_decibels_are_not(caplog):
    decibels = np.random.default_rng(0).gamma(1, 10, (4, 6, 20))
    BayesianNMF(2, max_iter=1).fit(decibels)
    assert "raw power" not in caplog.text
    BayesianNMF(2, max_iter=1).fit(1e6 * decibels)
    assert "as those of raw power do" in caplog.text


@pytest.mark.parametrize(("scale", "told"), [(1e-10, True), (1e-2, False), (0.0, False)])
def test_entries_so_small_that_the_priors_decide_are_told_of(scale, told, caplog):
    decibels = np.random.default_rng(0).gamma(2, 30, (4, 6, 20))
    BayesianNMF(2, max_iter=1).fit(scale * decibels)
    assert ("the priors decide" in caplog.text) == told
