"""Make a spectrogram of each waveform."""

import json
import logging
import time
from pathlib import Path
from typing import Any

from specufex_pipe.errors import StageError
from specufex_pipe.events.frames import event_batches
from specufex_pipe.progress import per_second, track
from specufex_pipe.rejections import RejectedEvent, Rejection
from specufex_pipe.settings import SpectrogramSettings
from specufex_pipe.spectrograms import SpectrogramMaker
from specufex_pipe.stages.rejected import log_rejections
from specufex_pipe.store import FrameStore, write_events
from specufex_pipe.words import counted

log = logging.getLogger(__name__)
STAGE = "spectrograms"
_EVENTS_AT_A_TIME = 256


def run(settings: SpectrogramSettings, output: Path, *, waveforms: Path) -> None:
    """Make spectrograms.

    Parameters
    ----------
    settings : settings.SpectrogramSettings
    output : Path
        spectrograms.h5
    waveforms : Path
        waveforms.h5

    Raises
    ------
    StageError
        If the band holds no frequency, or bands of a logarithmic axis are too narrow.
    """
    with (
        FrameStore(waveforms, "waveforms") as traces,
        write_events(
            output, STAGE, settings=settings.model_dump(), inputs={"waveforms": traces.digest}
        ) as store,
    ):
        try:
            maker = SpectrogramMaker(traces.attributes["sampling_rate"], **settings.model_dump())
        except ValueError as error:
            raise StageError(str(error)) from error
        event_ids, clock = traces.event_ids, time.monotonic()
        batches = event_batches(traces.n_events, _EVENTS_AT_A_TIME)
        for batch in track(batches, "spectrograms", "batches"):
            waveforms_of_batch = traces.read(batch).events()
            onsets = traces.array("onset", slice(batch.start, batch.stop)).tolist()
            for event, samples, onset in zip(batch, waveforms_of_batch, onsets, strict=True):
                try:
                    frames = maker.spectrogram(samples, onset)
                except RejectedEvent as error:
                    store.reject(Rejection(event_ids[event], STAGE, error.kind, error.detail))
                    continue
                store.append([event_ids[event]], [len(frames)], frames)
        log_rejections(store.rejections)
        store.array("frequencies", maker.frequencies, unit="Hz")
        store.attributes(
            frame_interval=maker.frame_interval,
            first_frame=maker.first_frame,
            scale=settings.scale,
            frequency_axis=settings.frequency_axis,
            unit=maker.unit(traces.attributes["unit"]),
            processing=json.dumps(_processing(settings, traces.attributes), sort_keys=True),
        )
        log.info(
            "spectrograms of %s, %s, %s",
            counted(store.n_events, "event"),
            counted(len(maker.frequencies), "frequency", "frequencies"),
            per_second(traces.n_events, clock),
        )  # fmt: skip


def _processing(
    settings: SpectrogramSettings, waveform_attributes: dict[str, Any]
) -> dict[str, Any]:
    """Return the settings that a model fitted to the spectrograms depends on, by key."""
    waveforms = json.loads(waveform_attributes["settings"])
    keys = ("sampling_rate", "processing")
    unused = {"bands_per_octave"} if settings.frequency_axis == "linear" else set()
    return {f"waveforms.{key}": waveforms[key] for key in keys} | {
        f"spectrograms.{key}": value for key, value in settings.model_dump(exclude=unused).items()
    }
