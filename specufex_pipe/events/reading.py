"""Reading ahead: the next batch is read while the last one is worked on."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from specufex_pipe.events.checks import read_checked
from specufex_pipe.events.frames import Batch, EventFrames, Events


def read_ahead(frames: EventFrames, batches: Iterable[Events]) -> Iterator[tuple[Events, Batch]]:
    """Read batch after batch, the next one while the last is worked on.

    Parameters
    ----------
    frames : EventFrames
    batches : iterable of array_like of int
        Numbers of events.

    Yields
    ------
    events : array_like of int
    batch : Batch

    Raises
    ------
    ValueError
        As `read_checked`.
    """
    with ThreadPoolExecutor(1) as reader:
        waiting = None
        for events in batches:
            coming = events, reader.submit(read_checked, frames, events)
            if waiting is not None:
                yield waiting[0], waiting[1].result()
            waiting = coming
        if waiting is not None:
            yield waiting[0], waiting[1].result()
