"""The window of an event: what it needs of a source."""

from collections.abc import Iterable

from obspy import Stream, UTCDateTime

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.sources.protocol import Source, Window


def start_of_window(event: Event, before: float) -> UTCDateTime:
    """Return when the window of an event begins, `before` seconds before its time."""
    return event.time - before


def window_of(
    event: Event, channel: str, *, before: float, duration: float, margin: float
) -> Window:
    """Return what an event needs of a source.

    Parameters
    ----------
    event : catalogs.protocol.Event
    channel : str
        SEED id.
    before, duration : float
        The window begins so long before the time of the event, and lasts so long, s.
    margin : float
        Data to read on either side, s.

    Returns
    -------
    sources.protocol.Window
    """
    network, station, location, code = channel.split(".")
    start = start_of_window(event, before)
    end = start + duration + margin
    return Window(network, station, location, code, start - margin, end, event.file)


def read_window(source: Source, window: Window) -> Stream:
    """Return what a source has of a window.

    Raises
    ------
    RejectedEvent
        If there is nothing, or it cannot be read.
    """
    place = source.of_file(window.file) if window.file else source
    return place.get_waveforms(*window[:6])


def window_dependencies(source: Source, window: Window) -> Iterable[str]:
    """Return lines that tell what the data of a window depend on.

    Raises
    ------
    RejectedEvent
        If the catalog names a file that is not one of the source.
    """
    place = source.of_file(window.file) if window.file else source
    return place.dependencies(window)
