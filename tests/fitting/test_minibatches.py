"""The fitting loop shows every event its due, by counters alone."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe import BayesianNMF
from specufex_pipe.fitting.minibatches import hold_out, minibatches
from specufex_pipe.fitting.svi import is_flat


@given(
    n=st.integers(1, 200), size=st.integers(1, 64), seed=st.integers(0, 9), epoch=st.integers(0, 3)
)
def test_an_epoch_shows_each_event_once(n, size, seed, epoch):
    events = np.arange(n) * 3
    n_batches = -(-n // size)
    batches = list(islice(minibatches(events, size, seed, epoch * n_batches), n_batches))
    assert sorted(np.concatenate(batches)) == events.tolist()
    sizes = [len(batch) for batch in batches]
    assert max(sizes) <= size
    assert max(sizes) - min(sizes) <= 1


def test_epochs_differ_and_repeat_only_with_the_seed():
    events = np.arange(50)
    first, again, next_epoch, other = (
        next(minibatches(events, 10, seed, step)) for seed, step in ((0, 0), (0, 0), (0, 5), (1, 0))
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, next_epoch)
    assert not np.array_equal(first, other)


@given(n=st.integers(1, 60), size=st.integers(1, 64), first=st.integers(0, 90))
def test_minibatches_from_a_step_on_are_those_of_an_uninterrupted_fit(n, size, first):
    events = np.arange(n)
    whole = list(islice(minibatches(events, size, 0), first + 5))[first:]
    for a, b in zip(whole, islice(minibatches(events, size, 0, first), 5), strict=True):
        assert np.array_equal(a, b)


@given(n=st.integers(1, 128), share=st.floats(0, 0.99), seed=st.integers(0, 9))
def test_held_out_events_take_no_part_in_learning(n, share, seed):
    learned, held_out = hold_out(n, share, seed)
    assert len(learned) > 0
    assert len(held_out) > 0
    if len(learned) < n:
        assert sorted([*learned, *held_out]) == list(range(n))
        assert abs(len(held_out) - share * n) <= 1
    else:
        assert np.array_equal(learned, held_out)


def test_a_look_at_the_held_out_events_costs_the_same_for_any_number_of_events():
    for share in (0, 0.5):
        learned, held_out = hold_out(10_000, share, 0)
        assert len(held_out) == 128
        assert len(learned) == 10_000 - 128 * (share > 0)


def test_a_bound_is_flat_when_it_stops_rising_and_not_before():
    rising = [-100, -80, -60, -50, -45]
    assert not is_flat(rising, 1e-3, 2)
    assert not is_flat([-100, -100], 1e-3, 2)
    assert is_flat([*rising, -45.01, -44.99], 1e-3, 2)
    assert not is_flat([*rising, -45.01, -40], 1e-3, 2)


def fitted(bounds, **parameters):
    """Return a fit that ended with these bounds, without the work."""
    model = BayesianNMF(5, patience=2, **parameters)
    model._components = fixed_components(4)
    model.bound_, model.bound_steps_ = bounds, list(range(10, 10 * len(bounds) + 10, 10))
    model.n_iter_ = model.bound_steps_[-1]
    return model


def fixed_components(n_components):
    frames = np.random.default_rng(0).gamma(1, 1, (2, 6, 10))
    return BayesianNMF(n_components, max_iter=1, prune_below=0).fit(frames)._components


@pytest.mark.parametrize(("bounds", "expected"), [
    ([-9.0, -5.0, -5.0, -5.0], []),
    ([-9.0, -7.0, -5.0], ["had not settled"]),
    ([-9.0, -5.0, -5.001, -5.002], []),
    ([-9.0, -5.0, -5.3, -5.5], ["fell from -5 nats per frame at step 20 to -5.5 at step 40"]),
])  # fmt: skip
def test_a_bound_that_fell_or_has_not_settled_is_told_of(bounds, expected):
    found = fitted(bounds).warnings_
    assert len(found) == len(expected)
    assert all(part in text for part, text in zip(expected, found, strict=True))


def test_components_that_are_all_in_use_are_told_of():
    settled = [-9.0, -5.0, -5.0, -5.0]
    assert fitted(settled).warnings_ == []
    model = fitted(settled)
    model._components = fixed_components(5)
    assert "all 5 components are in use" in model.warnings_[0]
    model.prune_below = 0
    assert model.warnings_ == []
