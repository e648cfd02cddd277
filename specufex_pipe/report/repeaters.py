"""What the report shows of families of repeating events."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specufex_pipe.catalogs.table import read_times
from specufex_pipe.numerics.types import IntArray
from specufex_pipe.plotting.families import MOST_FAMILIES, Stack
from specufex_pipe.repeaters.recurrence import recurrence
from specufex_pipe.store import Families, read_attributes, read_families
from specufex_pipe.store.families import OF_ALL


class FamilyRow(NamedTuple):
    """A family of repeating events.

    Attributes
    ----------
    number : int
    n_events : int
    first, last : datetime64
        UTC.
    mean_days : float
        Between an event and the next.
    variation : float
        Coefficient of variation of these intervals; NaN where there are too few.
    """

    number: int
    n_events: int
    first: np.datetime64
    last: np.datetime64
    mean_days: float
    variation: float


@dataclass(frozen=True)
class Repeaters:
    """Families of repeating events of all units of a run.

    Attributes
    ----------
    times : ndarray of datetime64, shape (n_events,)
        Of all events of the catalog.
    families : ndarray of int, shape (n_events,)
        From 1, the largest first; 0 for none.
    rows : list of FamilyRow
        The largest families.
    stacks : list of plotting.families.Stack
        On the channel of the unit.
    n_compared : int
        Number of pairs of events.
    highest : float
        The highest coefficient of a pair, rounded down to a bin.
    stations : list of str
    threshold : float
        Coefficient from which on events are linked.
    """

    times: NDArray[np.datetime64]
    families: IntArray
    rows: list[FamilyRow]
    stacks: list[Stack]
    n_compared: int
    highest: float
    stations: list[str]
    threshold: float

    @property
    def n_families(self) -> int:
        """Number of families."""
        return int(self.families.max(initial=0))

    @property
    def n_events(self) -> int:
        """Number of events in families."""
        return int(np.count_nonzero(self.families))


def gather_repeaters(path: Path, catalog: Path, channel: str) -> Repeaters:
    """Gather what there is to show of families.

    Parameters
    ----------
    path : Path
        families.h5
    catalog : Path
        catalog.h5
    channel : str
        SEED id of the unit.

    Raises
    ------
    OSError
        If a file is missing, damaged or of another kind.
    """
    found, times = read_families(path), read_times(catalog)
    moments = np.array([times[event_id] for event_id in found.event_ids], dtype="datetime64[us]")
    compared = np.flatnonzero(found.counts)
    return Repeaters(
        moments,
        found.families,
        _rows(found.families, moments),
        _stacks(found, channel),
        int(found.counts.sum()),
        float(found.edges[compared[-1]]) if len(compared) else float("nan"),
        found.stations,
        float(json.loads(read_attributes(path)["settings"])["threshold"]),
    )


def _rows(families: IntArray, times: NDArray[np.datetime64]) -> list[FamilyRow]:
    if not families.any():
        return []
    between = recurrence(families, (times - times.min()) / np.timedelta64(1, "s"))
    rows = []
    for number in range(1, min(int(families.max()), MOST_FAMILIES) + 1):
        own = times[families == number]
        rows.append(
            FamilyRow(
                number,
                len(own),
                own.min(),
                own.max(),
                float(between.means[number - 1]),
                float(between.variations[number - 1]),
            )
        )
    return rows


def _stacks(found: Families, channel: str) -> list[Stack]:
    """Return the stacks of families of which members are kept, too."""
    own = [each for each in found.waveforms if each.channel == channel]
    stacks = []
    for of_all in (each for each in own if each.event == OF_ALL):
        members = [
            each.samples for each in own if each.family == of_all.family and each.event != OF_ALL
        ]
        if members:
            seconds = np.arange(len(of_all.samples)) / of_all.sampling_rate
            stacks.append(
                Stack(of_all.family, of_all.n_members, seconds, of_all.samples, np.stack(members))
            )
    return stacks
