"""Reading CSV files, gzipped or not: their header, and their rows one by one."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from specufex_pipe.catalogs.files import GZIP_ERRORS, open_content
from specufex_pipe.errors import StageError

COMMA = ","
# A line is in memory as a whole, so one without end must not be read to its end.
_LONGEST_LINE = 10_000_000
_DAMAGE = (UnicodeDecodeError, csv.Error, *GZIP_ERRORS)
_NAMES = {COMMA: "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", " ": "spaces"}


def read_header(path: str | Path, delimiter: str = COMMA) -> list[str]:
    """Return the names of the columns.

    Raises
    ------
    ValueError
        If the file is not there, or its first line is not that of a CSV file in UTF-8.
    """
    return _read_head(Path(path), delimiter)[0]


def read_head(
    path: str | Path, needed: Sequence[str], delimiter: str = COMMA
) -> tuple[list[str], list[str] | None]:
    """Return the columns of a CSV file and its first row, or None if there is no row.

    Parameters
    ----------
    path : str or Path
    needed : sequence of str
        Columns that it has to have.
    delimiter : str
        Character between the columns.

    Raises
    ------
    ValueError
        If it is not there, is no CSV file in UTF-8, lacks a column, or has one twice.
    """
    columns, first = _read_head(Path(path), delimiter)
    missing = [name for name in needed if name not in columns]
    if missing:
        raise ValueError(
            f"{path} has no column {' and no '.join(missing)}; its first line is "
            f"{delimiter.join(columns)!r}{_other_delimiter(columns, delimiter)}"
        )
    if repeated := sorted({name for name in columns if columns.count(name) > 1}):
        raise ValueError(f"{path}: two columns are called {', '.join(repeated)}")
    return columns, first


def iterate_rows(path: str | Path, delimiter: str = COMMA) -> Iterator[tuple[int, list[str]]]:
    """Iterate over the rows below the header that are not blank, with the number of the last line.

    Raises
    ------
    StageError
        If the file is not text in UTF-8, or a quotation mark is not closed: rows after it would be
        lost.
    """
    line = 0
    try:
        with _open_lines(path) as lines:
            reader = csv.reader(lines, strict=True, delimiter=delimiter)
            next(reader, None)
            for row in reader:
                line = reader.line_num
                if any(cell.strip() for cell in row):
                    yield line, row
    except _DAMAGE as error:
        raise StageError(f"{path}: not a CSV file in UTF-8 ({error}, after line {line})") from error


def _read_head(path: Path, delimiter: str) -> tuple[list[str], list[str] | None]:
    if not path.is_file():
        raise ValueError(f"path is {str(path)!r}: there is no such file")
    try:
        with _open_lines(path) as lines:
            rows = csv.reader(lines, strict=True, delimiter=delimiter)
            return [name.strip() for name in next(rows, [])], next(rows, None)
    except _DAMAGE as error:
        raise ValueError(f"{path}: not a CSV file in UTF-8 ({error})") from error


@contextmanager
def _open_lines(path: str | Path) -> Iterator[Iterator[str]]:
    with (
        open_content(path) as content,
        io.TextIOWrapper(content, newline="", encoding="utf-8-sig") as text,
    ):
        yield _lines(text)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise csv.Error(f"a line has {_LONGEST_LINE} characters or more")
        yield line


def _other_delimiter(columns: Sequence[str], delimiter: str) -> str:
    """Say so if a header that is one cell has columns with another delimiter."""
    for other, name in _NAMES.items():
        if len(columns) == 1 and other != delimiter and other in columns[0]:
            expected = _NAMES.get(delimiter, repr(delimiter))
            return f", with {name} between its columns, expected {expected}"
    return ""
