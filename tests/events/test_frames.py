"""Frames are cut into events by offsets that fit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.events.frames import (
    Batch,
    ConvolvedFrames,
    Frames,
    Selection,
    as_frames,
    in_form_of,
)


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
    (None, "X is NoneType"), (3, "X is int"), (np.ones(4), "X is one array of 1"),
    ([[[1, 2], [3]]], "event 0 is not a matrix"), (np.ones((2, 0, 5)), "event 0 has no rows"),
])  # fmt: skip
def test_what_is_not_a_list_of_matrices_is_refused(X, message):
    with pytest.raises(ValueError, match=message):
        as_frames(X)


def test_one_matrix_is_one_event():
    X = np.arange(6.0).reshape(2, 3)
    frames = as_frames(X)
    assert frames.n_events == 1
    np.testing.assert_array_equal(in_form_of(X, frames), X)


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=6),
    st.data(),
)
def test_a_selection_reads_the_frames_of_its_events(lengths, data):
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    source = Frames(np.arange(offsets[-1], dtype=float)[:, None], offsets)
    events = data.draw(
        st.lists(st.integers(0, len(lengths) - 1), min_size=1, unique=True).map(sorted)
    )
    expected = np.concatenate([np.arange(*offsets[event : event + 2]) for event in events])
    selection = Selection(source, events)
    assert selection.n_frames == len(expected)
    np.testing.assert_array_equal(selection.read(range(len(events))).frames[:, 0], expected)
    start = data.draw(st.integers(0, len(expected) - 1))
    stop = data.draw(st.integers(start + 1, len(expected)))
    np.testing.assert_array_equal(selection.read_range(start, stop)[:, 0], expected[start:stop])


def test_rows_are_convolved_over_the_frames_of_each_event():
    rng = np.random.default_rng(0)
    source = Frames(rng.random((9, 2)), [0, 2, 9])
    kernels = rng.random((2, 4))
    frames = ConvolvedFrames(source, kernels).whole()
    for event, convolved in zip(
        source.read([0, 1]).events(), frames.read([0, 1]).events(), strict=True
    ):
        for row in range(2):
            expected = np.convolve(event[:, row], kernels[row])[: len(event)]
            np.testing.assert_allclose(convolved[:, row], expected, rtol=1e-12)
