"""The rows of a catalog as they stand in its file, and their parts, the shards."""

import csv
from pathlib import Path

from specufex_pipe.errors import StageError


def read_columns(path):
    """Return the names of the columns of a catalog."""
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        return [name.strip() for name in next(csv.reader(file, strict=True), [])]


def read_rows(path):
    """Iterate over (line, row) of the rows of a catalog that are not blank.

    Parameters
    ----------
    path : str or Path

    Yields
    ------
    line : int
        Number of the row's last line in the file.
    row : list of str

    Raises
    ------
    StageError
        If the file is not text in UTF-8, or a quotation mark is not closed: rows after it would
        be lost.
    """
    line = 0
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, strict=True)
        try:
            next(reader, None)
            for row in reader:
                line = reader.line_num
                if any(cell.strip() for cell in row):
                    yield line, row
        except (UnicodeDecodeError, csv.Error) as error:
            raise StageError(
                f"{path}: not a CSV file in UTF-8 ({error}, after line {line})"
            ) from error


def count_rows(path):
    """Return the number of rows of a catalog that are not blank."""
    return sum(1 for _ in read_rows(path))


def count_shards(n_rows, shard_size):
    """Return the number of shards of a catalog, at least one."""
    return max(1, -(-n_rows // shard_size))


def shard_rows(shard, shard_size):
    """Return the range of the numbers of the rows in a shard."""
    return range(shard * shard_size, (shard + 1) * shard_size)
