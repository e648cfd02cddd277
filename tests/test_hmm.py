"""The Bayesian HMM is the model that it claims to be."""

from itertools import pairwise, product

import numpy as np
import pytest
from hmmlearn.hmm import PoissonHMM
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import digamma, gammaln, logsumexp

from specufex_pipe import BayesianHMM
from specufex_pipe.hmm.fingerprint import normalize_transitions
from specufex_pipe.hmm.forward_backward import digamma as compiled_digamma
from specufex_pipe.hmm.forward_backward import forward_backward, infer_events


def run_forward_backward(log_start, log_transitions, log_emissions):
    probabilities = np.empty_like(log_emissions)
    pair_sums = np.empty_like(log_transitions)
    log_z = forward_backward(log_start, log_transitions, log_emissions, probabilities, pair_sums)
    return probabilities, pair_sums, log_z


def enumerate_paths(log_start, log_transitions, log_emissions):
    """Sum over every path: the definition."""
    n_frames, n_states = log_emissions.shape
    paths = list(product(range(n_states), repeat=n_frames))
    logs = np.array([
        log_start[path[0]]
        + sum(log_transitions[i, j] for i, j in pairwise(path))
        + sum(log_emissions[t, state] for t, state in enumerate(path))
        for path in paths
    ])  # fmt: skip
    log_z = logsumexp(logs)
    probabilities, pair_sums = np.zeros((n_frames, n_states)), np.zeros((n_states, n_states))
    for path, weight in zip(paths, np.exp(logs - log_z), strict=True):
        for t, state in enumerate(path):
            probabilities[t, state] += weight
        for i, j in pairwise(path):
            pair_sums[i, j] += weight
    return probabilities, pair_sums, log_z


def dirichlet_expected_log(concentration):
    """Return E[ln p] of p ~ Dirichlet(concentration), along the last axis."""
    total = concentration.sum(axis=-1, keepdims=True)
    return digamma(concentration) - digamma(total)


def dirichlet_divergence(concentration, prior):
    """Return KL(Dirichlet || Dirichlet(prior, ..., prior)) along the last axis, in nats."""
    n = concentration.shape[-1]
    return (
        gammaln(concentration.sum(axis=-1))
        - gammaln(concentration).sum(axis=-1)
        - gammaln(n * prior)
        + n * gammaln(prior)
        + ((concentration - prior) * dirichlet_expected_log(concentration)).sum(axis=-1)
    )


def planted_chain(rng, n_events=80):
    """Events of three states that follow each other in a ring, with unlike emissions."""
    emissions = np.array([[40.0, 5, 1, 1], [2, 30, 2, 1], [1, 1, 3, 20]])
    transitions = np.array([[0.8, 0.2, 0], [0, 0.8, 0.2], [0.2, 0, 0.8]])
    events, paths = [], []
    for _ in range(n_events):
        state, path = rng.integers(3), []
        for _ in range(rng.integers(30, 80)):
            path.append(state)
            state = rng.choice(3, p=transitions[state])
        events.append(rng.poisson(emissions[path]).T.astype(float))
        paths.append(np.array(path))
    return events, paths, emissions


@settings(max_examples=40)
@given(n_states=st.integers(1, 4), n_frames=st.integers(1, 6), seed=st.integers(0, 1000))
def test_forward_backward_equals_the_sum_over_all_paths(n_states, n_frames, seed):
    rng = np.random.default_rng(seed)
    inputs = (
        rng.normal(0, 3, n_states),
        rng.normal(0, 3, (n_states, n_states)),
        rng.normal(0, 10, (n_frames, n_states)),
    )
    for found, expected in zip(
        run_forward_backward(*inputs), enumerate_paths(*inputs), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_forward_backward_equals_hmmlearn():
    rng = np.random.default_rng(0)
    n_states, n_patterns = 15, 6
    oracle = PoissonHMM(n_states)
    oracle.startprob_ = rng.dirichlet(np.ones(n_states))
    oracle.transmat_ = rng.dirichlet(np.ones(n_states), n_states)
    oracle.lambdas_ = rng.gamma(2, 5, (n_states, n_patterns))
    counts, _ = oracle.sample(200, random_state=1)
    log_likelihood, expected = oracle.score_samples(counts)
    log_emissions = counts @ np.log(oracle.lambdas_).T - oracle.lambdas_.sum(axis=1)
    probabilities, _, log_z = run_forward_backward(
        np.log(oracle.startprob_), np.log(oracle.transmat_), log_emissions
    )
    np.testing.assert_allclose(probabilities, expected, atol=1e-8)
    assert log_z - gammaln(counts + 1).sum() == pytest.approx(log_likelihood, rel=1e-9)


def test_states_are_smoothed_and_not_only_filtered():
    # The second frame says which branch the first, which looks like both, belonged to.
    log_transitions = np.log(np.array([[0.98, 0.01, 0.01], [0.01, 0.98, 0.01], [0.3, 0.3, 0.4]]))
    log_emissions = np.log(np.array([[0.5, 0.5, 1e-9], [1e-9, 1.0, 1e-9]]))
    probabilities, _, _ = run_forward_backward(
        np.log(np.ones(3) / 3), log_transitions, log_emissions
    )
    assert probabilities[0, 1] > 0.97


@pytest.mark.parametrize("scale", [0.0, 1.0, 1e6])
def test_long_events_and_extreme_energies_do_not_underflow(scale):
    rng = np.random.default_rng(2)
    log_emissions = scale * rng.normal(0, 1, (20_000, 15))
    probabilities, pair_sums, bounds = infer_events(
        log_emissions, np.array([0, 20_000]), 0.01 / 15, 0.1 / 15, 3, 0.0
    )
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-9)
    assert pair_sums.sum() == pytest.approx(19_999, rel=1e-6)
    assert np.isfinite(bounds).all()


def test_dirichlet_expected_log_is_taken_along_rows_and_not_columns():
    concentration = np.array([[5.0, 1.0, 0.5], [0.2, 3.0, 9.0]])
    for row, expected in zip(concentration, dirichlet_expected_log(concentration), strict=True):
        draws = stats.dirichlet(row).rvs(200_000, random_state=2)
        np.testing.assert_allclose(np.log(draws + 1e-300).mean(axis=0), expected, rtol=0.02)


def test_dirichlet_divergence_agrees_with_a_monte_carlo_estimate():
    concentration, prior = np.array([2.0, 0.8, 4.0]), 0.5
    q, p = stats.dirichlet(concentration), stats.dirichlet(np.full(3, prior))
    draws = q.rvs(100_000, random_state=3).T
    estimate = (q.logpdf(draws) - p.logpdf(draws)).mean()
    assert dirichlet_divergence(concentration, prior) == pytest.approx(estimate, rel=0.02)


@given(st.floats(1e-5, 1e6))
def test_compiled_digamma_equals_scipy(x):
    assert compiled_digamma(x) == pytest.approx(digamma(x), rel=1e-12, abs=1e-12)


def test_inferring_an_event_longer_never_lowers_its_bound():
    rng = np.random.default_rng(3)
    log_emissions = rng.normal(0, 2, (60, 4))
    bounds = [
        infer_events(log_emissions, np.array([0, 60]), 0.0025, 0.025, n, 0.0)[2][0]
        for n in range(1, 40)
    ]
    assert np.diff(bounds).min() > -1e-9 * abs(bounds[-1])


def test_bound_of_an_event_is_log_z_minus_the_divergences():
    rng = np.random.default_rng(4)
    log_emissions = rng.normal(0, 2, (6, 3))
    # In the first round the start is uniform, and so is each row of the transitions.
    start, row = np.full(3, 0.01 + 1 / 3), np.full((3, 3), 0.1 + 5 / 9)
    *_, log_z = enumerate_paths(
        dirichlet_expected_log(start), dirichlet_expected_log(row), log_emissions
    )
    expected = log_z - dirichlet_divergence(start, 0.01) - dirichlet_divergence(row, 0.1).sum()
    _, _, bounds = infer_events(log_emissions, np.array([0, 6]), 0.01, 0.1, 1, 0.0)
    assert bounds[0] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_full_batch_updates_never_lower_the_bound(seed):
    events, *_ = planted_chain(np.random.default_rng(seed), n_events=20)
    model = BayesianHMM(
        4, init="random", delay=1, forgetting=1, max_local_rounds=200, local_tol=1e-8,
        random_state=seed,
    )  # fmt: skip
    model.partial_fit(events)
    bounds = []
    for _ in range(15):
        bounds.append(model.elbo(events))
        model.n_iter_ = 0  # a step size of 1
        model.partial_fit(events)
    # An event's states start anew each time and may settle in another of several optima.
    assert np.diff(bounds).min() > -1e-6 * abs(bounds[-1])


def test_planted_states_and_transitions_come_back():
    events, paths, emissions = planted_chain(np.random.default_rng(5))
    model = BayesianHMM(3).fit(events)
    order = np.argsort(-emissions.sum(axis=1))
    np.testing.assert_allclose(model.emissions_, emissions[order], rtol=0.1, atol=0.15)
    posterior = model.posterior(events)
    found = np.concatenate([event.argmax(axis=0) for event in posterior.state_probabilities])
    assert (order[found] == np.concatenate(paths)).mean() > 0.99
    # Against what each event did, which its own transitions describe.
    counts = np.zeros((len(paths), 3, 3))
    rank = np.argsort(order)
    for count, path in zip(counts, paths, strict=True):
        np.add.at(count, (rank[path[:-1]], rank[path[1:]]), 1)
    np.testing.assert_allclose(posterior.transitions, normalize_transitions(counts), atol=0.1)


def test_states_are_ordered_by_falling_energy():
    events, *_ = planted_chain(np.random.default_rng(6), n_events=20)
    energies = BayesianHMM(5).fit(events).emissions_.sum(axis=1)
    assert (np.diff(energies) <= 0).all()


def test_result_of_an_event_does_not_depend_on_the_others():
    events, *_ = planted_chain(np.random.default_rng(7), n_events=20)
    model = BayesianHMM(3).fit(events)
    assert np.array_equal(model.transform(events)[7], model.transform(events[7:8])[0])


def test_an_event_of_one_frame_has_a_fingerprint():
    events, *_ = planted_chain(np.random.default_rng(8), n_events=20)
    model = BayesianHMM(3).fit(events)
    fingerprint = model.transform([np.array([[40.0], [5], [1], [1]])])[0]
    assert np.isfinite(fingerprint).all()
    assert (fingerprint**2).sum(axis=1).argmax() == 0


def test_same_seed_gives_the_same_bits():
    events, *_ = planted_chain(np.random.default_rng(9), n_events=20)
    first, again = (BayesianHMM(3, random_state=1).fit(events) for _ in range(2))
    assert np.array_equal(first.emissions_, again.emissions_)


def test_saved_and_loaded_model_is_the_same(tmp_path):
    events, *_ = planted_chain(np.random.default_rng(10), n_events=20)
    model = BayesianHMM(3).fit(events)
    model.save(tmp_path / "hmm.h5")
    loaded = BayesianHMM.load(tmp_path / "hmm.h5")
    assert np.array_equal(model.transform(events), loaded.transform(events))
    assert loaded.get_params() == model.get_params()


def test_an_unknown_start_is_refused():
    with pytest.raises(ValueError, match="init is 'zeros', expected 'kmeans' or 'random'"):
        BayesianHMM(3, init="zeros").fit(np.ones((2, 3, 4)))


def test_a_broken_event_is_named():
    events, *_ = planted_chain(np.random.default_rng(11), n_events=5)
    model = BayesianHMM(3, max_iter=5).fit(events)
    with pytest.raises(ValueError, match="event 1 has 3 patterns, expected 4"):
        model.transform([events[0], np.ones((3, 5))])
    with pytest.raises(ValueError, match="event 0 has negative entries"):
        model.transform([-events[0]])
