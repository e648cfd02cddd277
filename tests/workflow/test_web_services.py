"""A run whose events, stations and waveforms all come from web services."""

import pytest
from helpers.downloads import data_centre
from helpers.events import make_event
from helpers.fdsn_misbehaviours import answer, by_lines
from helpers.fdsn_stubs import TEXT, DataCentreStub, Reply, serving
from helpers.paths import REPOSITORY
from helpers.stations import make_inventory
from helpers.workflow import (
    CHANNELS,
    jobs,
    read_csv,
    small_settings,
    snakemake,
    write_settings,
)
from obspy import UTCDateTime

from specufex_pipe.store import FrameStore, read_rejections

pytestmark = [pytest.mark.endurance, pytest.mark.soak]

N_EVENTS = 40
GOOD, BAD = CHANNELS
SHARD = "results/{}/main/shards/0000{}/waveforms.h5"
AGAIN = ("--config", "download={ask_again: true, attempts: 1}")


@pytest.fixture(scope="module")
def services():
    """The demonstration's first events, its stations, and its waveforms."""
    rows = read_csv(REPOSITORY / "resources/demo/catalog.csv")[:N_EVENTS]
    events = [
        make_event(f"smi:org.example/{number}", UTCDateTime(row["time"]))
        for number, row in enumerate(rows)
    ]
    with (
        serving(DataCentreStub(events, make_inventory(*CHANNELS))) as stub,
        data_centre(REPOSITORY / "resources/demo/waveforms") as centre,
    ):
        yield stub, centre


@pytest.fixture(scope="module")
def started(tmp_path_factory, services):
    """A folder in which the workflow has run while one of two channels failed."""
    folder, (stub, centre) = tmp_path_factory.mktemp("run"), services
    catalog = {
        "type": "fdsn", "service": stub.address,
        "starttime": "2010-09-01", "endtime": "2010-09-02",
    }  # fmt: skip
    settings = small_settings(
        channels=[GOOD, BAD],
        catalog=catalog,
        stations={"service": stub.address},
        source={"type": "fdsn", "service": centre.address},
        background={"n_windows": 20},
        shard_size=20,
    )
    write_settings(folder, settings)
    centre.rule = by_lines({f"{BAD.split('.')[1]} 00 HHZ": answer(400, "Bad luck")})
    first = snakemake(folder)
    centre.rule = None
    return folder, first


def asked_of(stub, centre):
    return len(stub.requests), len(centre.asked)


def modified(folder):
    """Return when each file of the results was changed."""
    files = [*folder.glob("results/*.h5"), *folder.glob("results/*/main/**/*.h5"),
             *folder.glob("results/*/main/report.html")]  # fmt: skip
    return {path: path.stat().st_mtime_ns for path in files}


def test_what_others_have_is_finished_while_a_channel_fails(started):
    folder, first = started
    assert first.returncode != 0
    assert (folder / f"results/{GOOD}/main/report.html").exists()
    rejected = read_csv(folder / f"results/{BAD}/main/rejected.csv")
    assert len(rejected) == N_EVENTS
    assert all("Bad luck" in row["detail"] for row in rejected)


def test_the_next_run_asks_for_what_failed_and_for_nothing_else(started, services):
    folder, _ = started
    _, centre = services
    shards = [folder / SHARD.format(GOOD, number) for number in range(2)]
    before, n_queries = [path.stat().st_mtime_ns for path in shards], len(centre.queries)
    run = snakemake(folder)
    assert run.returncode == 0, run.stdout
    new = [line for asked in centre.queries[n_queries:] for line in asked.lines]
    assert {line.split()[1] for line in new} == {BAD.split(".")[1]}
    assert len(new) == len(set(new))
    assert [path.stat().st_mtime_ns for path in shards] == before
    for channel in CHANNELS:
        events = read_csv(folder / f"results/{channel}/main/events.csv")
        rejected = read_csv(folder / f"results/{channel}/main/rejected.csv")
        assert len(events) + len(rejected) == N_EVENTS
        assert len(events) > N_EVENTS // 2
        assert all(row["event_id"].startswith("smi:org.example/") for row in events)


def test_a_finished_run_does_nothing_and_asks_nobody(started, services):
    folder, _ = started
    before = asked_of(*services)
    again = snakemake(folder)
    assert "Nothing to be done" in again.stdout
    assert asked_of(*services) == before


def test_a_day_file_that_is_gone_is_downloaded_anew_and_nothing_is_computed(started, services):
    folder, _ = started
    _, centre = services
    (lost,) = folder.glob(f"downloads/waveforms/*/*/*/*/{GOOD}.*")
    content, n_queries, before = lost.read_bytes(), len(centre.queries), modified(folder)
    lost.unlink()
    run = snakemake(folder)
    assert run.returncode == 0, run.stdout
    assert len(centre.queries) > n_queries
    assert lost.read_bytes() == content
    assert modified(folder) == before
    assert jobs(folder) == {}


def test_the_same_answers_leave_all_that_follows_as_it_is(started, services):
    folder, _ = started
    stub, _ = services
    before, n_requests = modified(folder), len(stub.requests)
    again = snakemake(folder, *AGAIN)
    assert again.returncode == 0, again.stdout
    assert len(stub.requests) == n_requests + 2
    assert modified(folder) == before
    assert jobs(folder) == {}


def test_a_service_that_fails_is_one_line_and_keeps_what_was_there(started, services):
    folder, _ = started
    stub, _ = services
    before = modified(folder)
    for path in ("event/1/query", "station/1/query"):
        stub.replies[path] = lambda *_: Reply(503, b"we are back at noon", TEXT)
    again = snakemake(folder, *AGAIN)
    assert again.returncode != 0
    assert f"error: download_events: catalog: {stub.address}" in again.stdout
    assert "Traceback" not in again.stdout.split("What went wrong:")[1]
    n_asked = asked_of(*services)
    later = snakemake(folder)
    assert later.returncode == 0, later.stdout
    assert asked_of(*services) == n_asked
    assert modified(folder) == before
    assert jobs(folder) == {}


def test_a_new_event_is_asked_for_and_old_shards_stay(started, services):
    folder, _ = started
    stub, centre = services
    stub.replies.clear()
    row = read_csv(REPOSITORY / "resources/demo/catalog.csv")[N_EVENTS]
    stub.events.append(make_event("smi:org.example/more", UTCDateTime(row["time"])))
    first = folder / SHARD.format(GOOD, 0)
    before, n_queries = first.stat().st_mtime_ns, len(centre.queries)
    # As far as it takes to see which shards there are.
    run = snakemake(folder, f"results/{GOOD}/main/rejected.csv", *AGAIN)
    assert run.returncode == 0, run.stdout
    assert len(centre.queries) > n_queries
    assert first.stat().st_mtime_ns == before
    new = folder / SHARD.format(GOOD, 2)
    with FrameStore(new, "waveforms") as store:
        found = store.event_ids
    rejected = [each.event_id for each in read_rejections(new, "waveforms")]
    assert [*found, *rejected] == ["smi:org.example/more"]
