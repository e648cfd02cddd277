"""Make a spectrogram of each waveform."""

import json
import logging
import time

from specufex_pipe.errors import RejectedEvent, StageError
from specufex_pipe.events.frames import event_batches
from specufex_pipe.progress import per_second, track
from specufex_pipe.spectrograms import SpectrogramMaker
from specufex_pipe.stages.rejected import log_rejected
from specufex_pipe.store import FrameStore, write_events

log = logging.getLogger(__name__)
STAGE = "spectrograms"
_EVENTS_AT_A_TIME = 256


def run(settings, output, *, waveforms):
    """Make spectrograms.

    Parameters
    ----------
    settings : config.SpectrogramSettings
    output : str or Path
        spectrograms.h5
    waveforms : str or Path
        waveforms.h5

    Raises
    ------
    StageError
        If the band holds no frequency.
    """
    with (
        FrameStore(waveforms, "waveforms") as traces,
        write_events(
            output, STAGE, settings=settings.model_dump(), inputs={"waveforms": traces.digest}
        ) as store,
    ):
        try:
            maker = SpectrogramMaker(settings, traces.attributes["sampling_rate"])
        except ValueError as error:
            raise StageError(str(error)) from error
        event_ids, clock = traces.event_ids, time.monotonic()
        batches = event_batches(traces.n_events, _EVENTS_AT_A_TIME)
        for batch in track(batches, "spectrograms", "batches"):
            for event, samples in zip(batch, traces.read(batch).events(), strict=True):
                try:
                    frames = maker.decibels(samples)
                except RejectedEvent as error:
                    store.reject(event_ids[event], STAGE, str(error))
                    continue
                store.append([event_ids[event]], [len(frames)], frames)
        log_rejected(store.rejected)
        store.array("frequencies", maker.frequencies, unit="Hz")
        store.attributes(
            frame_interval=maker.frame_interval,
            first_frame=maker.first_frame,
            unit="dB",
            processing=json.dumps(_processing(settings, traces.attributes), sort_keys=True),
        )
        log.info(
            "spectrograms of %d events, %d frequencies, %s",
            store.n_events, len(maker.frequencies), per_second(traces.n_events, clock),
        )  # fmt: skip


def _processing(settings, waveform_attributes):
    """Return the settings that a model fitted to the spectrograms depends on, by key."""
    waveforms = json.loads(waveform_attributes["settings"])
    keys = ("sampling_rate", "fmin", "fmax")
    return {f"waveforms.{key}": waveforms[key] for key in keys} | {
        f"spectrograms.{key}": value for key, value in settings.model_dump().items()
    }
