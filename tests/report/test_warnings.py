"""What is to be distrusted of a run is said, and nothing else."""

import numpy as np
import pytest

from specufex_pipe.clustering import KMeansClustering
from specufex_pipe.rejections import Kind, Rejection
from specufex_pipe.report.warnings import (
    of_clusters,
    of_columns,
    of_few_events,
    of_rates,
    of_rejections,
)

GAPS = [Rejection(str(number), "waveforms", Kind.GAP, "") for number in range(6)]


@pytest.mark.parametrize(("n_events", "n_rejected", "expected"), [
    (6, 6, ""), (5, 6, "6 of 11 events were rejected, 6 of them for gap"), (0, 0, ""),
])  # fmt: skip
def test_most_events_rejected(n_events, n_rejected, expected):
    assert " ".join(of_rejections(n_events, GAPS[:n_rejected])).startswith(expected)
    assert bool(of_rejections(n_events, GAPS[:n_rejected])) == bool(expected)


@pytest.mark.parametrize(("n_events", "expected"), [
    (15, []), (14, ["there are only 14 events for 15 states"]),
    (1, ["there is only 1 event for 15 states"]),
])  # fmt: skip
def test_fewer_events_than_states(n_events, expected):
    assert [text.split(" of the HMM")[0] for text in of_few_events(n_events, 15)] == expected


def test_columns_that_seem_to_be_of_windows_are_named():
    columns = ["event_id", "time", "Duration", "magnitude"]
    (warning,) = of_columns(columns, {"length": "fixed", "reference": "time"})
    assert "column Duration changes no window" in warning
    assert "set waveforms.length to duration" in warning
    for length in ("duration", "file"):
        assert of_columns(columns, {"length": length, "reference": "time"}) == []


@pytest.mark.parametrize(("rates", "named"), [
    ([], None), ([100.0], None), ([100.0, 100.0], None),
    # As digitizers give them.
    ([100.0, 99.9999, 100.0041], None),
    ([250.0, 100.0, 100.001], "100 Hz (2 events), 250 Hz (1 event):"),
    ([100.0, 100.02], "100 Hz (1 event), 100.02 Hz (1 event):"),
    ([50.0, 500.0, 200.0, 200.0], "50 Hz (1 event), 200 Hz (2 events), 500 Hz (1 event):"),
])  # fmt: skip
def test_rates_at_which_events_were_recorded_are_named_where_they_differ(rates, named):
    found = of_rates(np.array(rates))
    assert len(found) == (named is not None)
    for warning in found:
        assert f"recorded at different rates, {named}" in warning
        assert f"spectrograms.fmax below {0.4 * min(rates):g} Hz" in warning


def clusters(numbers, best, n_clusters=None, **parameters):
    model = KMeansClustering(**{"n_clusters_max": numbers[-1]} | parameters)
    model.numbers_ = np.array(numbers)
    model.scores_ = np.array([0.5 if number == best else 0.1 for number in numbers])
    model.centers_ = np.zeros((n_clusters or best, 3))
    return model


@pytest.mark.parametrize(("model", "expected"), [
    (clusters([2, 3, 4], 3), ""),
    (clusters([2, 3, 4], 4), "4 clusters are best, the most that were tried"),
    (clusters([3, 4, 5], 3, n_clusters_min=3), "3 clusters are best, the fewest"),
    # There are no fewer than two.
    (clusters([2, 3, 4], 2), ""),
    # Nobody asked which number is best.
    (clusters([5], 5, n_clusters_min=5), ""),
    (clusters([1], 1, n_clusters_max=10), "there are too few different fingerprints"),
    (clusters([2, 3], 3, n_clusters_max=10), "there are too few different fingerprints"),
])  # fmt: skip
def test_a_number_of_clusters_that_the_settings_chose(model, expected):
    found = of_clusters(model)
    assert len(found) == bool(expected)
    assert "".join(found).startswith(expected)
