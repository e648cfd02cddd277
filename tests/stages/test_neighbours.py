"""The stage neighbours: the events that are nearest in the space of the clusters."""

import numpy as np
import pytest
from helpers.stages import CLUSTERS, run_all, run_clusters, run_fingerprints, write_spectrograms

from specufex_pipe.clustering.files import load
from specufex_pipe.errors import StageError
from specufex_pipe.features.ensemble import EnsembleJoiner
from specufex_pipe.features.reading import block_batches
from specufex_pipe.settings import NeighbourSettings
from specufex_pipe.stages import neighbours
from specufex_pipe.store import FrameStore, read_attributes, read_neighbours

N_EVENTS = 24


@pytest.fixture
def folder(tmp_path):
    write_spectrograms(tmp_path, N_EVENTS)
    run_all(tmp_path)
    run_clusters(tmp_path)
    return tmp_path


def run(folder, **settings):
    neighbours.run(
        NeighbourSettings(**settings), folder / "neighbours.h5", clusters=folder / "clusters.h5",
        fingerprints=[folder / "fingerprints.h5"],
    )  # fmt: skip
    return read_neighbours(folder / "neighbours.h5")


def test_neighbours_are_those_in_the_space_in_which_events_are_clustered(folder):
    found = run(folder, n_neighbors=5)
    with FrameStore(folder / "fingerprints.h5", "fingerprints") as store:
        assert found.event_ids == store.event_ids
        blocks = next(block_batches(CLUSTERS.features, fingerprints=[store]))
    features = EnsembleJoiner(CLUSTERS.features).fit(blocks).transform(blocks)
    points = load(folder / "clusters.h5").space.points(features)
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distances, np.inf)
    np.testing.assert_array_equal(found.neighbours, np.argsort(distances, axis=1)[:, :5])
    np.testing.assert_allclose(found.distances, np.sort(distances, axis=1)[:, :5])
    assert (found.is_exact, found.recall) == (True, 1)


def test_the_file_says_what_it_was_made_from(folder):
    run(folder)
    attributes = read_attributes(folder / "neighbours.h5")
    assert read_attributes(folder / "clusters.h5")["digest"] in attributes["inputs"]
    assert '"n_neighbors": 20' in attributes["settings"]


def test_clusters_of_other_fingerprints_are_refused(folder):
    run_fingerprints(folder, horizon=3)
    with pytest.raises(StageError, match="made with"):
        run(folder)
