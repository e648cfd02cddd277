"""Families of repeating events, and the pairs that make them: families.h5."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from specufex_pipe.numerics.types import Array, FloatArray, IntArray
from specufex_pipe.store.arrays import read_arrays, write_arrays
from specufex_pipe.store.columns import decode_text, encode_text
from specufex_pipe.summaries import mean, shows_itself, sizes

_KIND = "families"
# The column that events.csv has of them.
FAMILY_COLUMN = "repeater_family"
# The number of a member that stands for all of them.
OF_ALL = -1
_DATA_SETS = ("families", "pairs", "means", "coefficients", "seconds", "counts", "edges")


class FamilyWaveform(NamedTuple):
    """A waveform of a family on a channel: its stack, or one of its members moved to it.

    Attributes
    ----------
    family : int
    channel : str
        SEED id.
    event : int
        Place of a member; -1 for the stack.
    n_members : int
        Number of events that it is a mean of.
    sampling_rate : float
        Hz.
    samples : ndarray of shape (n_samples,)
        Members have an energy of 1.
    """

    family: int
    channel: str
    event: int
    n_members: int
    sampling_rate: float
    samples: FloatArray


@shows_itself
class Families(NamedTuple):
    """Families of repeating events, and the pairs that make them.

    Attributes
    ----------
    event_ids : list of str
        All events of the catalog, in its order.
    families : ndarray of int, shape (n_events,)
        From 1, the largest first; 0 for an event in none.
    pairs : ndarray of int, shape (n_pairs, 2)
        Places of events, the first before the second: those whose waveforms are alike.
    means : ndarray of shape (n_pairs,)
        Coefficient of each pair: the mean over the stations.
    coefficients : ndarray of shape (n_pairs, n_stations)
        Of the waveforms; NaN where a station does not have both events.
    seconds : ndarray of shape (n_pairs, n_stations)
        Travel time of the first event minus that of the second, s.
    counts : ndarray of int, shape (n_bins,)
        Of all pairs that were compared, by their coefficients.
    edges : ndarray of shape (n_bins + 1,)
        Of the bins of the coefficients.
    stations : list of str
        Network, station, location, and the first letters of the channels.
    waveforms : list of FamilyWaveform
        Of the largest families.
    """

    event_ids: list[str]
    families: IntArray
    pairs: IntArray
    means: FloatArray
    coefficients: FloatArray
    seconds: FloatArray
    counts: IntArray
    edges: FloatArray
    stations: list[str]
    waveforms: list[FamilyWaveform]

    @property
    def n_families(self) -> int:
        """Number of families."""
        return int(self.families.max(initial=0))

    def family_of(self) -> dict[str, int]:
        """Return the family of each event that has one, by its id."""
        return {
            event_id: family
            for event_id, family in zip(self.event_ids, self.families.tolist(), strict=True)
            if family
        }

    def _summary(self) -> dict[str, str]:
        of_families = sizes(self.families)
        return {
            "events": f"{len(self.event_ids):,}",
            "families": of_families["clusters"],
            "in none": of_families["in none"],
            "pairs": f"{len(self.pairs):,}",
            "mean coefficient": mean(self.means),
            "stations": ", ".join(self.stations) or "none",
        }


def write_families(
    path: str | Path, found: Families, *, settings: Mapping[str, Any], inputs: Mapping[str, Any]
) -> None:
    """Write families, atomically.

    Parameters
    ----------
    path : str or Path
    found : Families
    settings, inputs : dict
        The settings, and the digests of the data that made them.
    """
    arrays = {name: getattr(found, name) for name in _DATA_SETS}
    write_arrays(
        path,
        _KIND,
        arrays | {"event_id": encode_text(found.event_ids)} | _arrays_of_waveforms(found.waveforms),
        attributes={"stations": json.dumps(found.stations)},
        settings=settings,
        inputs=inputs,
    )


def read_families(path: str | Path) -> Families:
    """Read what `write_families` wrote.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of another format.
    """
    arrays, attributes = read_arrays(path, _KIND)
    return Families(
        event_ids=decode_text(arrays["event_id"]),
        stations=json.loads(attributes["stations"]),
        waveforms=_waveforms_of(arrays),
        **{name: arrays[name] for name in _DATA_SETS},
    )


def _arrays_of_waveforms(waveforms: Sequence[FamilyWaveform]) -> dict[str, Array]:
    samples = [each.samples for each in waveforms]
    return {
        "waveform_channel": encode_text([each.channel for each in waveforms]),
        "waveform_numbers": np.array(
            [(each.family, each.event, each.n_members) for each in waveforms], np.int64
        ).reshape(-1, 3),
        "waveform_rates": np.array([each.sampling_rate for each in waveforms]),
        "waveform_offsets": np.cumsum([0, *map(len, samples)]),
        "waveform_samples": np.concatenate([np.empty(0), *samples]).astype(np.float32),
    }


def _waveforms_of(arrays: Mapping[str, Array]) -> list[FamilyWaveform]:
    samples = np.split(arrays["waveform_samples"], arrays["waveform_offsets"][1:-1])
    return [
        FamilyWaveform(family, channel, event, n_members, rate, each)
        for (family, event, n_members), channel, rate, each in zip(
            arrays["waveform_numbers"].tolist(),
            decode_text(arrays["waveform_channel"]),
            arrays["waveform_rates"].tolist(),
            samples if len(arrays["waveform_rates"]) else [],
            strict=True,
        )
    ]
