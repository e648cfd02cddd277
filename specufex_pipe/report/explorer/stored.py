"""Events to look at closely, as they are in the files of a variant."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from specufex_pipe.events.frames import event_batches
from specufex_pipe.numerics.types import IntArray
from specufex_pipe.report.explorer.explored import Detail
from specufex_pipe.store import FrameStore

# So that long events fit into memory.
_EVENTS_AT_A_TIME = 25


@dataclass(frozen=True)
class StoredDetails:
    """Reads events, a few at a time.

    Parameters
    ----------
    waveforms, spectrograms, fingerprints : Path
        Files of the variant; of fingerprints and states, those of the first HMM are taken.
    rows : ndarray of int, shape (n_events,)
        Where each event is in the waveforms, of which spectrograms may have rejected some.
    """

    waveforms: Path
    spectrograms: Path
    fingerprints: Path
    rows: IntArray

    def __call__(self, events: range) -> Iterator[Detail]:
        """Yield some of the events.

        Parameters
        ----------
        events : range
            Their numbers.
        """
        with (
            FrameStore(self.waveforms, "waveforms") as waveforms,
            FrameStore(self.spectrograms, "spectrograms") as spectrograms,
            FrameStore(self.fingerprints, "fingerprints") as fingerprints,
        ):
            for batch in event_batches(len(events), _EVENTS_AT_A_TIME):
                some = events[batch.start : batch.stop]
                prints = fingerprints.array("fingerprints", slice(some.start, some.stop))
                yield from map(
                    Detail,
                    waveforms.read(self.rows[some.start : some.stop]).events(),
                    spectrograms.read(some).events(),
                    fingerprints.read(some).events(),
                    prints[:, 0],
                )
