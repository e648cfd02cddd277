"""The fitting loop shows every event its due, by counters alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.svi import hold_out, is_flat, minibatch


@given(
    n=st.integers(1, 200), size=st.integers(1, 64), seed=st.integers(0, 9), epoch=st.integers(0, 3)
)
def test_an_epoch_shows_each_event_once(n, size, seed, epoch):
    events = np.arange(n) * 3
    n_batches = -(-n // size)
    batches = [minibatch(events, size, seed, epoch * n_batches + i) for i in range(n_batches)]
    assert sorted(np.concatenate(batches)) == events.tolist()
    sizes = [len(batch) for batch in batches]
    assert max(sizes) <= size
    assert max(sizes) - min(sizes) <= 1


def test_epochs_differ_and_repeat_only_with_the_seed():
    events = np.arange(50)
    first = minibatch(events, 10, 0, 0)
    assert np.array_equal(first, minibatch(events, 10, 0, 0))
    assert not np.array_equal(first, minibatch(events, 10, 0, 5))
    assert not np.array_equal(first, minibatch(events, 10, 1, 0))


@given(n=st.integers(1, 300), share=st.floats(0, 0.99), seed=st.integers(0, 9))
def test_held_out_events_take_no_part_in_learning(n, share, seed):
    learned, held_out = hold_out(n, share, seed)
    assert len(learned) > 0
    assert len(held_out) > 0
    if len(learned) < n:
        assert sorted([*learned, *held_out]) == list(range(n))
        assert abs(len(held_out) - share * n) <= 1
    else:
        assert np.array_equal(learned, held_out)


def test_a_bound_is_flat_when_it_stops_rising_and_not_before():
    rising = [-100, -80, -60, -50, -45]
    assert not is_flat(rising, 1e-3, 2)
    assert not is_flat([-100, -100], 1e-3, 2)
    assert is_flat([*rising, -45.01, -44.99], 1e-3, 2)
    assert not is_flat([*rising, -45.01, -40], 1e-3, 2)
