"""`specufex-pipe init`: a folder that runs, with settings for a source and a kind of events."""

import json
import re

import numpy as np
import pytest
import yaml
from helpers.paths import REPOSITORY
from helpers.waveforms import CHANNEL, START, trace, write_file, write_rows
from helpers.workflow import read_csv

from specufex_pipe.commands.program import main
from specufex_pipe.commands.project import DEMONSTRATION, EVENTS, SOURCES, settings_block
from specufex_pipe.settings import Settings
from specufex_pipe.settings.document import json_schema
from specufex_pipe.settings.keys import expand_dotted


def settings_of(folder):
    return yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("events", EVENTS)
@pytest.mark.parametrize("source", [name for name in SOURCES if name != DEMONSTRATION])
def test_settings_for_every_source_and_kind_of_events_are_valid(source, events, tmp_path):
    assert main(["init", str(tmp_path / "mine"), "--source", source, "--events", events]) == 0
    found = Settings.model_validate(expand_dotted(settings_of(tmp_path / "mine")))
    assert found.source.type == source
    given = yaml.safe_load(settings_block(source, events))
    assert found.waveforms.duration == given["waveforms.duration"]
    assert "<-" in settings_block(source, events)


def write_three_events(folder, settings):
    """Write waveforms/ and catalog.csv with events that last a good part of their windows."""
    rate, duration = settings["waveforms.sampling_rate"], settings["waveforms.duration"]
    samples = np.random.default_rng(0).normal(0, 10, int(8 * duration * rate))
    time = np.arange(int(duration / 2 * rate)) / rate
    wave = np.sin(np.pi * settings["spectrograms.fmax"] * time)  # half of fmax, in Hz
    onsets = np.array([1.4, 3.4, 5.4]) * duration
    for first in (onsets * rate).astype(int):
        samples[first : first + len(wave)] += 1e4 * np.exp(-8 * time / duration) * wave
    write_file(folder / "waveforms/all.mseed", trace(samples.astype(np.int32), START, rate))
    rows = [f"{number},{START + float(onset)}" for number, onset in enumerate(onsets)]
    write_rows(folder / "catalog.csv", rows, "event_id,time")


@pytest.mark.parametrize("events", EVENTS)
def test_the_windows_of_a_kind_hold_an_event_of_that_kind(events, tmp_path, monkeypatch, capsys):
    """Three events, a decaying sinusoid each in the middle of the band, pass all checks."""
    folder = tmp_path / "mine"
    assert main(["init", str(folder), "--source", "folder", "--events", events]) == 0
    write_three_events(folder, settings_of(folder))
    config = (folder / "config.yaml").read_text(encoding="utf-8")
    changed = re.sub(r"^channels: .*$", f"channels: [{CHANNEL}]", config, flags=re.MULTILINE)
    (folder / "config.yaml").write_text(changed, encoding="utf-8")
    monkeypatch.chdir(folder)
    capsys.readouterr()
    assert main(["check"]) == 0
    assert "3 of 3 events that were tried are good" in capsys.readouterr().out


def test_the_demonstration_is_complete_without_the_repository(tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    assert main(["init", str(folder)]) == 0
    monkeypatch.chdir(folder)
    found = settings_of(folder)
    demonstration = REPOSITORY / "resources/demo"
    assert read_csv(folder / found["catalog"]["path"]) == read_csv(demonstration / "catalog.csv")
    names = {path.name for path in (folder / found["source"]["path"]).iterdir()}
    assert names == {path.name for path in (demonstration / "waveforms").iterdir()}


def test_editors_find_the_schema_that_config_yaml_names(tmp_path):
    assert main(["init", str(tmp_path / "mine")]) == 0
    first = (tmp_path / "mine/config.yaml").read_text(encoding="utf-8").splitlines()[0]
    schema = tmp_path / "mine" / first.partition("$schema=")[2]
    assert json.loads(schema.read_text(encoding="utf-8")) == json_schema()


def test_the_readme_of_a_project_names_files_that_are_there(tmp_path):
    assert main(["init", str(tmp_path / "mine")]) == 0
    readme = (tmp_path / "mine/README.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `([^`]+)`", readme, re.MULTILINE)
    assert len(named) > 3
    assert [n for n in named if not (tmp_path / "mine" / n).exists()] == ["results/"]


def test_a_folder_that_is_not_empty_is_left_as_it_is(tmp_path, capsys):
    (tmp_path / "config.yaml").write_text("mine", encoding="utf-8")
    assert main(["init", str(tmp_path)]) == 1
    assert "is not empty; give a new folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]
    assert (tmp_path / "config.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(("arguments", "message"), [
    (("init", "file"), "file is a file; give the name of a folder"),
    (("init", "a{b}"), "a{b}: Snakemake takes braces for wildcards"),
    (("init", "new", "--events", "volcano"), "the demonstration has settings of its own"),
    (("run",), "there is no config.yaml in"),
    (("report",), "there is no config.yaml in"),
    (("report", "--output", "report.pdf"), "expected a name that ends in .zip or .html"),
])  # fmt: skip
def test_a_mistake_is_one_line_that_says_what_would_be_right(
    arguments, message, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(list(arguments)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
