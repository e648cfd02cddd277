"""The waveform of an event, from catalog and source: what is wrong with it rejects it alone."""

import logging
from pathlib import Path
from typing import NamedTuple

from obspy import Stream

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.errors import StageError
from specufex_pipe.rejections import Kind, RejectedEvent, Rejection
from specufex_pipe.settings import WaveformSettings
from specufex_pipe.sources.files import raise_if_machine_fails
from specufex_pipe.sources.protocol import Source
from specufex_pipe.stages.windows import EventWindows
from specufex_pipe.waveforms.attributes import measure
from specufex_pipe.waveforms.processing import Waveform, prepare
from specufex_pipe.waveforms.steps.base import Context, Unit
from specufex_pipe.waveforms.window import read_window
from specufex_pipe.words import counted

log = logging.getLogger(__name__)
STAGE = "waveforms"


class EventWaveform(NamedTuple):
    """The waveform of an event.

    Attributes
    ----------
    waveform : Waveform
    onset : float
        Time from its first sample to what its window was placed by, s.
    first_sample : float
        Time of its first sample after the catalog's time of the event, s: that of the sample
        itself, of which windows are up to half an interval off.
    attributes : dict of float
        By name, in their order.
    """

    waveform: Waveform
    onset: float
    first_sample: float
    attributes: dict[str, float]


class WaveformReader:
    """Read, check and prepare the waveforms of events.

    Parameters
    ----------
    settings : settings.WaveformSettings
    source : sources.protocol.Source
    stations : Path, optional
        Metadata of the stations, where the settings need them.

    Attributes
    ----------
    unit : str
        Of the amplitudes.

    Raises
    ------
    StageError
        If the metadata cannot be read.
    """

    def __init__(self, settings: WaveformSettings, source: Source, stations: Path | None) -> None:
        self._settings, self._source = settings, source
        self._windows = EventWindows(settings, stations)
        unit = Unit()
        for step in self._windows.steps:
            unit = step.unit_after(unit)
        self.unit = str(unit)

    def read(self, event: Event, channel: str) -> EventWaveform | Rejection:
        """Return the waveform of an event on a channel (SEED id), or why it has none.

        Raises
        ------
        StageError
            If the source cannot be used at all.
        OSError
            If the machine fails; the event may be as good as any.
        """
        try:
            return self._read(event, channel)
        except RejectedEvent as error:
            detail = error.detail
            if error.kind in (Kind.NO_DATA, Kind.GAP) and not event.file:
                detail += _name_problems(self._source)
            return Rejection(event.event_id, STAGE, error.kind, detail)
        except StageError:  # of the source as a whole
            raise
        except Exception as error:  # odd data make ObsPy raise anything; the others go on
            raise_if_machine_fails(error)
            log.debug("event %r", event.event_id, exc_info=True)
            detail = f"{type(error).__name__}: {error}"
            return Rejection(event.event_id, STAGE, Kind.UNUSABLE_DATA, detail)

    def _read(self, event: Event, channel: str) -> EventWaveform:
        settings = self._settings
        span, needed = self._windows.of_event(event, channel, self._source)
        stream = Stream()
        for window in needed:
            stream += read_window(self._source, window)
        waveform = prepare(
            stream,
            span.start,
            span.end,
            Context(event, channel, settings.sampling_rate, inventory=self._windows.inventory),
            steps=self._windows.steps,
            margin=settings.margin,
            max_gap=settings.max_gap,
            max_clipped=settings.max_clipped,
            max_flat=settings.max_flat,
            max_duration=settings.max_duration,
        )
        onset = span.reference - waveform.start
        attributes = measure(
            waveform.samples,
            settings.sampling_rate,
            onset=onset,
            low_band=settings.low_band,
            high_band=settings.high_band,
        )
        return EventWaveform(waveform, onset, waveform.first_sample - event.time, attributes)


def _name_problems(source: Source) -> str:
    """Name the files in which data that are missing may have been."""
    problems = source.problems()
    if not problems:
        return ""
    files = counted(len(problems), "file of the source is", "files of the source are")
    return f" ({files} put aside: {problems[0]})"
