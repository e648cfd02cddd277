"""A real FDSN dataselect server on loopback, portable-fdsnws-dataselect, over a folder of miniSEED.

The server finds records by a table in SQLite, which is written here. What it does (2.0.2), as
test_server.py shows:

- It serves dataselect alone; ObsPy's client wants
  service_mappings={"event": None, "station": None}.
- It trims to samples: those from the first to the last moment of a line, both included. Records
  at the edges are packed anew, those between come as they lie.
- Its answer is sorted by channel and by the start of a stretch, whatever the order of the lines.
- The same line twice is one; lines that overlap give the samples of both, so some come twice.
- Nothing is 204. Of a stretch that has a gap in it, a window in the gap would be 200 without a
  byte; the table here begins a new row at each gap, as a data centre that keeps to the standard
  answers. A window between two samples still is 200 without a byte.
- Its answer has no Content-Length and ends with the connection: one that was cut is not seen.
- More than its limit is 413. It counts bytes of whole records, before it trims them.
- It knows no users: /queryauth is 404.
"""

import configparser
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from obspy import UTCDateTime
from pymseed import NSTMODULUS, MS3Record, sourceid2nslc

# As mseedindex 1.0 writes it; the server refuses a table with other columns.
COLUMNS = (
    "network TEXT, station TEXT, location TEXT, channel TEXT, quality TEXT, starttime TEXT, "
    "endtime TEXT, samplerate REAL, filename TEXT, byteoffset INTEGER, bytes INTEGER, hash TEXT, "
    "timeindex TEXT, timespans TEXT, timerates TEXT, format TEXT, filemodtime TEXT, updated TEXT, "
    "scanned TEXT"
)
QUALITIES = {1: "R", 2: "D", 3: "Q", 4: "M"}
PATIENCE = 20.0  # s


class Record(NamedTuple):
    """A record of miniSEED: where it lies, and what is in it; times in ns."""

    channel: tuple[str, ...]
    quality: str
    rate: float
    offset: int
    length: int
    starttime: int
    endtime: int

    def continues(self, other: "Record") -> bool:
        """Tell whether the samples of another record are followed by those of this one."""
        interval = NSTMODULUS / self.rate
        return (
            self[:3] == other[:3]
            and other.offset + other.length == self.offset
            and abs(self.starttime - other.endtime - interval) < interval / 2
        )


@contextmanager
def serve(folder: Path, request_limit: int = 0) -> Iterator[str]:
    """Serve the miniSEED of a folder; yield the address, http://127.0.0.1:PORT.

    The log of the server is printed at the end, so that pytest shows it with a test that failed.

    Parameters
    ----------
    folder : Path
        Searched recursively, once: files that come later are not served.
    request_limit : int, optional
        Of bytes of an answer; 0: none.
    """
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        write_index(folder, work / "index.sqlite")
        port = free_port()
        write_settings(work / "server.ini", port, request_limit)
        address = f"http://127.0.0.1:{port}"
        with (work / "output.txt").open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "portable_fdsnws_dataselect.server", work / "server.ini"],
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_for(address, process)
            yield address
        finally:
            process.kill()
            process.wait()
            for log in ("output.txt", "server.log"):
                if (work / log).exists():
                    print((work / log).read_text(encoding="utf-8"))


def write_index(folder: Path, database: Path) -> None:
    """Write the table of the records in a folder, and that of its channels."""
    files = sorted(path for path in folder.resolve().rglob("*") if path.is_file())
    rows = [row_of(path, stretch) for path in files for stretch in stretches_of(path)]
    with sqlite3.connect(database) as connection:
        connection.execute(f"CREATE TABLE tsindex ({COLUMNS})")
        connection.executemany(f"INSERT INTO tsindex VALUES ({'?, ' * 18}?)", rows)  # noqa: S608
        connection.execute(
            "CREATE TABLE tsindex_summary AS SELECT network, station, location, channel, "
            "min(starttime) AS earliest, max(endtime) AS latest, datetime('now') AS updt "
            "FROM tsindex GROUP BY 1, 2, 3, 4"
        )
    connection.close()


def stretches_of(path: Path) -> list[list[Record]]:
    """Return the records of a file, those whose samples follow each other together."""
    stretches: list[list[Record]] = []
    for record in records_of(path.read_bytes()):
        if stretches and record.continues(stretches[-1][-1]):
            stretches[-1].append(record)
        else:
            stretches.append([record])
    return stretches


def records_of(data: bytes) -> list[Record]:
    """Return the records of miniSEED with samples in them."""
    records, offset = [], 0
    # The parser refuses a buffer that it may not write to.
    for found in MS3Record.from_buffer(bytearray(data)):
        if found.samplecnt and found.samprate > 0:
            record = Record(
                sourceid2nslc(found.sourceid), QUALITIES.get(found.pubversion, "D"),
                found.samprate, offset, found.reclen, found.starttime, found.endtime,
            )  # fmt: skip
            records.append(record)
        offset += found.reclen
    return records


def row_of(path: Path, stretch: list[Record]) -> tuple:
    """Return the row of a table for records that follow each other."""
    first, last = stretch[0], stretch[-1]
    # The server reads these times as floats, which are exact to some 0.2 microseconds, and would
    # miss a record that begins with the last sample asked for.
    times = ",".join(
        f"{(record.starttime - 1000) / NSTMODULUS:.6f}=>{record.offset}" for record in stretch
    )
    return (
        *first.channel, first.quality, time_of(first.starttime), time_of(last.endtime), first.rate,
        str(path), first.offset, last.offset + last.length - first.offset, None, times, None, None,
        "2", None, None, None,
    )  # fmt: skip


def time_of(nanoseconds: int) -> str:
    """Return a time as the server compares it, as text."""
    return str(UTCDateTime(ns=nanoseconds)).removesuffix("Z")


def write_settings(path: Path, port: int, request_limit: int) -> None:
    settings = configparser.ConfigParser()
    settings["index_db"] = {"path": "index.sqlite", "summary_table": "tsindex_summary"}
    settings["server"] = {
        "interface": "127.0.0.1", "port": str(port), "request_limit": str(request_limit),
    }  # fmt: skip
    settings["logging"] = {"path": "server.log", "level": "INFO"}
    with path.open("w", encoding="utf-8") as file:
        settings.write(file)


def free_port() -> int:
    """Return a port of loopback that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(address: str, process: subprocess.Popen) -> None:
    """Wait until a server answers.

    Raises
    ------
    RuntimeError
        If it ends, or does not answer for long.
    """
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/fdsnws/dataselect/1/version", timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{address} does not answer; exit status {process.poll()}")
