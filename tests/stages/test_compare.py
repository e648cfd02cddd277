"""The command that holds two finished results side by side, whatever made them."""

import numpy as np
import pytest

from specufex_pipe.errors import StageError
from specufex_pipe.stages import compare
from specufex_pipe.store import Assignments, read_csv, write_assignments


def write_result(folder, clusters):
    """Write the assignments of events by id."""
    labels = np.array([*clusters.values()])
    zeros = np.zeros(len(clusters))
    found = Assignments(
        event_ids=list(clusters), clusters=labels, memberships=zeros,
        second_clusters=np.zeros_like(labels), second_memberships=zeros, silhouettes=zeros,
        distances=zeros, are_outside=labels == 0, are_new=labels == 0,
    )  # fmt: skip
    write_assignments(folder / "assignments.h5", found, settings={}, inputs={})
    return folder


@pytest.fixture
def results(tmp_path):
    # The first has six events, of which the second lacks two, and an event of no cluster.
    first = write_result(tmp_path / "A", {"a": 1, "b": 1, "c": 2, "d": 2, "e": 3, "f": 0})
    second = write_result(tmp_path / "B", {"d": 1, "c": 1, "b": 2, "a": 2})
    return first, second


def test_clusters_that_differ_in_their_numbers_alone_agree(results, capsys):
    compare.run(*results)
    printed = capsys.readouterr().out
    assert "Adjusted Rand index 1.000" in printed
    assert "4 events are in both." in printed


def test_events_and_clusters_are_counted_for_each_result_as_a_whole(results, capsys):
    compare.run(*results)
    printed = capsys.readouterr().out
    assert f"A: {results[0]}, 6 events in 3 clusters" in printed
    assert f"B: {results[1]}, 4 events in 2 clusters" in printed


def test_the_cross_table_counts_the_events_that_both_have(results, tmp_path, capsys):
    compare.run(results[0] / "assignments.h5", results[1], output=tmp_path / "table.csv")
    assert read_csv(tmp_path / "table.csv") == [
        {"cluster": "1", "1": "0", "2": "2"},
        {"cluster": "2", "1": "2", "2": "0"},
    ]


def test_results_without_a_common_event_are_refused(results, tmp_path):
    other = write_result(tmp_path / "other", {"x": 1, "y": 2})
    with pytest.raises(StageError, match="no event"):
        compare.run(results[0], other)
