"""Tables as CSV files: for people and other programs, and, with a digest, for the stages."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from specufex_pipe import __version__
from specufex_pipe.store.files import atomic_path
from specufex_pipe.store.seal import UnusableFile

_SEAL = "# BLAKE2b "


def write_csv(path: str | Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table, atomically.

    Parameters
    ----------
    path : str or Path
    columns : sequence of str
    rows : iterable of sequences
    """
    # Names of files need not be text in UTF-8.
    with (
        atomic_path(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file,
    ):
        table = csv.writer(file)
        table.writerow(columns)
        table.writerows(rows)


def read_csv(path: str | Path) -> list[dict[str, str]]:
    """Read what `write_csv` wrote, a dict a row."""
    with Path(path).open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        return list(csv.DictReader(file))


def write_table_description(
    path: str | Path,
    table: str,
    *,
    columns: Sequence[tuple[str, str, str]],
    made_from: Mapping[str, str],
    notes: Sequence[str],
) -> None:
    """Describe a table beside it, as "CSV on the Web" has it (W3C Recommendation, 2015).

    Parameters
    ----------
    path : str or Path
        Named after the table: NAME.csv-metadata.json.
    table : str
        Name of the table's file.
    columns : sequence of (str, str, str)
        Name, type ("string", "integer", "number", "dateTime") and meaning of each column.
    made_from : dict of str
        Digests of the files that it was made from, by name.
    notes : sequence of str
        What to know before it is used.
    """
    description = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": table,
        "dc:creator": f"specufex_pipe {__version__}",
        "dc:source": dict(made_from),
        "notes": list(notes),
        "tableSchema": {
            "columns": [
                {"name": name, "titles": name, "datatype": kind, "dc:description": meaning}
                for name, kind, meaning in columns
            ],
        },
    }
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def write_sealed_csv(
    path: str | Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write a table whose last line is a digest of the others, atomically.

    Parameters
    ----------
    path : str or Path
    columns : sequence of str
    rows : iterable of sequences
    """
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        digest = hashlib.blake2b(digest_size=16)
        for row in chain([columns], rows):
            line = io.StringIO(newline="")
            csv.writer(line).writerow(row)
            content = line.getvalue().encode("utf-8", "surrogateescape")
            digest.update(content)
            file.write(content)
        file.write(f"{_SEAL}{digest.hexdigest()}\r\n".encode())


def read_sealed_csv(path: str | Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read what `write_sealed_csv` wrote, a dict a row.

    Parameters
    ----------
    path : str or Path
    columns : sequence of str
        Columns that it has to have, those and no others.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, or has other columns.
    """
    content = Path(path).read_bytes()
    start = content.rfind(_SEAL.encode())
    table, seal = content[: max(start, 0)], content[start:]
    expected = hashlib.blake2b(table, digest_size=16).hexdigest()
    if start < 0 or seal != f"{_SEAL}{expected}\r\n".encode():
        raise UnusableFile(
            f"{path}: damaged, or of an earlier version: its last line is not the digest of the "
            "others"
        )
    text = io.StringIO(table.decode("utf-8", "surrogateescape"), newline="")
    reader = csv.DictReader(text)
    if tuple(reader.fieldnames or ()) != tuple(columns):
        raise UnusableFile(
            f"{path}: of another version: it has the columns {reader.fieldnames}, expected "
            f"{list(columns)}"
        )
    return list(reader)
