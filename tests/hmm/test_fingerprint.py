"""Fingerprints of known chains equal the closed form."""

import numpy as np
import pytest

from specufex_pipe.hmm.fingerprint import (
    discounted_occupancy,
    normalize_transitions,
    sequence_fingerprints,
    transition_fingerprint,
)


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
    found = discounted_occupancy(start, transitions, 100)
    np.testing.assert_allclose(found, v / v.sum(), rtol=1e-10)


def test_rows_of_a_fingerprint_square_to_the_squared_occupancy():
    start, transitions = chain(5)
    squares = (transition_fingerprint(start, transitions, 100) ** 2).sum(axis=1)
    np.testing.assert_allclose(squares, discounted_occupancy(start, transitions, 100) ** 2)


def test_a_chain_that_never_leaves_its_state_has_one_entry():
    expected = np.zeros((3, 3))
    expected[1, 1] = 1
    found = transition_fingerprint(np.array([0.0, 1, 0]), np.eye(3), 100)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_many_events_at_once_equal_one_at_a_time():
    chains = [chain(seed) for seed in range(6)]
    starts, transitions = map(np.stack, zip(*chains, strict=True))
    together = transition_fingerprint(starts, transitions, 100)
    np.testing.assert_allclose(together[3], transition_fingerprint(*chains[3], 100))


def test_the_row_of_a_state_that_was_never_left_is_uniform():
    pair_sums = np.array([[3.0, 1.0], [0.0, 0.0]])
    np.testing.assert_array_equal(normalize_transitions(pair_sums), [[0.75, 0.25], [0.5, 0.5]])


def sequence_fingerprint(probabilities, emissions, horizon=20):
    return sequence_fingerprints(probabilities, np.array([0, len(probabilities)]), emissions,
                                 horizon)[0]  # fmt: skip


def probabilities_of(n_frames, n_states, seed):
    return np.random.default_rng(seed).dirichlet(np.ones(n_states), n_frames)


def test_sequence_fingerprint_is_the_sum_over_all_pairs_of_frames():
    gamma, emissions = probabilities_of(12, 4, 0), np.diag([5.0, 3, 2, 1])
    energies, passages = gamma * emissions.sum(axis=1), np.zeros((4, 4))
    for t in range(12):
        for later in range(t + 1, 12):
            passages += (20 / 21) ** (later - t) * np.outer(energies[t], energies[later])
    expected = np.sqrt(passages / passages.sum())
    np.testing.assert_allclose(sequence_fingerprint(gamma, emissions), expected, rtol=1e-12)


def test_an_event_that_goes_from_state_to_state_has_the_closed_form():
    # Two frames in the first state, then one in the second; energies 3 and 1, c = 1/2.
    gamma, emissions = np.array([[1.0, 0], [1, 0], [0, 1]]), np.diag([3.0, 1.0])
    passages = np.array([[9 / 2, 3 / 2 + 3 / 4], [0, 0]])
    expected = np.sqrt(passages / passages.sum())
    np.testing.assert_allclose(sequence_fingerprint(gamma, emissions, horizon=1), expected)


def test_an_event_played_backwards_has_the_transposed_fingerprint():
    gamma, emissions = probabilities_of(30, 5, 1), np.random.default_rng(2).gamma(1, 3, (5, 7))
    forwards = sequence_fingerprint(gamma, emissions)
    np.testing.assert_allclose(sequence_fingerprint(gamma[::-1], emissions), forwards.T)
    assert abs(forwards - forwards.T).max() > 1e-3


def test_loudness_does_not_change_a_sequence_fingerprint():
    gamma, emissions = probabilities_of(30, 5, 3), np.random.default_rng(4).gamma(1, 3, (5, 7))
    np.testing.assert_allclose(
        sequence_fingerprint(gamma, 10 * emissions), sequence_fingerprint(gamma, emissions)
    )


def test_states_that_are_alike_stand_for_each_other():
    first, second = np.eye(3)[[0, 0, 1]], np.eye(3)[[0, 0, 2]]

    def distance(emissions):
        prints = [sequence_fingerprint(gamma, emissions) for gamma in (first, second)]
        return np.linalg.norm(np.subtract(*prints))

    unlike = np.array([[4.0, 0, 0], [0, 4, 0], [0, 0, 4]])
    alike = np.array([[4.0, 0, 0], [0, 4, 1], [0, 3, 2]])
    assert distance(alike) < 0.5 * distance(unlike)
    twins = np.array([[4.0, 0, 0], [0, 4, 1], [0, 4, 1]])
    assert distance(twins) == pytest.approx(0, abs=1e-12)


def test_an_event_of_one_frame_stays_in_its_state():
    expected = np.zeros((3, 3))
    expected[1, 1] = 1
    found = sequence_fingerprint(np.array([[0.0, 1, 0]]), np.eye(3))
    np.testing.assert_allclose(found, expected, atol=1e-12)
