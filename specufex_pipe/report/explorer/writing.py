"""The data of the explorer: what is inside the page, and what is in a folder beside it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from specufex_pipe.numerics.types import Array
from specufex_pipe.report.explorer.blocks import IDS, PICTURE, PICTURES, RECORD, write_blocks
from specufex_pipe.report.explorer.description import describe
from specufex_pipe.report.explorer.explored import Explored
from specufex_pipe.report.explorer.files import Part, keep_parts, take_part, write_part
from specufex_pipe.report.explorer.parts import encode_part
from specufex_pipe.report.explorer.thinning import MOST_DRAWN, random_order
from specufex_pipe.store import temporary_folder

# Events of which more than the pictures is inside the page, and of which the pictures are.
_MOST_EVENTS = 10_000
# Characters, of records and of all that is inside the page.
_MOST_OF_RECORDS, _MOST_OF_ALL = 8_000_000, 22_000_000


class PageData(NamedTuple):
    """What the page shows.

    Attributes
    ----------
    run : dict
        What there is to know of the run, and where the rest is.
    parts : dict of str
        Those that are inside the page, by their keys.
    beside : Path or None
        Folder of those that are beside it.
    n_beside : int
        Characters of these.
    """

    run: dict[str, Any]
    parts: dict[str, str]
    beside: Path | None
    n_beside: int


def write_data(explored: Explored, folder: Path, n_processes: int = 1) -> PageData:
    """Write what is too much for the page to a folder beside it.

    Parameters
    ----------
    explored : explored.Explored
    folder : Path
        Beside the page. In it each page has a folder of its own, named by a digest of what is in
        it, so that no page has the data of another; none where the page holds all.
    n_processes : int
        How many write side by side, which changes no file.

    Returns
    -------
    PageData

    Raises
    ------
    OSError
        If a file cannot be read or written.
    """
    with temporary_folder(folder) as temporary:
        written = [write_part(temporary, *table) for table in _tables(explored)]
        written += write_blocks(explored, temporary, n_processes)
        chosen = {part.key for part in _inside(written, explored.n_events)}
        parts = {key: take_part(temporary, key) for key in sorted(chosen)}
        others = [part for part in written if part.key not in chosen]
        beside = keep_parts(temporary, others, folder) if others else None
    if explored.n_events > MOST_DRAWN:
        parts["sample"] = _sample(explored)
    run = describe(
        explored,
        folder=None if beside is None else f"{folder.name}/{beside.name}",
        records_are_inside=f"{RECORD}/0" in chosen,
    )
    return PageData(run, parts, beside, sum(part.size for part in others))


def _inside(parts: Sequence[Part], n_events: int) -> Iterator[Part]:
    """Choose which parts are inside the page: tables, records, and as many pictures as then fit."""
    kinds = {part.key: part.key.partition("/")[0] for part in parts}
    records = [part for part in parts if kinds[part.key] == RECORD]
    pictures = [part for part in parts if kinds[part.key] == PICTURE]
    tables = [part for part in parts if kinds[part.key] not in (RECORD, PICTURE)]
    chosen = tables if n_events <= _MOST_EVENTS else []
    if sum(part.size for part in records) <= _MOST_OF_RECORDS:
        chosen = [*chosen, *records]
    yield from chosen
    size = sum(part.size for part in chosen)
    for part in pictures[: _MOST_EVENTS // PICTURES]:
        size += part.size
        if size > _MOST_OF_ALL:
            break
        yield part


def _tables(explored: Explored) -> Iterator[tuple[str, str]]:
    """Yield what is of all events, or of many at a time, and its key."""
    for place, column in enumerate(explored.columns):
        yield f"column/{place}", encode_part({"values": column.values})
    for block, start in enumerate(range(0, explored.n_events, IDS)):
        ids = list(explored.event_ids[start : start + IDS])
        yield f"ids/{block}", encode_part({"ids": ids})
    yield "points", encode_part({"values": explored.points})
    if explored.n_events > MOST_DRAWN:
        yield "order", encode_part({"rows": random_order(explored.n_events)})


def _sample(explored: Explored) -> str:
    """Return what a page shows first whose columns are beside it."""
    rows = random_order(explored.n_events)[:MOST_DRAWN]
    arrays: dict[str, Array] = {"rows": rows}
    for place, column in enumerate(explored.columns):
        arrays[str(place)] = column.values[rows]
    return encode_part(arrays)
