"""Only the shards whose events or files change are made again."""

import os

import pytest
from helpers.waveforms import (
    CHANNEL,
    START,
    noise,
    sds_path,
    trace,
    write_events_of,
    write_file,
)

from specufex_pipe.errors import StageError
from specufex_pipe.settings import MemberSettings, WaveformSettings
from specufex_pipe.settings.run import Settings
from specufex_pipe.sources.index import read_index
from specufex_pipe.stages import index, shards
from specufex_pipe.store import read_sealed_csv


def source_settings(folder, source_type) -> MemberSettings:
    source = {"type": source_type, "path": str(folder / "source")}
    whole = Settings(channels=[CHANNEL], catalog={"path": "c"}, source=source)
    return whole.source


def write_record(folder, name, start):
    write_file(folder / "source" / name, trace(noise(), start=start))


def states(folder, rows, header="event_id,time", source="folder"):
    """Run index and shards with two events a shard; return the states of the shards."""
    return all_states(folder, rows, header, source)[:-1]


def state_of_all_data(folder, rows, header="event_id,time", source="folder"):
    return all_states(folder, rows, header, source)[-1]


def all_states(folder, rows, header, source):
    """Return the states of the shards, and at last that of all data."""
    table = write_events_of(folder, rows, header)
    (folder / "source").mkdir(exist_ok=True)
    settings = source_settings(folder, source)
    index.run(
        settings,
        folder / "index.csv",
        catalog=table,
        channels=[CHANNEL],
        resolved=folder / "channels.csv",
    )
    shards.run(
        WaveformSettings(),
        folder / "shards.csv",
        source_settings=settings,
        catalog=table,
        index=folder / "index.csv",
        channels=folder / "channels.csv",
        shard_size=2,
    )
    found = read_sealed_csv(folder / "shards.csv", shards.COLUMNS)
    numbers = [str(number) for number in range(len(found) - 1)]
    assert [row["shard"] for row in found] == [*numbers, shards.ALL_DATA]
    return [row["state"] for row in found]


def changed(before, after):
    """Return the numbers of the shards that have to be made again."""
    return [i for i, state in enumerate(after) if i >= len(before) or state != before[i]]


HOURS = [f"e{hour},2020-01-01T0{hour}:00:10" for hour in range(5)]


@pytest.fixture
def folder(tmp_path):
    for hour in range(5):
        write_record(tmp_path, f"{hour}.mseed", START + 3600 * hour)
    return tmp_path


def test_nothing_changed_asks_for_nothing(folder):
    assert changed(states(folder, HOURS), states(folder, HOURS)) == []


def test_new_events_change_the_last_shard_and_add_others(folder):
    before = states(folder, HOURS)
    more = [*HOURS, "e5,2020-01-01T05:00:10", "e6,2020-01-01T06:00:10"]
    assert changed(before, states(folder, more)) == [2, 3]


def test_what_else_the_catalog_says_of_an_event_changes_no_waveform(folder):
    header = "event_id,time,magnitude"
    before, after = (
        states(folder, [f"{row},{magnitude}" for row in HOURS], header) for magnitude in (1, 2)
    )
    assert before == after


def test_a_file_that_comes_goes_or_changes_asks_for_the_shards_that_it_has_data_of(folder):
    before = states(folder, HOURS)
    write_record(folder, "more.mseed", START + 3600 * 2)
    write_record(folder, "elsewhere.mseed", START + 86_400)
    assert changed(before, states(folder, HOURS)) == [1]
    before = states(folder, HOURS)
    (folder / "source/0.mseed").unlink()
    write_record(folder, "4.mseed", START + 3600 * 4 - 5)
    assert changed(before, states(folder, HOURS)) == [0, 2]


# Whether the catalog names the files, or their headers tell what is in them.
NAMED = [f"{row},{hour}.mseed" for hour, row in enumerate(HOURS)]
WAYS = [(HOURS, "event_id,time"), (NAMED, "event_id,time,file")]


@pytest.mark.parametrize(("rows", "header"), WAYS)
def test_a_file_that_is_edited_with_its_size_and_time_kept_is_read_again(folder, rows, header):
    before = states(folder, rows, header)
    path = folder / "source/2.mseed"
    content, times = bytearray(path.read_bytes()), path.stat()
    content[-100] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert changed(before, states(folder, rows, header)) == [1]


@pytest.mark.parametrize(("rows", "header"), WAYS)
def test_a_file_that_is_touched_and_no_more_asks_for_nothing(folder, rows, header):
    before = states(folder, rows, header)
    for path in (folder / "source").iterdir():
        os.utime(path, (1e9, 1e9))
        path.chmod(0o600)
    assert states(folder, rows, header) == before


def test_data_between_events_count_for_all_data_and_those_beyond_do_not(folder):
    before = state_of_all_data(folder, HOURS)
    write_record(folder, "later.mseed", START + 86_400)
    os.utime(folder / "source/2.mseed", (1e9, 1e9))
    assert state_of_all_data(folder, HOURS) == before
    write_record(folder, "between.mseed", START + 1800)
    assert state_of_all_data(folder, HOURS) != before


def test_a_row_that_repeats_one_of_another_shard_is_seen_by_both(folder):
    before = states(folder, HOURS)
    assert changed(before, states(folder, ["e4,2020-01-01T00:00:10", *HOURS[1:]])) == [0, 2]


def test_files_that_the_catalog_names_are_those_that_count(tmp_path):
    rows = [f"{row},{hour}.mseed" for hour, row in enumerate(HOURS)]
    header = "event_id,time,file"
    for hour in range(5):
        write_record(tmp_path, f"{hour}.mseed", START + 3600 * hour)
    before = states(tmp_path, rows, header)
    assert read_index(tmp_path / "index.csv") == []
    write_record(tmp_path, "more.mseed", START + 3600 * 2)
    assert changed(before, states(tmp_path, rows, header)) == []
    write_record(tmp_path, "3.mseed", START + 3600 * 3 - 5)
    assert changed(before, states(tmp_path, rows, header)) == [1]


def test_days_of_an_sds_archive_count_for_the_events_in_them(tmp_path):
    days = ["a,2020-01-01T12:00:00", "b,2020-01-02T12:00:00", "c,2020-01-03T00:00:03"]

    def write_day(day):
        write_file(sds_path(tmp_path / "source", day), trace(noise(), START))

    write_day(1)
    before = states(tmp_path, days, source="sds")
    write_day(4)
    assert changed(before, states(tmp_path, days, source="sds")) == []
    # The window of c begins on the day before.
    write_day(2)
    assert changed(before, states(tmp_path, days, source="sds")) == [0, 1]


def resolve(folder, channels):
    table = write_events_of(folder, HOURS)
    resolved = folder / "channels.csv"
    settings = source_settings(folder, "folder")
    index.run(settings, folder / "index.csv", catalog=table, channels=channels, resolved=resolved)
    return [row["channel"] for row in read_sealed_csv(resolved, index.COLUMNS)]


def test_channels_with_wildcards_stand_for_what_the_source_has(folder):
    write_file(folder / "source/n.mseed", trace(noise(), channel="HHN"))
    write_file(folder / "source/other.mseed", trace(noise(), station="B"))
    assert resolve(folder, ["XX.STA..HHZ"]) == ["XX.STA..HHZ"]
    assert resolve(folder, ["XX.STA.*.HH?"]) == ["XX.STA.00.HHN", "XX.STA.00.HHZ"]
    everything = ["XX.STA.00.HHZ", "XX.B.00.HHZ", "XX.STA.00.HHN"]
    assert resolve(folder, ["*.STA.*.HHZ", "XX.*.*.*"]) == everything
    with pytest.raises(StageError, match=r"nothing of YA\.\*\.\*\.HHZ, but XX\.B\.00\.HHZ"):
        resolve(folder, ["YA.*.*.HHZ"])
