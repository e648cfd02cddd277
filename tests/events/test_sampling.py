"""Samples are random, of the size asked for, and the same each time."""

import numpy as np

from specufex_pipe.events.frames import Frames
from specufex_pipe.events.sampling import choose_events, sample_events


def test_scales_and_clusters_are_learned_from_all_events_or_from_a_sample_of_many():
    assert choose_events(20, seed=0).tolist() == list(range(20))
    sample = choose_events(1000, seed=0, most=100)
    assert len(sample) == 100
    assert (np.diff(sample) > 0).all()
    np.testing.assert_array_equal(choose_events(1000, seed=0, most=100), sample)
    assert (choose_events(1000, seed=1, most=100) != sample).any()


def test_a_factorization_in_memory_sees_all_events_or_a_sample_of_many():
    frames = Frames(np.arange(100.0)[:, None], np.arange(101))
    assert sample_events(frames, 0, 100) is frames
    sample = sample_events(frames, 0, 10)
    values = sample.read(range(10)).frames[:, 0]
    assert sample.n_events == 10
    assert (np.diff(values) > 0).all()
    assert values.tolist() != list(range(10))
