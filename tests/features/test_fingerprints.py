"""Fingerprints as features are the same whatever the batches that they are read in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.features import fingerprints
from specufex_pipe.store import FrameStore, write_events

N_EVENTS, N_MODELS, N_STATES = 10, 2, 3


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("features") / "fingerprints.h5"
    prints = np.random.default_rng(0).random((N_EVENTS, N_MODELS, N_STATES, N_STATES))
    with write_events(path, "fingerprints", settings={}, inputs={}) as writer:
        writer.append(
            [str(number) for number in range(N_EVENTS)],
            [1] * N_EVENTS,
            np.zeros((N_EVENTS, N_STATES)),
            fingerprints=prints.astype(np.float32),
        )
    with FrameStore(path, "fingerprints") as found:
        yield found, prints.astype(np.float32).reshape(N_EVENTS, -1).astype(np.float64)


@given(at_a_time=st.integers(1, 12), chosen=st.sets(st.integers(0, N_EVENTS - 1)))
def test_batches_hold_the_chosen_events_in_their_order(store, at_a_time, chosen):
    found, expected = store
    chosen = np.array(sorted(chosen), int)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fingerprints, "_EVENTS_AT_A_TIME", at_a_time)
        everything = np.concatenate(list(fingerprints.feature_batches(found)))
        some = np.concatenate(list(fingerprints.feature_batches(found, chosen)))
    np.testing.assert_array_equal(everything, expected)
    assert everything.dtype == some.dtype == np.float64
    np.testing.assert_array_equal(some, expected[chosen])
