"""Find families of repeating events by the waveforms of all stations."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from math import isnan
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specufex_pipe.catalogs.table import read_numbers, read_times, summarize_event_table
from specufex_pipe.catalogs.types import NUMBER
from specufex_pipe.errors import StageError
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.progress import per_second
from specufex_pipe.repeaters.candidates import candidate_pairs
from specufex_pipe.repeaters.correlation import Correlations, correlate, correlate_blocks
from specufex_pipe.repeaters.differential_times import differential_times
from specufex_pipe.repeaters.families import families
from specufex_pipe.repeaters.recordings import Station
from specufex_pipe.repeaters.recurrence import Recurrence, recurrence
from specufex_pipe.settings import RepeaterSettings
from specufex_pipe.stages.recordings import read_recorded, stations_of
from specufex_pipe.stages.stacks import stacks_of
from specufex_pipe.store import (
    Families,
    FrameStore,
    read_attributes,
    read_neighbours,
    write_csv,
    write_families,
)
from specufex_pipe.words import counted

log = logging.getLogger(__name__)

_HYPOCENTRE = ("latitude", "longitude", "depth")
_COLUMNS = ("family", "event_id", "time", "days_since_previous")
_COLUMNS_OF_FAMILIES = (
    "family", "n_events", "first", "last", "mean_days", "coefficient_of_variation",
)  # fmt: skip
# Of the coefficients of all pairs that are compared.
_EDGES = np.linspace(-1, 1, 201)


class _Compared(NamedTuple):
    """Pairs of events whose waveforms were compared.

    `rows` are those that are alike; what follows is of these.
    """

    means: FloatArray
    rows: IntArray
    correlations: Correlations


def run(
    settings: RepeaterSettings,
    output: Path,
    *,
    table: Path,
    recurrences: Path,
    catalog: Path,
    waveforms: list[Path],
    neighbours: list[Path] | None = None,
) -> None:
    """Find families of repeating events.

    Parameters
    ----------
    settings : settings.RepeaterSettings
    output : Path
        families.h5: family of each event, and the pairs of events whose waveforms are alike.
    table : Path
        families.csv, a row an event of a family.
    recurrences : Path
        recurrence.csv, a row a family: how many events, and how long after each other they come.
    catalog : Path
        catalog.h5
    waveforms : list of Path
        waveforms.h5 of each channel.
    neighbours : list of Path, optional
        neighbours.h5 of each unit, whose pairs are compared.

    Raises
    ------
    StageError
        If the files are of different runs, or the settings ask for what cannot be done.
    """
    clock, times = time.monotonic(), read_times(catalog)
    numbers = {event_id: number for number, event_id in enumerate(times)}
    with ExitStack() as opened:
        stores = [opened.enter_context(FrameStore(path, "waveforms")) for path in waveforms]
        recorded = [read_recorded(each, numbers, settings.start, settings.end) for each in stores]
        placed = stations_of(recorded)
        stations = [each.station for each in placed]
        pairs = _pairs(settings, catalog, numbers, neighbours or [])
        try:
            compared = _compare(pairs, stations, settings)
            found = _families(pairs, compared, stations, settings)
        except ValueError as error:
            raise StageError(f"repeaters: {error}") from error
        alike, means = pairs[compared.rows], compared.means[compared.rows]
        channels = [each.channels for each in placed]
        stacks = stacks_of(found, alike, means, compared.correlations, channels)
        inputs = {"waveforms": [store.digest for store in stores]}
    first_samples = np.column_stack([each.first_samples for each in placed])
    write_families(
        output,
        Families(
            list(times),
            found,
            alike,
            means,
            compared.correlations.coefficients,
            differential_times(alike, compared.correlations, first_samples).seconds,
            *np.histogram(compared.means[np.isfinite(compared.means)], _EDGES),
            [station.name for station in stations],
            stacks,
        ),
        settings=settings.relevant(),
        inputs=inputs | _inputs(catalog, neighbours or []),
    )
    moments = np.array(list(times.values()), dtype="datetime64[us]")
    between = recurrence(found, (moments - moments.min()) / np.timedelta64(1, "s"))
    write_csv(table, _COLUMNS, _rows_of_events(list(times), moments, found, between))
    write_csv(recurrences, _COLUMNS_OF_FAMILIES, _rows_of_families(moments, found, between))
    log.info(
        "%s compared, %s; %s in %s",
        counted(len(pairs), "pair"), per_second(len(pairs), clock),
        counted(int(np.count_nonzero(found)), "event"),
        counted(int(found.max(initial=0)), "family", "families"),
    )  # fmt: skip


def _pairs(
    settings: RepeaterSettings,
    catalog: Path,
    numbers: dict[str, int],
    neighbours: Sequence[Path],
) -> IntArray:
    """Return the pairs of events to compare."""
    of_features = [_neighbours_of(path, numbers, settings.n_neighbors) for path in neighbours]
    return candidate_pairs(
        np.hstack([np.full((len(numbers), 0), -1), *of_features]),
        _hypocentres(catalog, numbers) if settings.n_near else None,
        max_distance=settings.max_distance,
        n_near=settings.n_near,
    )


def _neighbours_of(path: Path, numbers: dict[str, int], most: int) -> IntArray:
    """Return the neighbours of each event of the catalog, by their places there; -1 for none."""
    found = read_neighbours(path)
    if unknown := [event_id for event_id in found.event_ids if event_id not in numbers]:
        raise StageError(
            f"{path} has the event {unknown[0]!r}, which is not in the catalog: they come from "
            "different runs"
        )
    places = np.array([numbers[event_id] for event_id in found.event_ids], dtype=np.int64)
    nearest = found.neighbours[:, :most]
    result = np.full((len(numbers), nearest.shape[1]), -1)
    result[places] = places[nearest]
    return result


def _hypocentres(catalog: Path, numbers: dict[str, int]) -> FloatArray | None:
    """Return the hypocentre of each event of the catalog; None if it does not have them."""
    table = summarize_event_table(catalog)
    types = dict(zip(table.columns, table.types, strict=True))
    if any(types.get(column) != NUMBER for column in _HYPOCENTRE):
        return None
    event_ids, values = read_numbers(catalog, _HYPOCENTRE)
    result = np.full((len(numbers), len(_HYPOCENTRE)), np.nan)
    result[[numbers[event_id] for event_id in event_ids]] = values
    return result


def _compare(pairs: IntArray, stations: Sequence[Station], settings: RepeaterSettings) -> _Compared:
    """Correlate the waveforms of pairs, and keep those that are alike."""
    least = min(settings.threshold, settings.differential_times)
    means = np.full(len(pairs), np.nan)
    rows, coefficients, lags = [], [], []
    for block, found in correlate_blocks(
        pairs, stations, max_shift=settings.max_shift, threshold=least
    ):
        means[block] = found.means(settings.n_stations_min)
        alike = np.flatnonzero(means[block] >= least)
        rows.append(block.start + alike)
        coefficients.append(found.coefficients[alike])
        lags.append(found.lags[alike])
    empty = np.empty((0, len(stations)), np.float32)
    return _Compared(
        means,
        np.concatenate([np.empty(0, np.int64), *rows]),
        Correlations(np.concatenate([empty, *coefficients]), np.concatenate([empty, *lags])),
    )


def _families(
    pairs: IntArray, compared: _Compared, stations: Sequence[Station], settings: RepeaterSettings
) -> IntArray:
    def means_of(asked: IntArray) -> FloatArray:
        found = correlate(
            asked, stations, max_shift=settings.max_shift, threshold=settings.threshold
        )
        return found.means(settings.n_stations_min)

    return families(
        pairs,
        compared.means,
        stations[0].n_events,
        threshold=settings.threshold,
        linkage_method=settings.linkage,
        coefficients_of=means_of,
    )


def _inputs(catalog: Path, neighbours: Sequence[Path]) -> dict[str, object]:
    return {
        "catalog": read_attributes(catalog)["digest"],
        "neighbours": [read_attributes(path)["digest"] for path in neighbours],
    }


def _rows_of_events(
    event_ids: Sequence[str],
    times: NDArray[np.datetime64],
    families: IntArray,
    between: Recurrence,
) -> Iterator[tuple[int, str, str, str]]:
    """Yield the events of each family in the order of their times."""
    since = dict(zip(between.pairs[:, 1].tolist(), between.days.tolist(), strict=True))
    members = np.flatnonzero(families)
    for event in members[np.lexsort([times[members], families[members]])].tolist():
        days = f"{since[event]:.6f}" if event in since else ""
        yield int(families[event]), event_ids[event], f"{times[event]}Z", days


def _rows_of_families(
    times: NDArray[np.datetime64], families: IntArray, between: Recurrence
) -> Iterator[tuple[int | str, ...]]:
    for family, (mean, variation) in enumerate(
        zip(between.means.tolist(), between.variations.tolist(), strict=True), start=1
    ):
        of_family = times[families == family]
        yield (
            family,
            len(of_family),
            f"{of_family.min()}Z",
            f"{of_family.max()}Z",
            _number(mean),
            _number(variation),
        )


def _number(value: float) -> str:
    return "" if isnan(value) else f"{value:.6g}"
