"""The map by UMAP: the same each time, of any number of events, and only if it is asked for."""

import sys

import numpy as np
import pytest
from helpers.clusters import blobs
from helpers.explorer_parts import decode_part, parts_of_page
from helpers.report import options_of, write_results

from specufex_pipe.errors import StageError
from specufex_pipe.report.explorer import umap_map
from specufex_pipe.report.explorer.umap_map import map_by_umap
from specufex_pipe.settings import ReportSettings
from specufex_pipe.stages import explorer

LABELS = [1, 2] * 11


def write_page(folder, labels, umap):
    paths, *_ = write_results(folder, labels)
    explorer.run(ReportSettings(umap=umap), folder / "explorer.html", **options_of(paths))
    return parts_of_page((folder / "explorer.html").read_text(encoding="utf-8"))


@pytest.mark.endurance
def test_events_that_are_alike_are_beside_each_other_whether_learned_from_or_not(monkeypatch):
    monkeypatch.setattr(umap_map, "_MOST_LEARNED", 90)
    monkeypatch.setattr(umap_map, "_BLOCK", 20)
    points, groups = blobs((60, 50, 40))
    found = map_by_umap(points.astype(np.float32))
    assert np.isfinite(found).all()
    centers = np.array([found[groups == group].mean(axis=0) for group in range(3)])
    distances = np.linalg.norm(found[:, None] - centers, axis=2)
    assert (distances.argmin(axis=1) == groups).all()
    np.testing.assert_array_equal(found, map_by_umap(points.astype(np.float32)))


@pytest.mark.endurance
def test_events_that_are_all_alike_have_a_map(monkeypatch):
    monkeypatch.setattr(umap_map, "_MOST_LEARNED", 30)
    assert np.isfinite(map_by_umap(np.ones((40, 3), np.float32))).all()


@pytest.mark.endurance
def test_the_map_is_two_columns_of_the_page(tmp_path):
    run, parts = write_page(tmp_path, LABELS, umap=True)
    places = {column["key"]: place for place, column in enumerate(run["columns"])}
    titles = [run["columns"][places[key]]["title"] for key in ("first_umap", "second_umap")]
    assert titles == ["UMAP 1", "UMAP 2"]
    expected = map_by_umap(decode_part(parts["points"])["values"])
    for place, key in enumerate(("first_umap", "second_umap")):
        found = decode_part(parts[f"column/{places[key]}"])["values"]
        np.testing.assert_array_equal(found, expected[:, place].astype(np.float32))


def test_few_events_have_no_map(tmp_path):
    assert map_by_umap(np.ones((19, 3), np.float32)) is None
    run, _ = write_page(tmp_path, [1, 1, 2], umap=True)
    assert "first_umap" not in {column["key"] for column in run["columns"]}


def test_without_being_asked_for_there_is_no_map(tmp_path):
    run, _ = write_page(tmp_path, LABELS, umap=False)
    assert "first_umap" not in {column["key"] for column in run["columns"]}


def test_what_to_install_is_said_before_anything_is_read(tmp_path, monkeypatch):
    paths, *_ = write_results(tmp_path, LABELS)
    paths.waveforms.unlink()
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(StageError, match=r'needs umap-learn: pip install "specufex_pipe\[umap\]"'):
        explorer.run(ReportSettings(umap=True), tmp_path / "explorer.html", **options_of(paths))
