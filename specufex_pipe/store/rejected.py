"""The table of the rejected events: rejected.csv."""

from collections.abc import Iterable
from pathlib import Path

from specufex_pipe.rejections import Kind, Rejection
from specufex_pipe.store.tables import read_csv, write_csv


def write_rejected(path: str | Path, rejections: Iterable[Rejection]) -> None:
    """Write rejected.csv, a row an event."""
    write_csv(path, Rejection._fields, rejections)


def read_rejected(path: str | Path) -> list[Rejection]:
    """Read what `write_rejected` wrote."""
    return [
        Rejection(row["event_id"], row["stage"], Kind(row["kind"]), row["detail"])
        for row in read_csv(path)
    ]
