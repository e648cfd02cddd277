"""Background in the workflow: held against clusters, and made again only if its data change."""

import pytest
from helpers.archive import RATE, settings_of_archive, write_archive
from helpers.waveforms import CHANNEL, START, noise, trace, write_file
from helpers.workflow import clusters_of, jobs, snakemake, write_settings
from obspy import read

from specufex_pipe.store import read_background

pytestmark = [pytest.mark.endurance, pytest.mark.soak]


def run(folder, *options):
    """Run the workflow; return the names of the files of the variant that were written."""
    results = folder / "results" / CHANNEL / "main"
    before = {path: path.stat().st_mtime_ns for path in results.glob("*")}
    found = snakemake(folder, *options)
    assert found.returncode == 0, found.stdout
    after = {path: path.stat().st_mtime_ns for path in results.glob("*") if path.is_file()}
    return {path.name for path, time in after.items() if before.get(path) != time}


def test_background_is_held_against_clusters_and_made_again_only_if_its_data_change(tmp_path):
    write_archive(tmp_path)
    write_settings(tmp_path, settings_of_archive())
    assert "background.h5" in run(tmp_path)
    results = tmp_path / "results" / CHANNEL / "main"
    (false,) = {
        cluster for name, cluster in clusters_of(results).items() if name.startswith("false")
    }
    found = read_background(results / "background.h5")
    share = (found.clusters == false).mean()
    assert share >= 0.9
    page = " ".join((results / "report.html").read_text(encoding="utf-8").split())
    said = f"{100 * share:.0f} % fall into cluster {false}, which has 33 % of the events"
    assert f"Of {len(found.times)} windows without events, {said}" in page
    assert jobs(tmp_path) == {}

    # Data beyond the last event, and a file that was only touched.
    write_file(tmp_path / "source/late.mseed", trace(noise(60, RATE), START + 86_400, RATE))
    (tmp_path / "source/0.mseed").touch()
    assert run(tmp_path) == set()

    # A copy of what lies between two events alone.
    part = read(str(tmp_path / "source/0.mseed")).slice(START + 60, START + 70)
    write_file(tmp_path / "source/between.mseed", part)
    assert run(tmp_path) == {"background.h5", "report.html"}
    again = read_background(results / "background.h5")
    assert (again.clusters == found.clusters).all()

    frozen = ("--config", "model=frozen", "background={n_windows: 25}")
    assert run(tmp_path, *frozen) == {"background.h5", "report.html"}
    assert read_background(results / "background.h5").n_tried == 25
