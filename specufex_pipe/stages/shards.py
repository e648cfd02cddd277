"""Index the archive, and note for each shard of the catalog what its waveforms depend on."""

import csv
import hashlib
import logging
from datetime import timedelta
from pathlib import Path

from obspy.clients.filesystem.sds import Client as SDSClient

from specufex_pipe.catalogs.csv import Unusable, read_catalog
from specufex_pipe.catalogs.rows import read_columns, read_rows
from specufex_pipe.sources.folder import FolderSource
from specufex_pipe.sources.index import index_archive, read_index, write_index
from specufex_pipe.store import atomic_path

log = logging.getLogger(__name__)
_COLUMNS = ("channel", "shard", "state")
# A record may lie in the file of the day before or after: as far as ObsPy looks for channels of
# one sample a second.
_BORDER = 5000.0


def run(settings, output, *, channels, shard_size, index):
    """Note what the waveforms of each shard depend on.

    A shard has to be made again only when its own rows of the catalog change, or the files of the
    archive that these rows need.

    Parameters
    ----------
    settings : config.WaveformSettings
    output : str or Path
        shards.csv: channel, number of the shard, digest of rows and files.
    channels : list of str
        SEED ids.
    shard_size : int
        Rows of the catalog in a shard.
    index : str or Path
        archive.csv, the index of the archive. An older one is brought up to date.

    Raises
    ------
    StageError
        If the catalog cannot be read.
    """
    entries = _update_index(settings, Path(index))
    states = {channel: _State(settings, entries, channel) for channel in channels}
    with atomic_path(output) as temporary, temporary.open("w", newline="", encoding="utf-8") as f:
        table = csv.writer(f)
        table.writerow(_COLUMNS)
        shard = 0
        for number, event in enumerate(read_catalog(settings.catalog)):
            if number == (shard + 1) * shard_size:
                table.writerows((channel, shard, s.digest()) for channel, s in states.items())
                shard += 1
            for state in states.values():
                state.add(event)
        table.writerows((channel, shard, s.digest()) for channel, s in states.items())
    log.info(
        "%d shards, %d channels, %d files in the index", shard + 1, len(channels), len(entries)
    )


class _State:
    """Digest of what the waveforms of a shard depend on, for one channel."""

    def __init__(self, settings, entries, channel):
        self._settings, self._channel = settings, channel
        self._archive = Path(settings.archive)
        self._source = None
        if settings.layout == "files":
            self._source = FolderSource(settings.archive, settings.format, entries, channel)
        self._columns = read_columns(settings.catalog)
        self._begin()

    def digest(self):
        """Return the digest of the rows since the last call."""
        for line in sorted(self._files):
            self._hash.update(line.encode("utf-8", "surrogateescape"))
        result = self._hash.hexdigest()
        self._begin()
        return result

    def add(self, event):
        """Add a row of the catalog."""
        if isinstance(event, Unusable):
            self._hash.update(repr(event).encode())
            return
        self._hash.update(repr(event.row).encode())
        start = event.time - self._settings.before - self._settings.margin
        end = event.time - self._settings.before + self._settings.duration + self._settings.margin
        if event.file:
            self._files.add(_describe(self._archive / event.file))
        elif self._source is None:
            self._files |= {_describe(path) for path in self._days(start, end)}
        else:
            files = self._source.files(start, end)
            self._files |= {f"{f.file} {f.size} {f.modified}\n" for f in files}

    def _begin(self):
        self._hash = hashlib.blake2b(repr(self._columns).encode(), digest_size=16)
        self._files = set()

    def _days(self, start, end):
        """Return the files of an SDS archive that may have data between two times."""
        network, station, location, channel = self._channel.split(".")
        day, last = (start - _BORDER).date, (end + _BORDER).date
        while day <= last:
            yield self._archive / SDSClient.FMTSTR.format(
                year=day.year,
                doy=day.timetuple().tm_yday,
                network=network,
                station=station,
                location=location,
                channel=channel,
                sds_type="D",
            )
            day += timedelta(days=1)


def _describe(path):
    try:
        status = path.stat()
    except (OSError, ValueError):  # the waveforms' stage says what is wrong with it
        return f"{path} cannot be read\n"
    return f"{path} {status.st_size} {status.st_mtime_ns}\n"


def _update_index(settings, path):
    """Write the index of an archive, and return it; it is empty if nothing needs it."""
    entries = []
    if settings.layout == "files" and not _names_all_files(settings.catalog):
        known = read_index(path) if path.exists() else []
        entries = index_archive(settings.archive, settings.format, known)
    write_index(path, entries)
    return entries


def _names_all_files(catalog):
    columns = read_columns(catalog)
    if "file" not in columns:
        return False
    place = columns.index("file")
    return all(len(row) <= place or row[place].strip() for _, row in read_rows(catalog))
