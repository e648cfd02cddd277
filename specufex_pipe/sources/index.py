"""The index of an archive: which file has which channel from when to when."""

import csv
import logging
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from specufex_pipe.errors import RejectedEvent
from specufex_pipe.progress import track
from specufex_pipe.settings import archive_files
from specufex_pipe.sources.folder import read_file
from specufex_pipe.store import atomic_path

log = logging.getLogger(__name__)


class IndexedFile(NamedTuple):
    """What a file of an archive has of one channel.

    Attributes
    ----------
    file : str
        Path relative to the archive.
    size : int
        Bytes.
    modified : int
        Time of the last change, ns since 1970.
    format : str
        ObsPy's name of the format it was read as.
    channel : str
        SEED id; empty if the file has none or cannot be read.
    start, end : str
        Time of the first and the last sample, ISO 8601.
    problem : str
        Why the file cannot be read; empty if it can.
    """

    file: str
    size: int
    modified: int
    format: str
    channel: str = ""
    start: str = ""
    end: str = ""
    problem: str = ""


def index_archive(archive, file_format, known=()):
    """Read the headers of the files of an archive.

    Parameters
    ----------
    archive : str or Path
    file_format : str
        ObsPy's name.
    known : iterable of IndexedFile
        An older index; files that have not changed since are not read again.

    Returns
    -------
    list of IndexedFile
        In the order of the files; one for each channel in a file.
    """
    before = defaultdict(list)
    for entry in known:
        if not entry.problem:  # which may have been mended since
            before[entry[:4]].append(entry)
    result = []
    for path in track(archive_files(archive), "headers of the archive", "files"):
        try:
            status = path.stat()
        except FileNotFoundError:  # it has been moved or removed meanwhile
            continue
        file = str(path.relative_to(archive))
        key = (file, status.st_size, status.st_mtime_ns, file_format)
        result.extend(before.get(key) or _read_headers(path, key))
    problems = [entry.problem for entry in result if entry.problem]
    if problems:
        log.warning(
            "%d of the files in %s cannot be read as %s, the first: %s",
            len(problems), archive, file_format, problems[0],
        )  # fmt: skip
    return result


def _read_headers(path, key):
    try:
        stream = read_file(path, key[-1], headonly=True)
    except RejectedEvent as error:
        return [IndexedFile(*key, problem=str(error))]
    channels = defaultdict(list)
    for trace in stream:
        channels[trace.id].append(trace.stats)
    return [
        IndexedFile(
            *key,
            channel,
            str(min(stats.starttime for stats in traces)),
            str(max(stats.endtime for stats in traces)),
        )
        for channel, traces in sorted(channels.items())
    ] or [IndexedFile(*key)]


def write_index(path, entries):
    """Write an index as a table (CSV)."""
    # Names of files need not be text in UTF-8.
    with (
        atomic_path(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file,
    ):
        table = csv.writer(file)
        table.writerow(IndexedFile._fields)
        table.writerows(entries)


def read_index(path, channel=None):
    """Read what `write_index` wrote.

    Parameters
    ----------
    path : str or Path
    channel : str, optional
        Leave out the files of other channels, but for the first of each.

    Returns
    -------
    list of IndexedFile
    """
    with Path(path).open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        rows = csv.reader(file)
        next(rows, None)
        entries, others = [], set()
        for name, size, modified, *rest in rows:
            entry = IndexedFile(name, int(size), int(modified), *rest)
            wanted = channel in (None, entry.channel) or entry.problem
            if wanted or entry.channel not in others:
                entries.append(entry)
            others.add(entry.channel)
        return entries
