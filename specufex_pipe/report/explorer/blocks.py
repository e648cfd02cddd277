"""The parts of the explorer's data that are of each event, written a block of events at a time."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from specufex_pipe.numerics.processes import map_processes
from specufex_pipe.numerics.types import Array
from specufex_pipe.report.explorer.details import pictures_of, records_of
from specufex_pipe.report.explorer.explored import Explored
from specufex_pipe.report.explorer.files import Part, write_part
from specufex_pipe.report.explorer.parts import encode_part

# Events of a part.
IDS, PICTURES, RECORDS = 10_000, 100, 25
PICTURE, RECORD = "picture", "record"
# Stores are opened anew for each share of the events; more of them keep processes busy to the end.
_SHARES_OF_A_PROCESS = 8


def write_blocks(explored: Explored, folder: Path, n_processes: int) -> list[Part]:
    """Write pictures and records of all events, each block of them to a file.

    Parameters
    ----------
    explored : explored.Explored
    folder : Path
    n_processes : int
        How many write side by side, which changes no file.

    Returns
    -------
    list of Part
        In the order of the events.
    """
    n_blocks = -(-explored.n_events // PICTURES)
    n_shares = min(n_blocks, 1 if n_processes == 1 else _SHARES_OF_A_PROCESS * n_processes)
    ends = [PICTURES * (share * n_blocks // n_shares) for share in range(n_shares)]
    shares = [
        range(start, min(stop, explored.n_events))
        for start, stop in zip(ends, [*ends[1:], PICTURES * n_blocks], strict=True)
    ]
    written = map_processes(
        lambda rows: list(_write_in_turn(explored, folder, rows)), shares, n_processes
    )
    return [part for parts in written for part in parts]


def _write_in_turn(explored: Explored, folder: Path, rows: range) -> Iterator[Part]:
    """Write the blocks of some of the events, the first of which begins a block."""
    details = iter(explored.details(rows))
    pictures: list[dict[str, Array]] = []
    for start in range(rows.start, rows.stop, RECORDS):
        some = list(islice(details, min(RECORDS, rows.stop - start)))
        records = encode_part(records_of(explored, some))
        yield write_part(folder, f"{RECORD}/{start // RECORDS}", records)
        pictures.append(pictures_of(explored, some))
        if len(pictures) * RECORDS == PICTURES or start + RECORDS >= rows.stop:
            key = f"{PICTURE}/{start // PICTURES}"
            yield write_part(folder, key, encode_part(_joined(pictures)))
            pictures.clear()


def _joined(pictures: Sequence[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([each[name] for each in pictures]) for name in pictures[0]}
