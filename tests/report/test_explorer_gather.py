"""What the explorer shows is what is in the files of a run, however poor these are."""

import shutil

import numpy as np
import pytest
from helpers.explorer_parts import decode_part, parts_beside, parts_of_page
from helpers.report import (
    ATTRIBUTES,
    HOSTILE_ID,
    N_FRAMES,
    N_FREQUENCIES,
    N_SAMPLES,
    N_STATES,
    digest_of_file,
    options_of,
    write_results,
    write_tables,
)

from specufex_pipe.errors import StageError
from specufex_pipe.features.files import load_joiner
from specufex_pipe.numerics.geography import distances_and_azimuths, middle_of
from specufex_pipe.plotting.style import cluster_color, contrasting_color
from specufex_pipe.report.events import gather_events
from specufex_pipe.report.explorer import gather as gathering
from specufex_pipe.report.explorer import writing
from specufex_pipe.report.explorer.gather import explore
from specufex_pipe.settings import ReportSettings
from specufex_pipe.stages import explorer
from specufex_pipe.store import Background, FrameStore, read_assignments, write_background

LABELS = [1, 2, 1, 1, 2, 0, 1, 2]
PLACES = {
    "latitude": ["42.0", "42.1", "", "42.3", "95", "42.2", "42.0", "42.1"],
    "longitude": ["13.0", "13.1", "13.2", "13.3", "13.4", "13.2", "13.1", "13.0"],
    "depth": ["1", "2", "3", "-9999", "5", "6", "7", "8"],
    "magnitude": ["0.5", "", "1.5", "", "2", "1e300", "1", "3"],
}


def explored_of(folder, labels, *, background=None, **options):
    """Return what the explorer shows of a run, and its files."""
    paths, *_ = write_results(folder, labels, **options)
    return explore(paths, gather_events(paths, background=background)), paths


def columns_of(found):
    keys = [column.key for column in found.columns]
    assert len(set(keys)) == len(keys)
    return {column.key: column for column in found.columns}


def write_page(folder, labels, *, settings=None, **options):
    """Run the stage; return what the page knows of its run, and the parts in it."""
    paths, *_ = write_results(folder, labels, **options)
    explorer.run(ReportSettings(**(settings or {})), folder / "explorer.html", **options_of(paths))
    return parts_of_page((folder / "explorer.html").read_text(encoding="utf-8"))


def test_events_are_in_the_order_of_the_assignments_with_all_that_is_known_of_each(tmp_path):
    found, paths = explored_of(tmp_path, LABELS, columns=PLACES)
    assigned, columns = read_assignments(paths.assignments), columns_of(found)
    assert found.event_ids == assigned.event_ids
    assert found.n_clusters == 2
    expected = {
        "cluster": LABELS,
        "membership": assigned.memberships,
        "second_cluster": assigned.second_clusters,
        "second_membership": assigned.second_memberships,
        "outside": np.zeros(8),
        # Of an event in no cluster there is no silhouette.
        "silhouette": np.where(np.array(LABELS) > 0, assigned.silhouettes, np.nan),
        # The first waveform had no spectrogram.
        "peak_amplitude": ATTRIBUTES[1:9, 0],
    }
    for key, values in expected.items():
        np.testing.assert_allclose(columns[key].values, values, rtol=1e-6, err_msg=key)
    first = np.datetime64("2020-01-01", "ms").astype(np.int64)
    assert columns["time"].values.tolist() == [first + 60_000 * each for each in range(8)]
    assert columns["peak_amplitude"].is_logarithmic
    assert (columns["peak_amplitude"].title, columns["peak_amplitude"].unit) == (
        "Peak amplitude", "m/s",
    )  # fmt: skip


def test_columns_are_of_types_that_take_no_more_room_than_they_need(tmp_path):
    dtypes = {"time": "float64", "number": "float32", "cluster": "uint16", "flag": "uint8"}
    found, _ = explored_of(tmp_path, LABELS, columns=PLACES)
    assert {each.kind: each.values.dtype.name for each in found.columns} == dtypes
    assert all(each.values.dtype.name == dtypes[each.kind] for each in found.columns)
    assert found.points.dtype == np.float32


def test_places_and_magnitudes_are_nan_where_there_are_none(tmp_path):
    found, _ = explored_of(tmp_path, LABELS, columns=PLACES)
    columns, nan = columns_of(found), np.nan
    expected = {
        "latitude": [42.0, 42.1, nan, 42.3, nan, 42.2, 42.0, 42.1],
        "longitude": [13.0, 13.1, nan, 13.3, nan, 13.2, 13.1, 13.0],
        "depth": [1, 2, 3, nan, 5, 6, 7, 8],
        # 1e300 is none of single precision.
        "magnitude": [0.5, nan, 1.5, nan, 2, nan, 1, 3],
    }
    for key, values in expected.items():
        np.testing.assert_allclose(columns[key].values, values, rtol=1e-6, err_msg=key)


def test_events_are_along_the_section_of_the_report(tmp_path):
    paths, *_ = write_results(tmp_path, LABELS, columns=PLACES)
    events = gather_events(paths)
    there = [0, 1, 5, 6, 7]
    latitudes, longitudes = events.places.latitudes[there], events.places.longitudes[there]
    distances, azimuths = distances_and_azimuths(
        *middle_of(latitudes, longitudes), latitudes, longitudes
    )
    # Along 45 degrees or so: what is nearer to A' is so in the column too.
    along = columns_of(explore(paths, events))["along_section"].values
    assert np.flatnonzero(np.isfinite(along)).tolist() == there
    angles = np.arange(180)[:, None]
    every = distances * np.cos(np.deg2rad(azimuths - angles))
    longest = every[np.argmax((every**2).sum(axis=1))]
    np.testing.assert_allclose(along[there], longest, atol=1e-3)


def test_without_places_depths_or_magnitudes_there_are_no_columns_of_them(tmp_path):
    of_places = {"latitude", "longitude", "depth", "along_section", "magnitude"}
    found, _ = explored_of(tmp_path / "none", LABELS)
    assert found.places is None
    assert not of_places & set(columns_of(found))
    flat = {key: PLACES[key] for key in ("latitude", "longitude")}
    found, _ = explored_of(tmp_path / "flat", LABELS, columns=flat)
    assert of_places & set(columns_of(found)) == {"latitude", "longitude"}
    deep = {"depth": PLACES["depth"]}
    found, _ = explored_of(tmp_path / "deep", LABELS, columns=deep)
    assert of_places & set(columns_of(found)) == {"depth"}


def test_points_are_those_that_were_clustered(tmp_path):
    found, paths = explored_of(tmp_path, LABELS, n_nmfs=2)
    joiner = load_joiner(paths.clusters)
    with FrameStore(paths.fingerprints, "fingerprints") as store:
        prints = store.array("fingerprints")
    blocks = [{"fingerprints": prints, "peak_amplitude": ATTRIBUTES[1:9, 0]}] * 2
    features = joiner.transform(blocks)
    # The axes of these runs are the last feature, and the one before it.
    expected = (features - features.mean(axis=0))[:, [-1, -2]]
    np.testing.assert_allclose(found.points, expected, atol=1e-6)
    columns = columns_of(found)
    for place, key in enumerate(("first_component", "second_component")):
        np.testing.assert_array_equal(columns[key].values, found.points[:, place])
        share = expected[:, place].var() / features.var(axis=0).sum()
        assert f"({100 * share:.0f} %)" in columns[key].title


def test_of_many_dimensions_the_first_are_taken(tmp_path, monkeypatch):
    whole, paths = explored_of(tmp_path, LABELS)
    monkeypatch.setattr(gathering, "_MOST_DIMENSIONS", 1)
    found = explore(paths, gather_events(paths))
    np.testing.assert_allclose(found.points[:, 0], whole.points[:, 0], rtol=1e-6)
    # One alone is a line.
    assert not found.points[:, 1:].any()


def test_details_are_what_the_files_have_of_each_event(tmp_path):
    n_frames = [3, 9, 4, 9, 9, 5, 9, 7]
    found, paths = explored_of(tmp_path, LABELS, n_frames=n_frames, n_models=2, n_nmfs=2)
    details = list(found.details(range(2, 8)))
    assert len(details) == 6
    with (
        FrameStore(paths.waveforms, "waveforms") as waveforms,
        FrameStore(paths.spectrograms, "spectrograms") as spectrograms,
        FrameStore(paths.fingerprints, "fingerprints") as fingerprints,
    ):
        for row, event in enumerate(details, start=2):
            assert event.frames.shape == (n_frames[row], N_FREQUENCIES)
            np.testing.assert_array_equal(event.samples, waveforms.read([row + 1]).frames)
            np.testing.assert_array_equal(event.frames, spectrograms.read([row]).frames)
            states = fingerprints.read([row]).frames
            np.testing.assert_array_equal(event.state_probabilities, states)
            np.testing.assert_array_equal(
                event.fingerprint, fingerprints.array("fingerprints")[row, 0]
            )


def test_details_are_read_by_the_batch_without_a_gap(tmp_path):
    found, paths = explored_of(tmp_path, [1, 2] * 30)
    with FrameStore(paths.spectrograms, "spectrograms") as store:
        expected = list(store.read(range(60)).events())
    frames = [event.frames for event in found.details(range(60))]
    np.testing.assert_array_equal(np.array(frames), np.array(expected))


def test_ends_of_the_scales_leave_few_values_beyond_them(tmp_path):
    found, paths = explored_of(tmp_path, LABELS)
    with FrameStore(paths.spectrograms, "spectrograms") as store:
        frames = store.read(range(8)).frames
    assert found.spectrogram_end == 5 * np.ceil(np.percentile(frames, 98) / 5)
    largest = [event.fingerprint.max() for event in found.details(range(8))]
    assert min(largest) < found.fingerprint_end < max(largest)


def test_clusters_have_their_colours_and_what_is_said_of_them(tmp_path):
    found, paths = explored_of(tmp_path, [1, 1, 3, 3, 1, 0])
    assert [(each.number, each.n_events, each.word) for each in found.clusters] == [
        (0, 1, ""), (1, 3, "steady"), (3, 2, "weak"),
    ]  # fmt: skip
    assert [each.stability for each in found.clusters] == [0, 0.96, pytest.approx(0.76)]
    for each in found.clusters:
        assert each.color == cluster_color(each.number)
        assert each.ink == contrasting_color(each.color)
    assert found.said[0] == "3 clusters."
    assert found.digest == digest_of_file(paths.assignments)
    assert found.clusters_digest == digest_of_file(paths.clusters)


def test_where_no_clusters_were_found_all_events_are_in_none_and_nothing_is_sure(tmp_path):
    found, _ = explored_of(tmp_path, [1, 1, 1, 1], place=None)
    columns = columns_of(found)
    assert found.n_clusters == 0
    assert found.said[0].startswith("No clusters")
    assert [(each.number, each.n_events) for each in found.clusters] == [(0, 4)]
    assert not columns["cluster"].values.any()
    assert not columns["second_cluster"].values.any()
    for key in ("membership", "silhouette", "second_membership"):
        assert np.isnan(columns[key].values).all()


def test_background_is_said_as_in_the_report(tmp_path):
    paths, *_ = write_results(tmp_path, [1, 1, 1, 2, 2])
    windows = np.full(40, 2)
    held = Background(windows, windows, np.ones(40), windows == 0, 40)
    inputs = {"clusters": digest_of_file(paths.clusters)}
    path = tmp_path / "background.h5"
    write_background(path, held, settings={"n_windows": 40, "random_state": 7}, inputs=inputs)
    said = explore(paths, gather_events(paths, background=path)).said
    assert said[-1].startswith("Of 40 windows without events, 100 % fall into cluster 2")


def test_events_that_were_assigned_to_kept_clusters_are_shown(tmp_path):
    kept, *_ = write_results(tmp_path / "earlier", [1, 1, 2, 2, 2, 3])
    paths, *_ = write_results(tmp_path / "later", LABELS)
    shutil.copy(kept.clusters, paths.clusters)
    write_tables(paths, read_assignments(paths.assignments).event_ids, LABELS, {})
    found = explore(paths, gather_events(paths))
    assert found.n_clusters == 3
    assert "They are kept from an earlier run" in found.said[1]
    assert [each.number for each in found.clusters] == [0, 1, 2]
    assert len(found.points) == len(LABELS)


def test_files_of_different_runs_are_refused(tmp_path):
    paths, *_ = write_results(tmp_path / "one", LABELS)
    others, *_ = write_results(tmp_path / "other", [1, 2, 3])
    options = options_of(paths) | {"assignments": others.assignments}
    with pytest.raises(StageError, match=r"made with (an)?other"):
        explorer.run(ReportSettings(), tmp_path / "explorer.html", **options)
    assert not (tmp_path / "explorer.html").exists()


def test_one_event_has_a_page(tmp_path):
    columns = {"latitude": ["-16"], "longitude": ["180"], "depth": ["1"], "magnitude": ["0"]}
    run, parts = write_page(tmp_path, [1], place=None, columns=columns)
    assert (run["n_events"], run["n_clusters"], run["n_drawn"]) == (1, 0, 1)
    assert decode_part(parts["ids/0"])["ids"] == ["event 0"]
    keys = [column["key"] for column in run["columns"]]
    along = decode_part(parts[f"column/{keys.index('along_section')}"])["values"]
    assert along.tolist() == [0]


def test_an_event_of_one_frame_has_a_page(tmp_path):
    _, parts = write_page(tmp_path, [1, 1, 2], n_frames=[1, 1, 1])
    assert decode_part(parts["picture/0"])["widths"].tolist() == [1, 1, 1]


def test_hostile_texts_of_a_catalog_stand_in_the_page_as_data_alone(tmp_path):
    ids = [f"{HOSTILE_ID}{number}" for number in range(3)]
    _, parts = write_page(tmp_path, [1, 1, 2], event_ids=ids)
    assert decode_part(parts["ids/0"])["ids"] == ids
    page = (tmp_path / "explorer.html").read_text(encoding="utf-8")
    assert HOSTILE_ID not in page
    assert "<script>alert" not in page


def test_a_page_holds_the_pictures_and_records_of_its_events(tmp_path):
    run, parts = write_page(tmp_path, LABELS)
    picture, record = decode_part(parts["picture/0"]), decode_part(parts["record/0"])
    assert picture["fingerprint"].shape == (8, N_STATES, N_STATES)
    assert picture["widths"].tolist() == record["widths"].tolist() == [N_FRAMES] * 8
    np.testing.assert_allclose(picture["duration"], N_SAMPLES / 20)
    np.testing.assert_array_equal(record["start"], -1)
    np.testing.assert_allclose(record["frame_start"], 0.25 - 1)
    np.testing.assert_allclose(record["frame_interval"], 0.5)
    assert run["event"]["frequencies"] == [1, 2, 3, 4, 5, 6]
    assert run["event"]["reference"] == "pick of P"
    assert run["event"]["waveform_unit"] == "m/s"


def test_a_stage_removes_the_data_of_the_page_before(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "_MOST_OF_RECORDS", 0)
    run, _ = write_page(tmp_path, LABELS)
    first = tmp_path / run["folder"]
    assert set(parts_beside(first)) == {"record/0"}
    run, _ = write_page(tmp_path, [*LABELS, 1])
    assert [tmp_path / run["folder"]] == list((tmp_path / "explorer_data").iterdir())
    assert not first.exists()
    monkeypatch.undo()
    run, parts = write_page(tmp_path, LABELS)
    assert run["folder"] is None
    assert "record/0" in parts
    assert not (tmp_path / "explorer_data").exists()


def test_the_same_files_make_the_same_page(tmp_path):
    pages = []
    for _ in range(2):
        write_page(tmp_path, LABELS, columns=PLACES)
        pages.append((tmp_path / "explorer.html").read_bytes())
    assert pages[0] == pages[1]
