"""Blocks of features from the files of a run, a few thousand events at a time."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np

from specufex_pipe.catalogs.table import read_numbers
from specufex_pipe.errors import StageError
from specufex_pipe.events.frames import event_batches
from specufex_pipe.features.blocks import DURATION, OF_CATALOG, OF_MODELS, OF_WAVEFORMS
from specufex_pipe.numerics.types import Array, FloatArray, IntArray
from specufex_pipe.store import FrameStore

_EVENTS_AT_A_TIME = 4096


def block_batches(
    names: Collection[str],
    *,
    fingerprints: Sequence[FrameStore],
    waveforms: str | Path | None = None,
    catalog: str | Path | None = None,
    chosen: IntArray | None = None,
) -> Iterator[list[dict[str, Array]]]:
    """Iterate over the blocks of the events that have fingerprints, in their order.

    Of the fingerprints a batch is in memory; attributes and columns of the catalog are few numbers
    an event, and are read at once.

    Parameters
    ----------
    names : collection of str
        Of the blocks, see `features.blocks`.
    fingerprints : sequence of store.FrameStore
        A store of each NMF, with the same events.
    waveforms : str or Path, optional
        waveforms.h5, needed for attributes. It may have more events.
    catalog : str or Path, optional
        catalog.h5, needed for columns of the catalog. It may have more events.
    chosen : ndarray of int, optional
        Numbers of the events to take, rising; all by default.

    Yields
    ------
    list of dict of ndarray of shape (n_chosen_events_of_batch, ...)
        As `EnsembleJoiner` takes them: a dict of each NMF. A batch may have no event.

    Raises
    ------
    StageError
        If a file is needed and not given, an event is not in it, a column is missing or does not
        hold numbers, or the stores have other events than the first.
    """
    _require_same_events(fingerprints)
    first_store = fingerprints[0]
    single = {DURATION: np.diff(first_store.offsets)} if DURATION in names else {}
    single |= _attributes(names, waveforms, first_store)
    single |= _columns(names, catalog, first_store)
    stored = [name for name in OF_MODELS if name in names and name != DURATION]
    if chosen is None:
        chosen = np.arange(first_store.n_events)
    for events in event_batches(first_store.n_events, _EVENTS_AT_A_TIME):
        first, last = np.searchsorted(chosen, (events.start, events.stop))
        taken = chosen[first:last]
        part = slice(events.start, events.stop)
        others = {name: values[taken] for name, values in single.items()}
        yield [
            {name: store.array(name, part)[taken - events.start] for name in stored} | others
            for store in fingerprints
        ]


def _require_same_events(stores: Sequence[FrameStore]) -> None:
    for store in stores[1:]:
        first = stores[0]
        same_frames = np.array_equal(store.offsets, first.offsets)
        if store.event_ids != first.event_ids or not same_frames:
            raise StageError(
                f"{store.path} and {first.path} do not hold the same events and frames: they come "
                "from different runs"
            )


def _attributes(
    names: Collection[str], waveforms: str | Path | None, fingerprints: FrameStore
) -> dict[str, FloatArray]:
    """Return the attributes of the events that have fingerprints, by name."""
    wanted = [name for name in OF_WAVEFORMS if name in names]
    if not wanted:
        return {}
    if waveforms is None:
        raise StageError(f"the feature {wanted[0]} is in waveforms.h5, which was not given")
    with FrameStore(waveforms, "waveforms") as store:
        rows = _rows_of(fingerprints.event_ids, store.event_ids, waveforms)
        there = list(store.attributes_of("attributes")["names"])
        if missing := [name for name in wanted if name not in there]:
            raise StageError(f"{waveforms} has no {missing[0]}, only {', '.join(there)}")
        values = store.array("attributes")[rows]
    return {name: values[:, there.index(name)] for name in wanted}


def _columns(
    names: Collection[str], catalog: str | Path | None, fingerprints: FrameStore
) -> dict[str, FloatArray]:
    """Return what the events that have fingerprints have in columns of the catalog, by block."""
    wanted = [name for name in names if name.startswith(OF_CATALOG)]
    if not wanted:
        return {}
    if catalog is None:
        raise StageError(f"the feature {wanted[0]} is in catalog.h5, which was not given")
    event_ids, numbers = read_numbers(catalog, [name.removeprefix(OF_CATALOG) for name in wanted])
    numbers = numbers[_rows_of(fingerprints.event_ids, event_ids, catalog)]
    return {name: numbers[:, place] for place, name in enumerate(wanted)}


def _rows_of(event_ids: Sequence[str], there: Sequence[str], path: str | Path) -> list[int]:
    """Return where events stand in a file."""
    rows = {event_id: row for row, event_id in enumerate(there)}
    if missing := [event_id for event_id in event_ids if event_id not in rows]:
        raise StageError(
            f"event {missing[0]!r} has a fingerprint, but is not in {path}: they come from "
            "different runs"
        )
    return [rows[event_id] for event_id in event_ids]
