"""Each example of docs/data/files.md reads the files that it is about."""

import re

import numpy as np
import pytest
import yaml
from helpers.paths import REPOSITORY
from helpers.waveforms import START, noise, sds_path, trace, write_file, write_rows

from specufex_pipe.catalogs.table import write_event_table
from specufex_pipe.settings import read_settings
from specufex_pipe.stages import index, waveforms
from specufex_pipe.store import FrameStore

PAGE = REPOSITORY / "docs/data/files.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
MOST_LINES = 10


def save_samples(folder):
    folder.mkdir()
    np.save(folder / "a.npy", noise())


def write_linked(folder):
    write_file(folder.parent / "elsewhere/a.mseed", trace(noise()))
    folder.mkdir()
    (folder / "linked").symlink_to("../elsewhere")


# The files of each example, and what else the catalog has to say.
MAKERS = {
    "SAC": lambda folder: write_file(folder / "a.sac", trace(noise().astype("f4")), "SAC"),
    "NPY": save_samples,
    "sds": lambda folder: write_file(sds_path(folder, 1), trace(noise())),
    "follow_links": write_linked,
}


@pytest.mark.parametrize(("name", "text"), list(zip(MAKERS, EXAMPLES, strict=True)))
def test_an_example_reads_its_files(tmp_path, monkeypatch, name, text):
    assert name in text
    assert len(text.splitlines()) <= MOST_LINES
    monkeypatch.chdir(tmp_path)
    has_files = name == "NPY"
    header = "event_id,time,file" if has_files else "event_id,time"
    row = f"a,{START + 10}" + (",a.npy" if has_files else "")
    write_rows(tmp_path / "catalog.csv", [row], header)
    values = yaml.safe_load(text)
    MAKERS[name](tmp_path / values["source"]["path"])
    settings = read_settings(values)
    table = tmp_path / "catalog.h5"
    write_event_table(table, settings.catalog.open(), {})
    index.run(
        settings.source, tmp_path / "index.csv", catalog=table, channels=settings.channels,
        resolved=tmp_path / "channels.csv",
    )  # fmt: skip
    waveforms.run(
        settings.waveforms, tmp_path / "waveforms.h5", source_settings=settings.source,
        catalog=table, channel=settings.channels[0], index=tmp_path / "index.csv",
    )  # fmt: skip
    with FrameStore(tmp_path / "waveforms.h5", "waveforms") as store:
        assert store.event_ids == ["a"]
        assert store.n_frames == (6000 if has_files else 2000)
