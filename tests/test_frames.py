"""Frames are cut into events by offsets that fit."""

import numpy as np
import pytest

from specufex_pipe.frames import Batch, Frames, as_frames


def test_batch_lists_its_events():
    batch = Batch(np.arange(10).reshape(5, 2), np.array([0, 2, 5]))
    assert [event.shape for event in batch.events()] == [(2, 2), (3, 2)]


@pytest.mark.parametrize("offsets", [[1, 5], [0, 4], [0, 6], [0, 3, 2, 5], [0, 2, 2, 5]])
def test_offsets_that_do_not_cut_the_frames_into_events_are_refused(offsets):
    with pytest.raises(ValueError, match="offsets have to rise from 0 to 5"):
        Frames(np.ones((5, 2)), offsets)


@pytest.mark.parametrize("dtype", [np.int16, np.float16, np.longdouble, ">f8"])
def test_other_numbers_become_double_precision(dtype):
    assert Frames(np.ones((5, 2), dtype), [0, 5]).dtype == np.float64
    assert as_frames([np.ones((2, 5), dtype)]).frames.dtype.isnative


@pytest.mark.parametrize(("X", "message"), [
    (None, "X is NoneType"), (3, "X is int"), (np.ones((4, 5)), "X is one array of 2"),
    ([[[1, 2], [3]]], "event 0 is not a matrix"), (np.ones((2, 0, 5)), "event 0 has no rows"),
])  # fmt: skip
def test_what_is_not_a_list_of_matrices_is_refused(X, message):
    with pytest.raises(ValueError, match=message):
        as_frames(X)
