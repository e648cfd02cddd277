"""What the stages that ask a source for windows have in common."""

from pathlib import Path

from obspy import Inventory

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.errors import StageError
from specufex_pipe.settings import WaveformSettings
from specufex_pipe.sources.protocol import Source, Window
from specufex_pipe.stations import read_stations
from specufex_pipe.waveforms.arrivals import Arrivals
from specufex_pipe.waveforms.components import components_of
from specufex_pipe.waveforms.steps.base import Step
from specufex_pipe.waveforms.window import Span, Windows


class EventWindows:
    """The windows of events on a channel, as the settings want them.

    Parameters
    ----------
    settings : settings.WaveformSettings
    stations : Path, optional
        Metadata of the stations, where the settings need them.

    Attributes
    ----------
    inventory : obspy.Inventory or None
        The metadata.
    steps : list of Step
        The processing.
    cells : list of str
        Columns of the catalog that it depends on.

    Raises
    ------
    StageError
        If the metadata cannot be read.
    """

    def __init__(self, settings: WaveformSettings, stations: Path | None) -> None:
        self.inventory = _read(settings, stations)
        self.steps: list[Step] = [step.open() for step in settings.processing]
        self.cells = sorted({name for step in self.steps for name in step.cells})
        self._needs_components = settings.needs_components
        self._windows = Windows(
            reference=settings.reference,
            before=settings.before,
            length=settings.length,
            duration=settings.duration,
            after=settings.after,
            phase=settings.phase,
            end_phase=settings.end_phase,
            margin=settings.margin,
            max_duration=settings.max_duration,
            arrivals=self._arrivals(settings),
        )

    def place(self, event: Event, channel: str) -> Span:
        """Return where the window of an event lies.

        Raises
        ------
        RejectedEvent
            If there is no such window.
        """
        return self._windows.place(event, channel)

    def of_event(self, event: Event, channel: str, source: Source) -> tuple[Span, list[Window]]:
        """Return where the window of an event lies, and what it needs of a source.

        Raises
        ------
        RejectedEvent
            If there is no such window.
        """
        span = self.place(event, channel)
        recorded = [channel]
        if self._needs_components and self.inventory is not None:
            recorded = components_of(self.inventory, channel, event.time)
        return span, [self._windows.request(event, span, each, source) for each in recorded]

    def _arrivals(self, settings: WaveformSettings) -> Arrivals | None:
        if settings.reference != "arrival" or self.inventory is None:
            return None
        return Arrivals(
            self.inventory,
            settings.phase,
            velocity=settings.velocity,
            earth_model=settings.earth_model,
        )


def _read(settings: WaveformSettings, stations: Path | None) -> Inventory | None:
    if not settings.needs_stations:
        return None
    if stations is None:
        raise StageError("no stations are given, and the settings need them: give --stations")
    try:
        return read_stations(stations)
    except ValueError as error:
        raise StageError(f"stations: {error}") from error
