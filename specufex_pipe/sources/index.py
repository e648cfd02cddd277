"""The index of a folder: which file has which channel from when to when."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from specufex_pipe.progress import track
from specufex_pipe.rejections import RejectedEvent
from specufex_pipe.sources.files import digest_of_content, list_files, read_file
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
    problem : str
        Why the file cannot be read; empty if it can.
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
    problem: str = ""


def index_folder(
    folder: str | Path, file_format: str, known: Iterable[IndexedFile] = ()
) -> list[IndexedFile]:
    """Read the headers of the files in a folder.

    Parameters
    ----------
    folder : str or Path
    file_format : str
        ObsPy's name.
    known : iterable of IndexedFile
        An older index; files that have not changed since are not read again.

    Returns
    -------
    list of IndexedFile
        In the order of the files; one for each channel in a file.
    """
    contents: dict[_Key, str] = {}
    before: dict[_Key, list[IndexedFile]] = defaultdict(list)
    same_content: dict[tuple[str, str, str], list[IndexedFile]] = defaultdict(list)
    for entry in known:
        contents[entry[:5]] = entry.content
        if not entry.problem:  # which may have been mended since
            before[entry[:5]].append(entry)
            same_content[entry.file, entry.format, entry.content].append(entry)
    result: list[IndexedFile] = []
    for path in track(list_files(folder), "headers of the source", "files"):
        try:
            status = path.stat()
        except FileNotFoundError:  # it has been moved or removed meanwhile
            continue
        file = str(path.relative_to(folder))
        times = (status.st_mtime_ns, status.st_ctime_ns)
        key = (file, status.st_size, *times, file_format)
        if unchanged := before.get(key):
            result.extend(unchanged)
            continue
        content = contents.get(key) or digest_of_content(path)
        if touched := same_content.get((file, file_format, content)):
            result.extend(IndexedFile(*key, *entry[5:]) for entry in touched)
        else:
            result.extend(_read_headers(path, key, content))
    problems = [entry.problem for entry in result if entry.problem]
    if problems:
        log.warning(
            "%d of the files in %s cannot be read as %s, the first: %s",
            len(problems), folder, file_format, problems[0],
        )  # fmt: skip
    return result


def _read_headers(path: Path, key: _Key, content: str) -> list[IndexedFile]:
    try:
        stream = read_file(path, key[-1], headonly=True)
    except RejectedEvent as error:
        return [IndexedFile(*key, content, problem=error.detail)]
    channels = defaultdict(list)
    for trace in stream:
        channels[trace.id].append(trace.stats)
    try:
        return [
            IndexedFile(
                *key,
                content,
                channel,
                str(min(stats.starttime for stats in traces)),
                str(max(stats.endtime for stats in traces)),
            )
            for channel, traces in sorted(channels.items())
        ] or [IndexedFile(*key, content)]
    except (ValueError, OverflowError) as error:  # a damaged header has a year that cannot be
        return [IndexedFile(*key, content, problem=f"{path} as {key[-1]} ({error})")]


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
        file, size, modified, status_changed, *rest = row.values()
        entry = IndexedFile(file, int(size), int(modified), int(status_changed), *rest)
        is_wanted = wanted is None or entry.channel in wanted or entry.problem
        if is_wanted or entry.channel not in others:
            entries.append(entry)
        others.add(entry.channel)
    return entries
