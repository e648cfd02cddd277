"""Fingerprints of known chains equal the closed form."""

import numpy as np
import pytest

from specufex_pipe.hmm.fingerprint import discounted_occupancy, fingerprint, normalize_transitions


def chain(seed, n_states=4):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(n_states)), rng.dirichlet(np.ones(n_states), n_states)


@pytest.mark.parametrize("seed", range(5))
def test_occupancy_is_the_discounted_sum_over_time(seed):
    start, transitions = chain(seed)
    c, v, at_t = 100 / 101, np.zeros(4), start
    for t in range(101):
        v += c**t * at_t
        at_t = at_t @ transitions
    np.testing.assert_allclose(discounted_occupancy(start, transitions), v / v.sum(), rtol=1e-10)


def test_rows_of_a_fingerprint_square_to_the_squared_occupancy():
    start, transitions = chain(5)
    squares = (fingerprint(start, transitions) ** 2).sum(axis=1)
    np.testing.assert_allclose(squares, discounted_occupancy(start, transitions) ** 2)


def test_a_chain_that_never_leaves_its_state_has_one_entry():
    expected = np.zeros((3, 3))
    expected[1, 1] = 1
    found = fingerprint(np.array([0.0, 1, 0]), np.eye(3))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_many_events_at_once_equal_one_at_a_time():
    chains = [chain(seed) for seed in range(6)]
    starts, transitions = map(np.stack, zip(*chains, strict=True))
    together = fingerprint(starts, transitions)
    np.testing.assert_allclose(together[3], fingerprint(*chains[3]))


def test_the_row_of_a_state_that_was_never_left_is_uniform():
    pair_sums = np.array([[3.0, 1.0], [0.0, 0.0]])
    np.testing.assert_array_equal(normalize_transitions(pair_sums), [[0.75, 0.25], [0.5, 0.5]])
