"""A check says on one screen what a run will find, what is wrong, and what to change."""

import re

import pytest
import yaml
from helpers.paths import REPOSITORY
from helpers.stations import write_stations
from helpers.waveforms import CHANNEL, START, noise, trace, write_file, write_rows

from specufex_pipe.__main__ import main
from specufex_pipe.checking.gather import gather
from specufex_pipe.checking.text import describe
from specufex_pipe.settings import read_settings
from specufex_pipe.store import write_arrays

ROWS = [f"e{hour},2020-01-01T0{hour}:00:20" for hour in range(4)]


@pytest.fixture
def folder(tmp_path):
    for hour in range(4):
        write_file(tmp_path / f"source/{hour}.mseed", trace(noise(), START + 3600 * hour))
    return tmp_path


def facts(folder, rows=ROWS, header="event_id,time", n_sampled=100, **settings):
    write_rows(folder / "catalog.csv", rows, header)
    given = {
        "channels": [CHANNEL],
        "catalog": {"path": str(folder / "catalog.csv")},
        "source": {"path": str(folder / "source")},
        "results": str(folder / "results"),
    }
    return gather(read_settings(given | settings), folder / "results", n_sampled)


def test_what_is_there_is_counted(folder):
    rows = [*ROWS, "late,2020-06-01", "e1,2020-01-01", "x,noon"]
    found = facts(folder, rows)
    assert (found.catalog.n_rows, found.catalog.n_events) == (7, 5)
    assert [row.kind for row in found.catalog.rejections] == ["duplicate event_id", "catalog time"]
    assert found.catalog.first == START + 20
    assert found.source.channels == [CHANNEL]
    (channel,) = found.channels
    assert (channel.n_read, len(channel.durations), dict(channel.rates)) == (5, 4, {100.0: 4})
    assert [row.kind for row in channel.rejections] == ["no data"]
    assert not (folder / "results").exists()


def test_the_first_windows_are_drawn_as_they_will_be(folder):
    found = facts(folder, ["late,2020-06-01", *ROWS], **{"waveforms.before": 3.0})
    late, first = found.drawn[:2]
    assert (late.event_id, late.samples.size) == ("late", 0)
    assert late.problem.startswith("no data: ")
    assert (first.event_id, first.samples.size, first.onset) == ("e0", 2000, 3.0)


def test_only_some_events_are_read_spread_over_the_catalog(folder):
    (channel,) = facts(folder, n_sampled=2).channels
    assert channel.n_read == 2


@pytest.mark.parametrize(("settings", "advice"), [
    ({"channels": ["XX.STA..HHZ"]}, "channels: the source has no XX.STA..HHZ; it has XX.STA.00"),
    ({"channels": ["YY.*.*.*"]}, "channels: the source has nothing of YY.*.*.*, but XX.STA.00"),
    ({"waveforms.sampling_rate": 200.0}, "half of it; such as 'e0' (recorded at 100 Hz"),
    ({"waveforms.reference": "pick"}, "(there is no pick of P at XX.STA, but of nothing)"),
    ({"waveforms.before": 30.0}, "for gap: raise waveforms.max_gap"),
    ({"waveforms": {"length": "file"}}, "windows are up to 60 s long: set waveforms.duration"),
    ({"waveforms.before": 1.0, "spectrograms.scale": "noise"},
     "XX.STA.00.HHZ: 4 of 4 events are rejected for no background: raise"),
    ({}, "there are only 4 events for 15 states"),
])  # fmt: skip
def test_what_to_change_is_said(folder, settings, advice):
    assert any(advice in each for each in facts(folder, **settings).advice)


def test_a_feature_that_the_catalog_does_not_have_is_named(folder):
    rows, header = (
        [f"{row},{number},a" for number, row in enumerate(ROWS)],
        "event_id,time,size,band",
    )
    for name, is_wrong in (("size", False), ("band", True), ("magnitude", True)):
        settings = {"clusters": {"features": {f"catalog.{name}": 1.0}}}
        advice = facts(folder, rows, header, **settings).advice
        wrong = [each for each in advice if each.startswith("clusters.features has catalog.")]
        assert bool(wrong) == is_wrong
        assert all(each.endswith("those are: size") for each in wrong)


def test_files_that_cannot_be_read_are_named(folder):
    (folder / "source/broken.mseed").write_bytes(b"not miniSEED at all")
    advice = facts(folder).advice[-1]
    assert "broken.mseed" in advice


def test_a_component_that_others_are_turned_to_need_not_be_recorded(folder):
    for hour in range(4):
        for code in ("HH1", "HH2"):
            record = trace(noise(seed=hour), START + 3600 * hour, channel=code)
            write_file(folder / f"source/{code}-{hour}.mseed", record)
    turned = {
        "channels": ["XX.STA.00.HHN"],
        "stations": str(write_stations(folder)),
        "waveforms.processing": ["demean", "rotate"],
    }
    found = facts(folder, **turned)
    assert [len(channel.durations) for channel in found.channels] == [4]
    assert not any("the source has no" in each for each in found.advice)


def test_an_empty_source_is_said_first(folder):
    for path in (folder / "source").iterdir():
        path.unlink()
    found = facts(folder)
    assert found.advice[0].startswith("the source has no files")
    assert "source    no readable file of 0" in describe(found)
    assert "the run   would fail" in describe(found)


def test_when_data_begin_and_where_windows_are_placed_is_said(folder):
    header = "event_id,time,start"
    rows = [f"{row},2020-01-01T0{hour}:00:22.5" for hour, row in enumerate(ROWS)]
    text = describe(facts(folder, rows, header, **{"waveforms.reference": "start"}))
    assert "4 files, data from 2020-01-01T00:00:00.000000Z to 2020-01-01T03:00:59.99" in text
    assert "placed 2.5 s after the time of their event" in text


def test_what_a_run_takes_grows_with_events_channels_and_length(folder):
    one = facts(folder, **{"hmm.n_states": 3}).needs
    longer = facts(folder, **{"hmm.n_states": 3, "waveforms.duration": 40.0}).needs
    assert longer.gigabytes_on_disk > 1.9 * one.gigabytes_on_disk
    assert one.minutes[0] < one.minutes[1]
    more = facts(folder, **{"hmm.n_states": 3, "hmm.n_models": 20}).needs
    assert more.minutes[0] > one.minutes[0]
    assert more.gigabytes_on_disk > one.gigabytes_on_disk
    single = facts(folder, **{"hmm.n_states": 3, "clusters.n_nmfs": 1}).needs
    assert single.minutes[0] < one.minutes[0]
    assert single.gigabytes_on_disk < one.gigabytes_on_disk
    assert facts(folder, **{"nmf.method": "seq"}).needs.minutes is None


def test_the_command_prints_one_screen_and_draws(folder, capsys):
    write_rows(folder / "catalog.csv", ROWS)
    settings = {
        "channels": ["XX.*.*.*"],
        "catalog": {"path": str(folder / "catalog.csv")},
        "source": {"path": str(folder / "source")},
        "results": str(folder / "results"),
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    picture = folder / "check.png"
    assert main(["check", "--configfile", str(path), "--picture", str(picture)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 40
    assert max(map(len, lines)) < 160
    assert lines[0].startswith("catalog   4 events in 4 rows, 2020-01-01T00:00:20")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert main(["check", "--configfile", str(path), "--variant", "seq"]) == 1
    assert main(["check", "--configfile", str(path), "--n-sampled", "0"]) == 1
    write_rows(folder / "catalog.csv", ["late,2021-01-01"])
    picture.unlink()
    assert main(["check", "--configfile", str(path), "--picture", str(picture)]) == 1
    assert not picture.exists()


def test_a_check_says_what_settings_kept_models_make_useless(folder, capsys):
    write_rows(folder / "catalog.csv", ROWS)
    settings = {
        "channels": [CHANNEL],
        "catalog": {"path": str(folder / "catalog.csv")},
        "source": {"path": str(folder / "source")},
        "results": str(folder / "results"),
        "model": "frozen",
        "clusters": {"n_nmfs": 1, "n_clusters": 4},
    }
    path, models = folder / "config.yaml", folder / "results" / CHANNEL / "main"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    command = ["check", "--configfile", str(path), "--picture", str(folder / "check.png")]
    assert main(command) == 0
    assert "nmf.h5: there is no such file" in " ".join(capsys.readouterr().out.split())
    models.mkdir(parents=True)
    for stage in ("nmf", "hmm", "clusters"):
        recorded = getattr(read_settings(settings | {"clusters": {"n_nmfs": 1}}), stage).record()
        inputs = {"hmm": ["digest"]}
        write_arrays(models / f"{stage}.h5", stage, {}, settings=recorded, inputs=inputs)
    assert main(command) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "changed under clusters has no effect: n_clusters is 4, and was 'stability'" in said


def test_a_check_names_the_row_of_a_series_that_would_stop_the_report(folder, capsys):
    write_rows(folder / "catalog.csv", ROWS)
    (folder / "rain.csv").write_text("time,rain\n2020-01-01,much\n", encoding="utf-8")
    settings = {
        "channels": [CHANNEL],
        "catalog": {"path": str(folder / "catalog.csv")},
        "source": {"path": str(folder / "source")},
        "results": str(folder / "results"),
        "report": {"series": {"Rain": str(folder / "rain.csv")}},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    assert main(["check", "--configfile", str(path), "--picture", str(folder / "check.png")]) == 1
    assert "rain.csv, line 2: rain is 'much', expected a number" in capsys.readouterr().err


@pytest.mark.parametrize("key", ["map_lines", "relief"])
def test_a_check_names_what_is_wrong_with_the_files_of_the_map(folder, capsys, key):
    write_rows(folder / "catalog.csv", ROWS)
    (folder / "grid").write_text("1 2\n3 four\n", encoding="utf-8")
    settings = {
        "channels": [CHANNEL],
        "catalog": {"path": str(folder / "catalog.csv")},
        "source": {"path": str(folder / "source")},
        "results": str(folder / "results"),
        "report": {key: str(folder / "grid")},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    assert main(["check", "--configfile", str(path), "--picture", str(folder / "check.png")]) == 1
    assert re.search(r"grid: .*expected", capsys.readouterr().err)


def test_the_demonstration_is_found_whole(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    settings = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    found = gather(read_settings(settings), REPOSITORY / "no-results", n_sampled=5)
    assert found.catalog.n_events == 468
    assert [len(channel.durations) for channel in found.channels] == [5]
