"""Channels whose codes are empty in the files have results as any others."""

import pytest
from helpers.waveforms import noise, trace, write_file, write_rows
from helpers.workflow import small_settings, snakemake, write_settings


@pytest.fixture
def folder(tmp_path):
    made = trace(noise(), channel="Z")
    made.stats.network = made.stats.location = ""
    write_file(tmp_path / "source/a.sac", made, "SAC")
    write_rows(tmp_path / "catalog.csv", ["a,2020-01-01T00:00:20"])
    source = {"path": "source", "format": "SAC"}
    write_settings(tmp_path, small_settings(channels=[".STA..Z"], source=source))
    return tmp_path


def test_folders_are_seen_and_jobs_are_given_the_channel(folder):
    target = "results/_.STA..Z/main/shards/00000/waveforms.h5"
    run = snakemake(folder, target, "--printshellcmds")
    assert (folder / target).is_file(), run.stdout
    assert "--channel .STA..Z " in run.stdout
    assert not list((folder / "results").glob(".*"))
