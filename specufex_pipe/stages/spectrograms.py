"""Make a spectrogram of each waveform."""

import logging

from specufex_pipe.errors import RejectedEvent, StageError
from specufex_pipe.frames import event_batches
from specufex_pipe.progress import track
from specufex_pipe.spectrograms import SpectrogramMaker
from specufex_pipe.stages.waveforms import close_rejected
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
        If no event is left, or the band holds no frequency.
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
        event_ids = traces.event_ids
        batches = event_batches(traces.n_events, _EVENTS_AT_A_TIME)
        for batch in track(batches, "spectrograms", "batches"):
            for event, samples in zip(batch, traces.read(batch).events(), strict=True):
                try:
                    frames = maker.decibels(samples)
                except RejectedEvent as error:
                    store.reject(event_ids[event], STAGE, str(error))
                    continue
                store.append([event_ids[event]], [len(frames)], frames)
        close_rejected(store)
        store.array("frequencies", maker.frequencies, unit="Hz")
        store.attributes(
            frame_interval=maker.frame_interval, first_frame=maker.first_frame, unit="dB"
        )
        log.info(
            "spectrograms of %d events, %d frequencies", store.n_events, len(maker.frequencies)
        )
