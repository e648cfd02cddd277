"""A download that is killed again and again ends with the bits of one that was not."""

import json
import subprocess
import time

import numpy as np
import pytest
from helpers.downloads import (
    OTHER,
    WINDOWS,
    data_centre,
    files_of,
    stage_command,
    write_days,
    write_events,
)
from helpers.fdsn_misbehaviours import never_answer
from helpers.waveforms import CHANNEL
from obspy import UTCDateTime

from specufex_pipe.sources.request_index import RequestIndex

pytestmark = pytest.mark.endurance
N_DAYS, N_KILLS = 24, 20


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    folder = tmp_path_factory.mktemp("days")
    write_days(folder, N_DAYS)
    with data_centre(folder) as centre:
        yield centre


def command(folder, centre):
    """Return the stage as a command that downloads whole days."""
    source = {
        "type": "fdsn", "service": centre.address, "path": str(folder / "archive"),
        "spans": "days",
    }  # fmt: skip
    settings = {
        "source": source, "waveforms": WINDOWS, "background": {"n_windows": 0}, "download": {},
    }  # fmt: skip
    catalog = write_events(folder, *(86_400.0 * day + 600 for day in range(N_DAYS)))
    output = folder / "downloads.csv"
    return stage_command(json.dumps(settings), catalog, output, CHANNEL, OTHER)


def spans_had(folder):
    """Return what the index has, as channel, start and end in ns."""
    index = RequestIndex(folder / "archive")
    days = [UTCDateTime(2020, 1, 1 + day).date for day in range(N_DAYS)]
    return {
        (channel, request.start, request.end)
        for channel in index.channels()
        for day in days
        for request in index.of_day(channel, day)
    }


def spans_asked(queries):
    for asked in queries:
        for line in asked.lines:
            *codes, start, end = line.split()
            yield ".".join(codes), UTCDateTime(start).ns, UTCDateTime(end).ns + 1000


def test_killed_twenty_times_nothing_is_asked_twice_and_the_bits_are_the_same(tmp_path, centre):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
    subprocess.run(command(whole, centre), check=True)
    expected = files_of(whole / "archive")
    rng = np.random.default_rng(0)
    program = command(killed, centre)
    for _ in range(N_KILLS):
        had, n_queries = spans_had(killed), len(centre.queries)
        # Before the first answer, or while the first is written.
        last = n_queries + int(rng.integers(2))
        centre.rule = lambda asked, last=last: never_answer if len(centre.queries) > last else None
        process = subprocess.Popen(program)
        while len(centre.queries) <= last:
            assert process.poll() is None, "the download ended before it could be killed"
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.3))
        process.kill()
        process.wait()
        assert not had & set(spans_asked(centre.queries[n_queries:]))
    centre.rule = None
    had, n_queries = spans_had(killed), len(centre.queries)
    subprocess.run(program, check=True)
    assert not had & set(spans_asked(centre.queries[n_queries:]))
    assert files_of(killed / "archive") == expected
    assert (killed / "downloads.csv").read_bytes() == (whole / "downloads.csv").read_bytes()
