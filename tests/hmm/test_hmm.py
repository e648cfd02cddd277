"""The Bayesian HMM is the model that it claims to be."""

from itertools import pairwise, product

import numpy as np
import pytest
from hmmlearn.hmm import PoissonHMM
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import digamma, gammaln, logsumexp

from specufex_pipe import BayesianHMM, BayesianNMF, hmm
from specufex_pipe.events.checks import as_frames
from specufex_pipe.hmm.fingerprint import normalize_transitions
from specufex_pipe.hmm.forward_backward import (
    allocate_passes,
    fill_probabilities,
    forward_backward,
    most_probable_path,
    scale_emissions,
    scaled_forward_backward,
)
from specufex_pipe.hmm.inference import infer_events
from specufex_pipe.numerics.gamma import gamma_divergence
from specufex_pipe.store import FrameStore, write_events

# The energies as they are, so that states are what was planted.
AS_THEY_ARE = {"smoothing": 1, "background": None, "loudness": None}


def in_logarithms(log_start, log_transitions, log_emissions):
    probabilities = np.empty_like(log_emissions)
    pair_sums = np.empty_like(log_transitions)
    log_z = forward_backward(log_start, log_transitions, log_emissions, probabilities, pair_sums)
    return probabilities, pair_sums, log_z


def scaled(log_start, log_transitions, log_emissions):
    n_frames, n_states = log_emissions.shape
    passes = allocate_passes(n_frames + 3, n_states)  # room that another event needed
    scale_emissions(log_emissions, passes)
    passes.transitions[:n_states, :n_states] = np.exp(log_transitions)
    passes.transposed[:] = passes.transitions.T
    probabilities = np.empty_like(log_emissions)
    pair_sums = np.empty_like(log_transitions)
    log_z = scaled_forward_backward(log_start, log_emissions, passes, pair_sums)
    fill_probabilities(passes, n_frames, probabilities)
    return probabilities, pair_sums, log_z


def infer(log_emissions, start_prior, transition_prior, max_rounds, tolerance=0.0):
    """Infer one event."""
    n_frames, n_states = log_emissions.shape
    probabilities = np.empty_like(log_emissions)
    pair_sums, bounds = np.empty((1, n_states, n_states)), np.empty(1)
    infer_events(
        log_emissions, np.array([0, n_frames]), start_prior, transition_prior, max_rounds,
        tolerance, probabilities, pair_sums, bounds,
    )  # fmt: skip
    return probabilities, pair_sums[0], bounds[0]


def weigh_paths(log_start, log_transitions, log_emissions):
    """Return every path, and the logarithm of its weight: the definition."""
    n_frames, n_states = log_emissions.shape
    paths = list(product(range(n_states), repeat=n_frames))
    logs = np.array([
        log_start[path[0]]
        + sum(log_transitions[i, j] for i, j in pairwise(path))
        + sum(log_emissions[t, state] for t, state in enumerate(path))
        for path in paths
    ])  # fmt: skip
    return paths, logs


def enumerate_paths(log_start, log_transitions, log_emissions):
    """Sum over every path."""
    n_frames, n_states = log_emissions.shape
    paths, logs = weigh_paths(log_start, log_transitions, log_emissions)
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


def random_chain(n_states, n_frames, seed):
    rng = np.random.default_rng(seed)
    return (
        rng.normal(0, 3, n_states),
        rng.normal(0, 3, (n_states, n_states)),
        rng.normal(0, 10, (n_frames, n_states)),
    )


@pytest.mark.parametrize("passes", [in_logarithms, scaled])
@settings(max_examples=40)
@given(n_states=st.integers(1, 4), n_frames=st.integers(1, 6), seed=st.integers(0, 1000))
def test_forward_backward_equals_the_sum_over_all_paths(passes, n_states, n_frames, seed):
    chain = random_chain(n_states, n_frames, seed)
    for found, expected in zip(passes(*chain), enumerate_paths(*chain), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@settings(max_examples=40)
@given(n_states=st.integers(1, 4), n_frames=st.integers(1, 6), seed=st.integers(0, 1000))
def test_the_most_probable_path_is_the_best_of_all_paths(n_states, n_frames, seed):
    chain = random_chain(n_states, n_frames, seed)
    paths, logs = weigh_paths(*chain)
    found = np.empty(n_frames, dtype=np.int64)
    most_probable_path(*chain, found)
    assert logs[paths.index(tuple(found))] == pytest.approx(logs.max(), rel=1e-12)


@pytest.mark.parametrize("passes", [in_logarithms, scaled])
def test_forward_backward_equals_hmmlearn(passes):
    rng = np.random.default_rng(0)
    n_states, n_components = 15, 6
    oracle = PoissonHMM(n_states)
    oracle.startprob_ = rng.dirichlet(np.ones(n_states))
    oracle.transmat_ = rng.dirichlet(np.ones(n_states), n_states)
    oracle.lambdas_ = rng.gamma(2, 5, (n_states, n_components))
    counts, _ = oracle.sample(200, random_state=1)
    log_likelihood, expected = oracle.score_samples(counts)
    log_emissions = counts @ np.log(oracle.lambdas_).T - oracle.lambdas_.sum(axis=1)
    probabilities, _, log_z = passes(
        np.log(oracle.startprob_), np.log(oracle.transmat_), log_emissions
    )
    np.testing.assert_allclose(probabilities, expected, atol=1e-8)
    assert log_z - gammaln(counts + 1).sum() == pytest.approx(log_likelihood, rel=1e-9)


@pytest.mark.parametrize("passes", [in_logarithms, scaled])
def test_pairs_of_states_add_up_at_any_energy(passes):
    rng = np.random.default_rng(17)
    for scale in (1.0, 1e6, 1e12, 1e16, 1e200):
        chain = (np.zeros(3), rng.normal(0, 3, (3, 3)), scale * rng.normal(0, 1, (40, 3)))
        probabilities, pair_sums, _ = passes(*chain)
        assert pair_sums.sum() == pytest.approx(39, rel=1e-9)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("passes", [in_logarithms, scaled])
def test_states_are_smoothed_and_not_only_filtered(passes):
    # The second frame says which branch the first, which looks like both, belonged to.
    log_transitions = np.log(np.array([[0.98, 0.01, 0.01], [0.01, 0.98, 0.01], [0.3, 0.3, 0.4]]))
    log_emissions = np.log(np.array([[0.5, 0.5, 1e-9], [1e-9, 1.0, 1e-9]]))
    probabilities, _, _ = passes(np.log(np.ones(3) / 3), log_transitions, log_emissions)
    assert probabilities[0, 1] > 0.97


@pytest.mark.parametrize("scale", [0.0, 1.0, 1e6])
def test_long_events_and_extreme_energies_do_not_underflow(scale):
    rng = np.random.default_rng(2)
    log_emissions = scale * rng.normal(0, 1, (20_000, 15))
    probabilities, pair_sums, bound = infer(log_emissions, 0.01 / 15, 0.1 / 15, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-9)
    assert pair_sums.sum() == pytest.approx(19_999, rel=1e-6)
    assert np.isfinite(bound)


def test_energies_of_nothing_and_of_a_million_have_states_and_fingerprints():
    rng = np.random.default_rng(13)
    events = [10.0 ** rng.uniform(-3, 6, (4, 60)) for _ in range(8)]
    events[0][:, 20:30] = 0
    events[1][:] = 0
    events[2][:] = 1e6
    model = BayesianHMM(5, **AS_THEY_ARE, max_iter=20).fit(events)
    posterior = model.posterior(events)
    for array in (*posterior.state_probabilities, *posterior[1:]):
        assert np.isfinite(array).all()


@pytest.mark.parametrize("scale", [1.0, 1e3, 1e6])
@pytest.mark.parametrize("n_states", [2, 15, 31])
def test_scaled_passes_equal_those_in_logarithms(n_states, scale):
    rng = np.random.default_rng(14)
    log_emissions = scale * rng.normal(0, 1, (300, n_states))
    chain = (
        np.log(rng.dirichlet(np.full(n_states, 0.01)) + 1e-300),
        # As unlikely as the updates make a transition that never happens.
        np.where(rng.random((n_states, n_states)) < 0.5, digamma(0.1 / n_states) - 10, -2.0),
        log_emissions,
    )
    for found, expected in zip(scaled(*chain), in_logarithms(*chain), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_so_many_states_that_only_logarithms_can_tell_are_inferred():
    rng = np.random.default_rng(15)
    n_states = 70
    log_emissions = 1e3 * rng.normal(0, 1, (50, n_states))
    probabilities, pair_sums, _ = infer(log_emissions, 0.01 / n_states, 0.1 / n_states, 1)
    start = np.full(n_states, 0.01 / n_states + 1 / n_states)
    row = np.full((n_states, n_states), 0.1 / n_states + 49 / n_states**2)
    expected = scaled(dirichlet_expected_log(start), dirichlet_expected_log(row), log_emissions)
    np.testing.assert_allclose(probabilities, expected[0], rtol=1e-9, atol=1e-12)
    # In a second round a transition that did not happen is 1e-300 times less likely.
    _, pair_sums, bound = infer(log_emissions, 0.01 / n_states, 0.1 / n_states, 2)
    assert pair_sums.sum() == pytest.approx(49, rel=1e-9)
    assert np.isfinite(bound)


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


def test_inferring_an_event_longer_never_lowers_its_bound():
    rng = np.random.default_rng(3)
    log_emissions = rng.normal(0, 2, (60, 4))
    bounds = [infer(log_emissions, 0.0025, 0.025, n)[2] for n in range(1, 40)]
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
    _, _, bound = infer(log_emissions, 0.01, 0.1, 1)
    assert bound == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_full_batch_updates_never_lower_the_bound(seed):
    # In turns: the rounds of an event (above), and here the emissions, given what they inferred.
    events, *_ = planted_chain(np.random.default_rng(seed), n_events=20)
    batch = as_frames(events).read(range(20))
    model = BayesianHMM(4, **AS_THEY_ARE, init="random", delay=1, random_state=seed)
    model.partial_fit(events)
    for _ in range(10):
        gamma = np.hstack(model.posterior(events).state_probabilities).T
        bounds = [bound_of_emissions(model, batch.frames, gamma)]
        model._update(batch, 1.0, 0)
        bounds.append(bound_of_emissions(model, batch.frames, gamma))
        assert bounds[1] - bounds[0] > -1e-9 * abs(bounds[0])


def bound_of_emissions(model, frames, gamma):
    """Return the part of the bound that changes with the emissions, for given states."""
    shape, rate = model._shape, model._rate[:, None]
    log_emissions = frames @ (digamma(shape) - np.log(rate)).T - (shape / rate).sum(axis=1)
    rates = np.broadcast_to(rate, shape.shape)
    return (gamma * log_emissions).sum() - gamma_divergence(shape, rates, 0.1, 0.1)


def test_full_batch_fits_of_states_that_are_apart_never_lower_the_whole_bound():
    events, *_ = planted_chain(np.random.default_rng(22), n_events=20)
    model = BayesianHMM(3, **AS_THEY_ARE, delay=1, max_local_rounds=200, local_tol=1e-8)
    model.partial_fit(events)
    bounds = [model.elbo(events)]
    for _ in range(10):
        model.n_iter_ = 0  # a step size of 1
        bounds.append(model.partial_fit(events).elbo(events))
    assert np.diff(bounds).min() > -1e-9 * abs(bounds[-1])


def test_planted_states_and_transitions_come_back():
    events, paths, emissions = planted_chain(np.random.default_rng(5))
    model = BayesianHMM(3, **AS_THEY_ARE).fit(events)
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
    energies = BayesianHMM(5, **AS_THEY_ARE).fit(events).emissions_.sum(axis=1)
    assert (np.diff(energies) <= 0).all()


def test_result_of_an_event_does_not_depend_on_the_others():
    events, *_ = planted_chain(np.random.default_rng(7), n_events=20)
    model = BayesianHMM(3, **AS_THEY_ARE).fit(events)
    assert np.array_equal(model.transform(events)[7], model.transform(events[7:8])[0])


def test_an_event_of_one_frame_has_a_fingerprint():
    events, *_ = planted_chain(np.random.default_rng(8), n_events=20)
    model = BayesianHMM(3, **AS_THEY_ARE).fit(events)
    fingerprint = model.transform([np.array([[40.0], [5], [1], [1]])])[0]
    assert np.isfinite(fingerprint).all()
    assert np.unravel_index(fingerprint.argmax(), (3, 3)) == (0, 0)


def test_same_seed_gives_the_same_bits():
    events, *_ = planted_chain(np.random.default_rng(9), n_events=20)
    first, again = (BayesianHMM(3, random_state=1).fit(events) for _ in range(2))
    assert np.array_equal(first.emissions_, again.emissions_)


def test_saved_and_loaded_model_is_the_same(tmp_path):
    events, *_ = planted_chain(np.random.default_rng(10), n_events=20)
    model = BayesianHMM(3, **AS_THEY_ARE).fit(events)
    model.save(tmp_path / "hmm.h5")
    for loaded in (BayesianHMM.load(tmp_path / "hmm.h5"), *hmm.load(tmp_path / "hmm.h5").models):
        assert np.array_equal(model.transform(events), loaded.transform(events))
        assert loaded.get_params() == model.get_params()


@pytest.mark.parametrize(("parameter", "value", "expected"), [
    ("n_states", 0, "a whole number >= 1"),
    ("smoothing", 2, "an odd number >= 1"),
    ("smoothing", None, "an odd number >= 1"),
    ("background", 1.5, r"None or a number in \[0, 1\]"),
    ("loudness", 0, "None or a number > 0"),
    ("horizon", 0.5, "a whole number >= 1"),
    ("fingerprint", "specufex", "'sequence' or 'transitions'"),
    ("init", "zeros", "'kmeans' or 'random'"),
])  # fmt: skip
def test_a_parameter_that_cannot_be_is_refused_by_name(parameter, value, expected):
    with pytest.raises(ValueError, match=f"{parameter} is {value!r}, expected {expected}"):
        BayesianHMM(**{"n_states": 3, parameter: value}).fit(np.ones((2, 3, 4)))


def test_a_broken_event_is_named():
    events, *_ = planted_chain(np.random.default_rng(11), n_events=5)
    model = BayesianHMM(3, max_iter=5).fit(events)
    with pytest.raises(ValueError, match="event 1 has 3 components, expected 4"):
        model.transform([events[0], np.ones((3, 5))])
    with pytest.raises(ValueError, match="event 0 has negative entries"):
        model.transform([-events[0]])
    for value in (np.nan, np.inf):
        with pytest.raises(ValueError, match="event 1 has NaN or infinite entries"):
            model.posterior([events[0], np.full((4, 5), value)])
    with pytest.raises(ValueError, match="event 0 has no frames"):
        model.decode([np.empty((4, 0))])
    with pytest.raises(ValueError, match="there is no event"):
        BayesianHMM(3).fit([])


def test_an_empty_event_of_a_store_is_named(tmp_path):
    events, *_ = planted_chain(np.random.default_rng(18), n_events=5)
    with write_events(tmp_path / "s.h5", "activations", settings={}, inputs={}) as store:
        store.append(["a", "b"], [len(events[0].T), 0], events[0].T)
    model = BayesianHMM(3, max_iter=5).fit(events)
    with (
        FrameStore(tmp_path / "s.h5", "activations") as store,
        pytest.raises(ValueError, match="event 1 has no frames"),
    ):
        model.transform(store)


def test_a_number_of_states_that_changed_after_the_fit_is_refused():
    events, *_ = planted_chain(np.random.default_rng(19), n_events=5)
    model = BayesianHMM(3, max_iter=5).fit(events).set_params(n_states=2)
    with pytest.raises(ValueError, match="n_states is 2, and the model was fitted with 3: fit"):
        model.transform(events)
    model.set_params(n_states=3, background=None)
    with pytest.raises(ValueError, match="background is None, and the model was fitted with"):
        model.transform(events)
    model.set_params(n_states=2)
    assert model.fit(events).transform(events).shape == (5, 2, 2)


def test_a_random_start_begins_with_different_states():
    events, _, emissions = planted_chain(np.random.default_rng(21))
    model = BayesianHMM(3, **AS_THEY_ARE, init="random", max_iter=1).fit(events)
    spread = np.ptp(model.emissions_, axis=0).max()
    assert spread > 0.5 * np.ptp(emissions, axis=0).max()


def test_the_most_probable_path_of_a_planted_chain_is_what_was_planted():
    events, paths, emissions = planted_chain(np.random.default_rng(16))
    model = BayesianHMM(3, **AS_THEY_ARE).fit(events)
    order = np.argsort(-emissions.sum(axis=1))
    found = np.concatenate(model.decode(events))
    assert (order[found] == np.concatenate(paths)).mean() > 0.99


@pytest.mark.parametrize("load", [BayesianHMM.load, hmm.load])
def test_a_model_file_that_is_not_one_is_refused(load, tmp_path):
    events, *_ = planted_chain(np.random.default_rng(12), n_events=5)
    path = tmp_path / "hmm.h5"
    with pytest.raises(OSError, match="there is no such file"):
        load(path)
    BayesianHMM(2, max_iter=2).fit(events).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(OSError, match="damaged"):
        load(path)
    BayesianNMF(2, max_iter=2).fit(events).save(path)
    with pytest.raises(OSError, match="holds nmf, expected hmm"):
        load(path)
