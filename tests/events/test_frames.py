"""Frames are cut into events by offsets that fit, and views of them read what they should."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.events.checks import as_frames, in_form_of
from specufex_pipe.events.frames import Batch, Frames
from specufex_pipe.events.views import ConvolvedFrames, Excerpts, ScaledFrames, Selection
from specufex_pipe.store import FrameStore, write_events


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
    (object(), "X is object, expected a list of matrices, .* or a store"),
])  # fmt: skip
def test_what_is_not_a_list_of_matrices_is_refused(X, message):
    with pytest.raises(ValueError, match=message):
        as_frames(X)


def test_one_matrix_is_one_event():
    X = np.arange(6.0).reshape(2, 3)
    frames = as_frames(X)
    assert frames.n_events == 1
    np.testing.assert_array_equal(in_form_of(X, frames), X)


def test_what_only_looks_like_frames_is_refused():
    class Alike:
        n_rows, dtype, offsets, digest = 2, np.dtype(float), np.array([0, 5]), ""

        def read(self, events):
            return Batch(np.ones((5, 2)), self.offsets)

    with pytest.raises(ValueError, match="X is Alike, expected a list of matrices"):
        as_frames(Alike())
    view = Selection(Frames(np.ones((5, 2)), [0, 5]), [0])
    assert as_frames(view) is view


@st.composite
def frames_of_events(draw):
    """Frames of two rows, in events of any lengths."""
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=6))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return Frames(np.arange(2.0 * offsets[-1]).reshape(-1, 2), offsets)


def some_of(data, n_events):
    numbers = st.lists(st.integers(0, n_events - 1), min_size=1, unique=True)
    return data.draw(numbers.map(sorted))


@given(frames_of_events(), st.data())
def test_a_selection_reads_the_frames_of_its_events(source, data):
    events = some_of(data, source.n_events)
    selection = Selection(source, events)
    ends = [source.offsets[event : event + 2] for event in events]
    expected = np.concatenate([source.frames[start:stop] for start, stop in ends])
    assert selection.n_frames == len(expected)
    np.testing.assert_array_equal(selection.whole().frames, expected)


def some_part_of(source, data):
    """Return an excerpt, and where its parts begin and end."""
    lengths = np.diff(source.offsets).tolist()
    starts = np.array([data.draw(st.integers(0, length - 1)) for length in lengths])
    stops = np.array(
        [
            data.draw(st.integers(start + 1, length))
            for start, length in zip(starts, lengths, strict=True)
        ]
    )
    return Excerpts(source, starts, stops)


@given(frames_of_events(), st.data())
def test_an_excerpt_has_a_part_of_each_event(source, data):
    view = some_part_of(source, data)
    for event, (start, stop) in enumerate(zip(view.starts, view.stops, strict=True)):
        first = source.offsets[event]
        expected = source.frames[first + start : first + stop]
        np.testing.assert_array_equal(view.read([event]).frames, expected)


@pytest.mark.parametrize("start, stop", [(-1, 2), (0, 6), (3, 2), (2, 2)])
def test_an_excerpt_lies_within_its_event(start, stop):
    with pytest.raises(ValueError, match="outside of its event"):
        Excerpts(Frames(np.ones((5, 2)), [0, 5]), np.array([start]), np.array([stop]))


VIEWS = {
    "frames": lambda source, data: source,
    "selection": lambda source, data: Selection(source, some_of(data, source.n_events)),
    "excerpts": some_part_of,
    "scaled": lambda source, data: ScaledFrames(source, [2.0, 0.5]),
    "convolved": lambda source, data: ConvolvedFrames(source, [[1.0, 2, 0.5], [0, 3, 1]]),
    "selection of scaled": lambda source, data: Selection(
        ScaledFrames(source, [2.0, 0.5]), some_of(data, source.n_events)
    ),
    "convolved selection": lambda source, data: ConvolvedFrames(
        Selection(source, some_of(data, source.n_events)), [[1.0, 2, 0.5], [0, 3, 1]]
    ),
}


@pytest.mark.parametrize("make", VIEWS.values(), ids=VIEWS)
@given(frames_of_events(), st.data())
def test_a_range_is_a_slice_of_all_frames_whatever_the_events(make, source, data):
    view = make(source, data)
    start = data.draw(st.integers(0, view.n_frames))
    stop = data.draw(st.integers(start, view.n_frames))
    np.testing.assert_array_equal(view.read_range(start, stop), view.whole().frames[start:stop])


def test_a_range_of_a_store_is_a_slice_of_all_frames(tmp_path):
    frames = np.arange(18.0).reshape(9, 2)
    with write_events(tmp_path / "s.h5", "spectrograms", settings={}, inputs={}) as writer:
        writer.append(["a", "b"], [2, 7], frames)
    with FrameStore(tmp_path / "s.h5", "spectrograms") as store:
        second = Selection(store, [1])
        for start in range(10):
            for stop in range(start, 10):
                np.testing.assert_array_equal(store.read_range(start, stop), frames[start:stop])
                if stop <= 7:
                    found = second.read_range(start, stop)
                    np.testing.assert_array_equal(found, frames[2:][start:stop])


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
