"""The index of a folder: which file has which channel from when to when."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from specufex_pipe.progress import track
from specufex_pipe.rejections import RejectedEvent
from specufex_pipe.sources.files import digest_of_content, find_files
from specufex_pipe.sources.opened import WaveformFiles
from specufex_pipe.store import read_sealed_csv, write_sealed_csv

log = logging.getLogger(__name__)

# Path, size, times of change and format of a file: if they are the same, it is not read again.
_Key = tuple[str, int, int, int, str]


class IndexedFile(NamedTuple):
    """What a file of a folder has of one channel.

    Attributes
    ----------
    file : str
        Path relative to the folder.
    size : int
        Bytes.
    modified, status_changed : int
        Times of the last change of its content and of its status, ns since 1970. A program may set
        the first to what it likes, and not the second.
    format : str
        ObsPy's name of the format it was read as.
    content : str
        Digest of its content.
    channel : str
        SEED id; empty if the file has none or cannot be read.
    start, end : str
        Time of the first and the last sample, ISO 8601.
    sampling_rate : float
        Hz; that of most samples.
    problem : str
        Why the file, or a part of it, cannot be read; empty if it can.
    """

    file: str
    size: int
    modified: int
    status_changed: int
    format: str
    content: str
    channel: str = ""
    start: str = ""
    end: str = ""
    sampling_rate: float = 0.0
    problem: str = ""


def index_folder(files: WaveformFiles, known: Iterable[IndexedFile] = ()) -> list[IndexedFile]:
    """Read the headers of the files of a source.

    Parameters
    ----------
    files : opened.WaveformFiles
    known : iterable of IndexedFile
        An older index; files that have not changed since are not read again.

    Returns
    -------
    list of IndexedFile
        In the order of the files; one for each channel in a file, and for each that cannot be
        read. Empty if files do not say which channel they are of.
    """
    if not files.have_times:
        return []
    contents: dict[_Key, str] = {}
    before: dict[_Key, list[IndexedFile]] = defaultdict(list)
    same_content: dict[tuple[str, str, str], list[IndexedFile]] = defaultdict(list)
    for entry in known:
        contents[entry[:5]] = entry.content
        if not entry.problem:  # which may have been mended since
            before[entry[:5]].append(entry)
            same_content[entry.file, entry.format, entry.content].append(entry)
    there = find_files(files.folder, files.follow_links)
    result = [
        IndexedFile(_relative(path, files), 0, 0, 0, files.format, "", problem=problem)
        for path, problem in there.problems.items()
    ]
    for path in track(there.paths, "headers of the source", "files"):
        try:
            status = path.stat()
        except FileNotFoundError:  # it has been moved or removed meanwhile
            continue
        file = _relative(path, files)
        times = (status.st_mtime_ns, status.st_ctime_ns)
        key = (file, status.st_size, *times, files.format)
        if unchanged := before.get(key):
            result.extend(unchanged)
            continue
        content = contents.get(key) or digest_of_content(path)
        if touched := same_content.get((file, files.format, content)):
            result.extend(
                entry._replace(size=key[1], modified=key[2], status_changed=key[3])
                for entry in touched
            )
        else:
            result.extend(_read_headers(path, files, key, content))
    problems = [entry.problem for entry in result if entry.problem]
    if problems:
        log.warning(
            "%d of the files in %s cannot be read as %s, or not all of them; the first: %s",
            len(problems), files.folder, files.format, problems[0],
        )  # fmt: skip
    return result


def _relative(path: Path, files: WaveformFiles) -> str:
    return str(path.relative_to(files.folder))


def _read_headers(path: Path, files: WaveformFiles, key: _Key, content: str) -> list[IndexedFile]:
    try:
        extents, problem = files.headers(path)
    except RejectedEvent as error:
        return [IndexedFile(*key, content, problem=error.detail)]
    said = IndexedFile(*key, content, problem=problem)
    return [
        said._replace(
            channel=each.channel,
            start=str(each.start),
            end=str(each.end),
            sampling_rate=each.sampling_rate,
        )
        for each in extents
    ] or [said]


def write_index(path: str | Path, entries: Iterable[IndexedFile]) -> None:
    """Write an index as a table (CSV)."""
    write_sealed_csv(path, IndexedFile._fields, entries)


def read_index(path: str | Path, channels: Iterable[str] | None = None) -> list[IndexedFile]:
    """Read what `write_index` wrote.

    Parameters
    ----------
    path : str or Path
    channels : iterable of str, optional
        Leave out the files of other channels, but for the first of each.

    Returns
    -------
    list of IndexedFile

    Raises
    ------
    OSError
        If there is no such file, or it is damaged or of another version.
    """
    wanted = None if channels is None else set(channels)
    entries, others = [], set()
    for row in read_sealed_csv(path, IndexedFile._fields):
        values: dict[str, Any] = dict(row)
        for name in ("size", "modified", "status_changed"):
            values[name] = int(row[name])
        entry = IndexedFile(**values | {"sampling_rate": float(row["sampling_rate"])})
        is_wanted = wanted is None or entry.channel in wanted or entry.problem
        if is_wanted or entry.channel not in others:
            entries.append(entry)
        others.add(entry.channel)
    return entries
