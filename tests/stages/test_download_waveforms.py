"""Waveforms come from a real dataselect server, whatever the data centre in front of it does."""

import json
import shutil

import numpy as np
import pytest
from helpers.downloads import (
    DAY,
    OTHER,
    RATE,
    WINDOWS,
    data_centre,
    download,
    files_of,
    source_of,
    write_days,
    write_events,
)
from helpers.fdsn_misbehaviours import (
    answer,
    answer_html,
    by_lines,
    cut_in_a_record,
    die,
    die_after,
    never_answer,
    records,
    rename,
    rewrite,
    send_half,
    shift_days,
)
from helpers.fdsn_proxy import proxy
from helpers.fdsn_restricted import Restricted
from helpers.fdsn_routers import Centre, EidaRouter, Federator
from helpers.fdsn_server import serve
from helpers.fdsn_stubs import TEXT, DataCentreStub, Reply, serving
from helpers.paths import REPOSITORY
from helpers.stations import make_inventory
from helpers.waveforms import CHANNEL, START
from obspy import UTCDateTime

from specufex_pipe.catalogs.csv import CSVCatalog
from specufex_pipe.catalogs.table import write_event_table
from specufex_pipe.downloads import asking
from specufex_pipe.errors import StageError
from specufex_pipe.rejections import RejectedEvent
from specufex_pipe.settings import WaveformSettings, read_sections
from specufex_pipe.stages import waveforms
from specufex_pipe.stages.download_waveforms import asked_and_answered
from specufex_pipe.store import FrameStore, read_rejections
from specufex_pipe.webservices.hosts import HOSTS

SECOND = 10**9
# Within a day, at a border of records, close to each other, across midnight, after the data.
EVENTS = (600.0, 5000.05, 5009.0, 40_000.0, DAY - 3.0, DAY + 7000.0)
AFTER = 3 * DAY + 100.0
NOWHERE = "XX.STA.00.HHE"


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    folder = tmp_path_factory.mktemp("days")
    return folder, write_days(folder)


@pytest.fixture(scope="module")
def server(days):
    with data_centre(days[0]) as centre:
        yield centre


@pytest.fixture
def centre(server):
    """A data centre that behaves, and has been asked for nothing yet."""
    server.rule, server.script = None, []
    server.asked.clear()
    return server


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    """Count what is slept before a service is asked again as slept."""
    monkeypatch.setattr(HOSTS, "sleep", lambda seconds: None)


@pytest.fixture
def catalog(tmp_path):
    return write_events(tmp_path, *EVENTS)


def samples(folder, centre, start, end, channel=CHANNEL):
    source = source_of(centre, folder / "archive").open()
    (found,) = source.get_waveforms(*channel.split("."), START + start, START + end).merge()
    return found.data


def lines_of(centre):
    return [line for asked in centre.queries for line in asked.lines]


def hours(row, *answers):
    return sum(float(row[name]) for name in answers)


def test_each_window_has_the_samples_of_the_data_centre(tmp_path, centre, catalog, days):
    (row,) = download(tmp_path, centre, catalog).values()
    assert hours(row, "data") == pytest.approx(float(row["hours"]), abs=1e-3)
    assert hours(row, "nothing", "refused", "failed", "too large", "hours_missing") == 0
    for event in EVENTS:
        begin, end = event - 3.0, event + 9.0
        expected = days[1][CHANNEL].slice(START + begin, START + end).data
        np.testing.assert_array_equal(samples(tmp_path, centre, begin, end), expected)


def test_all_windows_of_some_days_are_one_request(tmp_path, centre, catalog):
    download(tmp_path, centre, catalog, channels=(CHANNEL, OTHER))
    assert len(centre.queries) == 1


def test_only_the_windows_are_asked_for(tmp_path, centre, catalog):
    download(tmp_path, centre, catalog)
    seconds = 0.0
    for line in lines_of(centre):
        *codes, start, end = line.split()
        assert codes == ["XX", "STA", "00", "HHZ"]
        seconds += UTCDateTime(end) - UTCDateTime(start)
    assert seconds <= 14 * len(EVENTS)


def test_nothing_is_asked_for_twice(tmp_path, centre, catalog):
    download(tmp_path, centre, catalog)
    before, n_asked = files_of(tmp_path / "archive"), len(centre.asked)
    download(tmp_path, centre, catalog)
    assert len(centre.asked) == n_asked
    assert files_of(tmp_path / "archive") == before


@pytest.mark.parametrize("lost", ["", "requests/*/2020.002.csv", "2020/*/*/*/*.002"])
def test_a_run_notices_that_files_of_its_archive_are_gone(tmp_path, centre, catalog, lost):
    download(tmp_path, centre, catalog)
    archive, summary = tmp_path / "archive", tmp_path / "downloads.csv"
    before = files_of(archive)
    assert asked_and_answered(summary, archive) == str(START)
    for path in list(archive.glob(lost)) if lost else [archive]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert asked_and_answered(summary, archive) == ""
    download(tmp_path, centre, catalog)
    assert asked_and_answered(summary, archive) == str(START)
    assert files_of(archive) == before


def test_new_events_alone_are_asked_for(tmp_path, centre, catalog):
    download(tmp_path, centre, catalog)
    before = set(lines_of(centre))
    more = write_events(tmp_path, *EVENTS, 20_000.0)
    download(tmp_path, centre, more)
    (new,) = set(lines_of(centre)) - before
    begin, end = map(UTCDateTime, new.split()[4:])
    assert (begin, end + 1e-6) == (START + 19_996, START + 20_011)


def test_a_larger_margin_asks_for_the_rest_alone(tmp_path, centre):
    catalog = write_events(tmp_path, 600.0)
    download(tmp_path, centre, catalog)
    n_lines = len(lines_of(centre))
    download(tmp_path, centre, catalog, windows={"margin": 5.0})
    seconds = [line.split()[4:] for line in lines_of(centre)[n_lines:]]
    assert sum(UTCDateTime(end) - UTCDateTime(start) for start, end in seconds) == (
        pytest.approx(8, abs=0.01)
    )


def test_whole_days_are_downloaded_on_request(tmp_path, centre, days):
    catalog = write_events(tmp_path, 600.0, DAY + 600.0)
    (row,) = download(tmp_path, centre, catalog, source={"spans": "days"}).values()
    assert (row["days"], float(row["hours"])) == ("2", 48.0)
    assert hours(row, "hours_missing") == 0
    found = samples(tmp_path, centre, 0, 2 * DAY - 1 / RATE)
    np.testing.assert_array_equal(found, days[1][CHANNEL].data)


def test_background_is_downloaded_too(tmp_path, centre, catalog):
    (few,) = download(tmp_path, centre, catalog).values()
    (more,) = download(tmp_path, centre, catalog, n_windows=40).values()
    assert int(more["spans"]) > int(few["spans"]) + 30
    assert hours(more, "hours_missing") == 0


def test_what_a_service_does_not_have_is_known_and_not_asked_again(tmp_path, centre):
    catalog = write_events(tmp_path, 600.0, AFTER)
    (row,) = download(tmp_path, centre, catalog).values()
    assert hours(row, "nothing") > 0
    n_asked = len(centre.queries)
    download(tmp_path, centre, catalog)
    assert len(centre.queries) == n_asked
    download(tmp_path, centre, catalog, ask_again=True)
    new = [line for asked in centre.queries[n_asked:] for line in asked.lines]
    assert [line.split()[4][:10] for line in new] == ["2020-01-04"]


MISBEHAVIOURS = {
    "503": answer(503),
    "429": answer(429),
    "500": answer(500),
    "400": answer(400, "Bad request: nobody knows why"),
    "html": answer_html,
    "half": send_half,
    "dies": die_after(1000),
    "cut in a record": rewrite(cut_in_a_record),
}


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_what_failed_is_had_by_the_next_run_with_the_same_bits(tmp_path, centre, catalog, name):
    good, bad = tmp_path / "good", tmp_path / "bad"
    for folder in (good, bad):
        folder.mkdir()
        download(folder, centre, catalog)
    download(good, centre, catalog, channels=(CHANNEL, OTHER))
    centre.rule = by_lines({"HHN": MISBEHAVIOURS[name]})
    rows = download(bad, centre, catalog, channels=(CHANNEL, OTHER))
    assert hours(rows[OTHER], "failed") == pytest.approx(float(rows[OTHER]["hours"]), abs=1e-3)
    assert hours(rows[CHANNEL], "failed") == 0
    assert asked_and_answered(bad / "downloads.csv", bad / "archive") == ""
    centre.rule = None
    download(bad, centre, catalog, channels=(CHANNEL, OTHER))
    assert asked_and_answered(bad / "downloads.csv", bad / "archive") == str(START)
    assert files_of(bad / "archive") == files_of(good / "archive")


def test_a_service_that_never_answers_has_failed(tmp_path, days, catalog):
    with data_centre(days[0]) as silent:
        silent.rule = lambda asked: never_answer if asked.is_query else None
        with pytest.raises(
            StageError, match=r"no waveforms could be had: .*nothing came within 1 s"
        ):
            download(tmp_path, silent, catalog, timeout=1)


def test_restricted_data_come_with_a_password_that_is_written_nowhere(
    tmp_path, days, catalog, monkeypatch, caplog
):
    closed = lambda asked: answer(403) if asked.path.endswith("/query") else None  # noqa: E731
    password = "a secret of the tests"
    with (
        serve(days[0]) as server,
        proxy(dataselect=server, access=Restricted(users={"me": password})) as centre,
    ):
        centre.rule = closed
        (row,) = download(tmp_path, centre, catalog).values()
        assert hours(row, "refused") == pytest.approx(float(row["hours"]), abs=1e-3)
        assert "FDSN_USER" in caplog.text
        monkeypatch.setenv("FDSN_USER", "me")
        monkeypatch.setenv("FDSN_PASSWORD", password)
        (row,) = download(tmp_path, centre, catalog, ask_again=True).values()
    assert hours(row, "refused", "hours_missing") == 0
    assert password not in caplog.text
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in written if password.encode() in path.read_bytes()]


def test_a_data_centre_that_is_down_stops_a_run_without_any_data(tmp_path, centre, catalog):
    centre.rule = lambda asked: answer(503) if asked.is_query else None
    with pytest.raises(StageError, match=r"no waveforms could be had: .*503.*run again"):
        download(tmp_path, centre, catalog)


def test_a_summary_that_is_damaged_is_written_anew_without_asking(tmp_path, centre, catalog):
    download(tmp_path, centre, catalog)
    summary = tmp_path / "downloads.csv"
    whole = summary.read_bytes()
    summary.write_bytes(whole[:-5])
    assert asked_and_answered(summary, tmp_path / "archive") == ""
    centre.asked.clear()
    download(tmp_path, centre, catalog)
    assert summary.read_bytes() == whole
    assert lines_of(centre) == []


def test_a_request_that_is_too_large_is_made_smaller(tmp_path, days, catalog):
    with data_centre(days[0], request_limit=8000) as small:
        (row,) = download(tmp_path, small, catalog).values()
        assert {asked.status for asked in small.queries} == {413, 200}
    assert hours(row, "hours_missing", "too large") == 0


def test_a_restricted_channel_is_refused_and_others_come(tmp_path, centre, catalog):
    centre.rule = by_lines({"HHN": answer(403, "restricted")})
    rows = download(tmp_path, centre, catalog, channels=(CHANNEL, OTHER))
    assert hours(rows[OTHER], "refused") == pytest.approx(float(rows[OTHER]["hours"]), abs=1e-3)
    assert hours(rows[CHANNEL], "data") == pytest.approx(float(rows[CHANNEL]["hours"]), abs=1e-3)


@pytest.mark.parametrize("change", [rename(station="OTHER"), shift_days(30)])
def test_what_was_not_asked_for_is_no_data(tmp_path, centre, catalog, change, caplog):
    centre.rule = lambda asked: change if asked.is_query else None
    (row,) = download(tmp_path, centre, catalog).values()
    assert hours(row, "nothing") == pytest.approx(float(row["hours"]), abs=1e-3)
    assert "not asked for" in caplog.text
    assert not list((tmp_path / "archive").glob("2*/**/*.D.*"))


def test_records_in_another_order_or_twice_make_no_difference(tmp_path, centre, catalog):
    download(tmp_path / "plain", centre, catalog)
    centre.rule = lambda asked: rewrite(twice_backwards) if asked.is_query else None
    download(tmp_path / "odd", centre, catalog)
    assert files_of(tmp_path / "odd/archive") == files_of(tmp_path / "plain/archive")


def twice_backwards(data):
    found = records(data)
    return b"".join(map(bytes, [*reversed(found), *found]))


@pytest.fixture
def channel_days(tmp_path, monkeypatch):
    """Six of them, each asked for by a request of its own; three may come before one is written."""
    monkeypatch.setattr(asking, "_MOST_SECONDS", float(DAY))
    catalog = write_events(tmp_path, 600.0, 2 * DAY + 600.0)
    return {"catalog": catalog, "channels": (CHANNEL, OTHER), "source": {"spans": "days"}}


def test_a_budget_stops_a_download_that_goes_on_later(tmp_path, centre, channel_days):
    download(tmp_path / "whole", centre, **channel_days)
    spent = tmp_path / "spent"
    with pytest.raises(StageError, match=r"max_gigabytes 0.0001 is spent: [2-5] of 6 channel-days"):
        download(spent, centre, **channel_days, max_gigabytes=1e-4, connections=1)
    assert not (spent / "downloads.csv").exists()
    download(spent, centre, **channel_days)
    assert files_of(spent / "archive") == files_of(tmp_path / "whole/archive")


def test_a_budget_of_time_stops_a_download(tmp_path, centre, channel_days):
    with pytest.raises(StageError, match=r"download\.max_minutes 1e-06 is spent"):
        download(tmp_path, centre, **channel_days, max_minutes=1e-6, connections=1)


def test_events_that_could_not_be_had_are_rejected_with_the_answer(tmp_path, centre):
    download(tmp_path, centre, write_events(tmp_path, 600.0))
    centre.rule = by_lines({"2020-01-01T11": answer(400, "Bad luck")})
    catalog = write_events(tmp_path, 600.0, 40_000.0, AFTER)
    download(tmp_path, centre, catalog)
    waveforms.run(
        WaveformSettings(**WINDOWS),
        tmp_path / "waveforms.h5",
        source_settings=source_of(centre, tmp_path / "archive"),
        catalog=catalog,
        channel=CHANNEL,
    )
    found = read_rejections(tmp_path / "waveforms.h5", "waveforms")
    rejected = {each.event_id: each.detail for each in found}
    assert set(rejected) == {"event 1", "event 2"}
    assert "400" in rejected["event 1"]
    assert "Bad luck" in rejected["event 1"]
    assert centre.address in rejected["event 2"]


def test_channels_with_wildcards_are_those_of_the_station_service(tmp_path, days, catalog):
    inventory = make_inventory(CHANNEL, OTHER, "XX.STA.00.LHZ")
    with (
        serving(DataCentreStub((), inventory)) as stations,
        data_centre(days[0], station=stations.address) as both,
    ):
        rows = download(tmp_path, both, catalog, channels=["XX.*.*.HH?"])
        assert sorted(rows) == [OTHER, CHANNEL]
        assert asked_and_answered(tmp_path / "downloads.csv", tmp_path / "archive") == str(START)
        n_asked = len(both.asked)
        again = download(tmp_path, both, catalog, channels=["XX.*.*.HH?"])
        assert (again, len(both.asked)) == (rows, n_asked)
        with pytest.raises(StageError, match=r"channels YY\.\*\.\*\.HH\?: .*"):
            download(tmp_path, both, catalog, channels=["YY.*.*.HH?"])


def test_a_station_service_that_is_down_is_asked_again_for_wildcards(tmp_path, days, catalog):
    with (
        serving(DataCentreStub((), make_inventory(CHANNEL))) as one,
        serving(DataCentreStub((), make_inventory(OTHER))) as two,
        data_centre(days[0], station=one.address) as first,
        data_centre(days[0], station=two.address) as second,
    ):
        two.replies["station/1/query"] = lambda *_: Reply(503, b"busy", TEXT)
        known = [
            Centre("ONE", first.address, ["XX.*.*.*"]),
            Centre("TWO", second.address, ["XX.*.*.*"]),
        ]
        with proxy(routing=EidaRouter(known)) as router:
            how = {"service": "eida-routing", "url": router.address + EidaRouter.path}
            rows = download(tmp_path, first, catalog, channels=["XX.*.*.HH?"], source=how)
            assert list(rows) == [CHANNEL]
            assert asked_and_answered(tmp_path / "downloads.csv", tmp_path / "archive") == ""
            two.replies.clear()
            rows = download(tmp_path, first, catalog, channels=["XX.*.*.HH?"], source=how)
    assert sorted(rows) == [OTHER, CHANNEL]
    assert asked_and_answered(tmp_path / "downloads.csv", tmp_path / "archive") == str(START)


@pytest.fixture(scope="module")
def centres(tmp_path_factory):
    """Two data centres, each with another channel."""
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    data = [write_days(folder, channels=code) for folder, code in zip(folders, "ZN", strict=True)]
    with data_centre(folders[0]) as first, data_centre(folders[1]) as second:
        yield first, second, data[0] | data[1]


@pytest.mark.parametrize("kind", [EidaRouter, Federator])
def test_a_router_leads_to_many_data_centres(tmp_path, centres, catalog, kind):
    first, second, data = centres
    for each in (first, second):
        each.asked.clear()
    known = [Centre("ONE", first.address, [CHANNEL]), Centre("TWO", second.address, [OTHER])]
    with proxy(**{kind.path.split("/")[2]: kind(known)}) as router:
        name = "eida-routing" if kind is EidaRouter else "earthscope-federator"
        how = {"service": name, "url": router.address + kind.path}
        channels = (CHANNEL, OTHER, NOWHERE)
        rows = download(tmp_path, router, catalog, channels=channels, source=how)
        assert len(router.asked) == 1
        again = download(tmp_path, router, catalog, channels=channels, source=how)
        assert len(router.asked) == 1
    assert rows == again
    assert {line.split()[3] for line in lines_of(first)} == {"HHZ"}
    assert {line.split()[3] for line in lines_of(second)} == {"HHN"}
    for channel in (CHANNEL, OTHER):
        expected = data[channel].slice(START + 597, START + 609).data
        found = samples(tmp_path, first, 597, 609, channel)
        np.testing.assert_array_equal(found, expected)
    assert hours(rows[NOWHERE], "nothing") == pytest.approx(float(rows[NOWHERE]["hours"]), abs=1e-3)


def test_a_data_centre_that_is_down_does_not_stop_what_others_have(tmp_path, centres, catalog):
    first, second, _ = centres
    known = [Centre("ONE", first.address, [CHANNEL]), Centre("TWO", second.address, [OTHER])]
    second.rule = lambda asked: die if asked.is_query else None
    with proxy(routing=EidaRouter(known)) as router:
        how = {"service": "eida-routing", "url": router.address + EidaRouter.path}
        rows = download(tmp_path, router, catalog, channels=(CHANNEL, OTHER), source=how)
    second.rule = None
    assert hours(rows[CHANNEL], "hours_missing") == 0
    assert hours(rows[OTHER], "failed") == pytest.approx(float(rows[OTHER]["hours"]), abs=1e-3)
    with pytest.raises(RejectedEvent, match=second.address):
        samples(tmp_path, first, 597, 609, OTHER)


def test_a_router_that_is_down_is_named(tmp_path, catalog):
    with proxy() as router:
        router.rule = lambda asked: answer(503)
        how = {"service": "eida-routing", "url": router.address + EidaRouter.path}
        with pytest.raises(StageError, match=rf"source\.service: {router.address}.*503"):
            download(tmp_path, router, catalog, source=how)


@pytest.mark.slow
def test_the_demonstration_is_the_same_from_a_web_service(tmp_path):
    """Its waveforms come out with the bits that those of its folder have."""
    demo = REPOSITORY / "resources/demo"
    table, channel = tmp_path / "catalog.h5", "YA.UV05.00.HHZ"
    write_event_table(table, CSVCatalog(str(demo / "catalog.csv")), {})
    settings = WaveformSettings()
    with data_centre(demo / "waveforms") as centre:
        download(tmp_path, centre, table, channels=[channel], windows=settings.model_dump())
        sources = {
            "web": source_of(centre, tmp_path / "archive"),
            "folder": read_sections(
                json.dumps({"source": {"type": "folder", "path": str(demo / "waveforms")}})
            )["source"],
        }
        assert centre.queries
    for name, source in sources.items():
        output = tmp_path / f"{name}.h5"
        waveforms.run(settings, output, source_settings=source, catalog=table, channel=channel)
    with (
        FrameStore(tmp_path / "web.h5", "waveforms") as web,
        FrameStore(tmp_path / "folder.h5", "waveforms") as folder,
    ):
        assert web.event_ids == folder.event_ids
        assert web.n_events > 400
        samples = [each.read(range(each.n_events)).frames for each in (web, folder)]
        np.testing.assert_array_equal(*samples)
