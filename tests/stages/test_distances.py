"""The stage distances: matrices between events, each of the distance that it says."""

import numpy as np
import pytest
from helpers.repeating_events import write_waveforms
from helpers.stages import run_all, run_clusters, write_spectrograms
from scipy.spatial.distance import squareform

from specufex_pipe.errors import StageError
from specufex_pipe.settings import DistanceSettings, NeighbourSettings
from specufex_pipe.stages import distances, neighbours
from specufex_pipe.store import FrameStore, decode_text, read_arrays, read_neighbours

N_EVENTS = 16
IDS = [f"event {number}" for number in range(N_EVENTS)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    write_spectrograms(folder, N_EVENTS)
    run_all(folder)
    run_clusters(folder)
    # An event more than has a spectrogram, and pairs of repeating ones.
    families = [0, *np.repeat(np.arange(1, N_EVENTS // 2 + 1), 2)]
    write_waveforms(
        folder / "waveforms.h5", "XX.STA.00.HHZ", ["gone", *IDS], families,
        np.zeros(N_EVENTS + 1), noise=0.0,
    )  # fmt: skip
    return folder


def run(made, folder, *kinds, **settings):
    distances.run(
        DistanceSettings(of=list(kinds), **settings), folder / "distances.h5",
        clusters=made / "clusters.h5", fingerprints=[made / "fingerprints.h5"],
        waveforms=made / "waveforms.h5", spectrograms=made / "spectrograms.h5",
    )  # fmt: skip
    arrays, _ = read_arrays(folder / "distances.h5", "distances")
    return decode_text(arrays.pop("event_id")), arrays


def test_matrices_are_of_all_events_and_of_the_kinds_that_are_asked_for(made, tmp_path):
    ids, found = run(made, tmp_path, "waveforms", "features", "spectrograms")
    assert ids == IDS
    assert set(found) == {"waveforms", "features", "spectrograms"}
    for matrix in found.values():
        assert squareform(matrix).shape == (N_EVENTS * (N_EVENTS - 1) // 2,)
    assert set(run(made, tmp_path, "features")[1]) == {"features"}


def test_features_are_as_far_as_the_neighbours_say(made, tmp_path):
    neighbours.run(
        NeighbourSettings(n_neighbors=N_EVENTS - 1), tmp_path / "neighbours.h5",
        clusters=made / "clusters.h5", fingerprints=[made / "fingerprints.h5"],
    )  # fmt: skip
    nearest = read_neighbours(tmp_path / "neighbours.h5")
    _, found = run(made, tmp_path, "features")
    told = np.take_along_axis(found["features"], nearest.neighbours, axis=1)
    np.testing.assert_allclose(told, nearest.distances, rtol=1e-5)


def test_events_with_the_same_waveform_are_at_no_distance(made, tmp_path):
    _, found = run(made, tmp_path, "waveforms")
    families = np.repeat(np.arange(N_EVENTS // 2), 2)
    same = families[:, None] == families
    np.testing.assert_allclose(found["waveforms"][same], 0, atol=1e-5)
    assert found["waveforms"][~same].min() > 0.3


def test_spectrograms_are_as_far_as_their_correlation(made, tmp_path):
    _, found = run(made, tmp_path, "spectrograms")
    with FrameStore(made / "spectrograms.h5", "spectrograms") as store:
        values = np.stack([store.read([event]).frames.ravel() for event in range(N_EVENTS)])
    np.testing.assert_allclose(found["spectrograms"], 1 - np.corrcoef(values), atol=1e-5)


def test_of_many_events_a_sample_is_taken_that_is_the_same_each_time(made, tmp_path):
    ids, found = run(made, tmp_path, "features", max_events=5)
    assert len(ids) == 5
    assert run(made, tmp_path, "features", max_events=5)[0] == ids
    all_ids, of_all = run(made, tmp_path, "features")
    places = [all_ids.index(event_id) for event_id in ids]
    np.testing.assert_allclose(found["features"], of_all["features"][np.ix_(places, places)])


def test_an_event_without_a_waveform_is_named(made, tmp_path):
    write_waveforms(tmp_path / "w.h5", "XX.STA.00.HHZ", IDS[1:], [0] * 15, np.zeros(15))
    with pytest.raises(StageError, match=r"event 'event 0' has a fingerprint, but is not in"):
        distances.run(
            DistanceSettings(of=["waveforms"]), tmp_path / "distances.h5",
            clusters=made / "clusters.h5", fingerprints=[made / "fingerprints.h5"],
            waveforms=tmp_path / "w.h5", spectrograms=made / "spectrograms.h5",
        )  # fmt: skip
