"""A data centre of the tests over made-up days of data, and the stage that asks it."""

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from obspy import Stream

from helpers.fdsn_proxy import proxy
from helpers.fdsn_server import serve
from helpers.waveforms import CHANNEL, START, trace, write_events_of, write_file
from specufex_pipe.settings import (
    BackgroundSettings,
    DownloadSettings,
    WaveformSettings,
    read_sections,
)
from specufex_pipe.stages import download_waveforms
from specufex_pipe.store import read_sealed_csv

RATE, DAY = 20.0, 86_400
WINDOWS = {"sampling_rate": RATE, "before": 2.0, "duration": 10.0, "margin": 1.0}
OTHER = "XX.STA.00.HHN"


def write_days(folder, n_days=2, channels="ZN"):
    """Write days of noise, a file a channel-day; return all of it by channel."""
    data = {}
    for number, code in enumerate(channels):
        rng = np.random.default_rng(number)
        for day in range(n_days):
            samples = rng.normal(0, 1000, int(DAY * RATE)).astype(np.int32)
            part = trace(samples, START + day * DAY, RATE, channel=f"HH{code}")
            write_file(folder / f"HH{code}.{day}.mseed", part)
            data[part.id] = data.get(part.id, Stream()) + part
    return {channel: stream.merge()[0] for channel, stream in data.items()}


@contextmanager
def data_centre(folder, request_limit=0, **others):
    """Serve the miniSEED of a folder through a proxy, beside other services by their names."""
    with (
        serve(folder, request_limit) as server,
        proxy(dataselect=server, **others) as centre,
    ):
        yield centre


def source_of(centre, path, **changes):
    address = centre if isinstance(centre, str) else centre.address
    section = {"type": "fdsn", "service": address, "path": str(path)} | changes
    return read_sections(json.dumps({"source": section}))["source"]


def write_events(folder, *seconds):
    """Write a table of events, s after the begin of 2020; return its path."""
    rows = [f"event {number},{START + after}" for number, after in enumerate(seconds)]
    return write_events_of(folder, rows)


def download(folder, centre, catalog, channels=(CHANNEL,), source=None, windows=None, **changes):
    """Run the stage on an archive in a folder; return the rows of its summary by channel."""
    download_waveforms.run(
        source_of(centre, folder / "archive", **(source or {})),
        folder / "downloads.csv",
        waveforms_settings=WaveformSettings(**WINDOWS | (windows or {})),
        background_settings=BackgroundSettings(n_windows=changes.pop("n_windows", 0)),
        download_settings=DownloadSettings(**{"attempts": 1, "timeout": 20} | changes),
        catalog=catalog,
        channels=list(channels),
        asked=START,
    )
    rows = read_sealed_csv(folder / "downloads.csv", download_waveforms.COLUMNS)
    return {row["channel"]: row for row in rows}


def files_of(archive: Path) -> dict[str, bytes]:
    """Return the content of all files of an archive, by name."""
    files = [path for path in archive.rglob("*") if path.is_file() and path.name != ".lock"]
    return {str(path.relative_to(archive)): path.read_bytes() for path in files}


def stage_command(settings: str, catalog: Path, output: Path, *channels: str) -> list[str]:
    """Return the command line of the stage, for a process of its own."""
    return [
        sys.executable, "-m", "specufex_pipe", "download_waveforms", "--settings", settings,
        "--catalog", os.fspath(catalog), "--channels", *channels, "--output", os.fspath(output),
    ]  # fmt: skip
