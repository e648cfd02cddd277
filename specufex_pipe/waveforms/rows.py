"""The rows of a catalog as they stand in its file, and their parts, the shards."""

import csv
from pathlib import Path


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
    UnicodeDecodeError, csv.Error
        If the file is not text in UTF-8, or a quotation mark is not closed.
    """
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, strict=True)
        next(reader, None)
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row


def count_shards(path, shard_size):
    """Return the number of shards of a catalog, at least one.

    Parameters
    ----------
    path : str or Path
    shard_size : int
        Number of rows in each but the last.
    """
    n_rows = sum(1 for _ in read_rows(path))
    return max(1, -(-n_rows // shard_size))


def shard_rows(shard, shard_size):
    """Return the range of the numbers of the rows in a shard."""
    return range(shard * shard_size, (shard + 1) * shard_size)
