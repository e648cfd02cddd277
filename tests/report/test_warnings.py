"""What is to be distrusted of a run is said, and nothing else."""

import numpy as np
import pytest
from helpers.clusters import learned_of

from specufex_pipe.clustering.number import Tried
from specufex_pipe.rejections import Kind, Rejection
from specufex_pipe.report.warnings import (
    of_clusters,
    of_columns,
    of_few_events,
    of_outside,
    of_rates,
    of_rejections,
)
from specufex_pipe.store import Assignments

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


def clusters(*stabilities, numbers=(2, 3, 4), place=0, beats=True, **changes):
    """Return clusters of these stabilities, of which `place` of `numbers` was chosen."""
    least, ones = np.full(len(numbers), min(stabilities, default=0.0)), np.ones(len(numbers))
    null = 0 * ones if beats else ones
    tried = Tried(np.array(numbers), least, least, ones, ones, ones, null, null)
    return learned_of(stabilities, **{"tried": tried, "place": place} | changes)


RANGE = {
    "method": "kmeans", "n_clusters": "stability", "n_clusters_min": 2, "n_clusters_max": 4,
    "n_resamples": 10,
}  # fmt: skip


@pytest.mark.parametrize(("learned", "expected"), [
    (clusters(0.99, 0.95), []),
    (clusters(1.0, tried=None, place=None), ["too few different events for clusters"]),
    (clusters(1.0, place=None), ["there are none: kmeans finds no number of clusters that is "]),
    # A method that finds the number itself may leave all events out.
    (clusters(1.0, numbers=[0], place=None), ["there are none: kmeans found fewer than two"]),
    (clusters(0.99, 0.99, beats=False), ["hardly more than what one Gaussian"]),
    (clusters(0.99, 0.90), ["cluster 2 is not steady: of the least stable, resamples find 0.90"]),
    (clusters(0.6, 0.99, 0.9, place=1), ["clusters 1, 3 are not steady: of the least stable, "
     "resamples find 0.60"]),
    (clusters(0.6, 0.99, beats=False), ["hardly more than", "cluster 1 is not steady"]),
])  # fmt: skip
def test_clusters_that_are_none_or_not_steady(learned, expected):
    found = of_clusters(learned, RANGE)
    assert len(found) == len(expected)
    assert all(text in warning for text, warning in zip(expected, found, strict=True))


@pytest.mark.parametrize(("learned", "given", "expected"), [
    (clusters(1.0, 1.0, 1.0, place=1), RANGE, ""),
    (clusters(1.0, 1.0, 1.0, 1.0, place=2), RANGE, "4 were chosen, the most that were tried"),
    (clusters(1.0, 1.0, 1.0, numbers=[3, 4]), RANGE | {"n_clusters_min": 3},
     "3 were chosen, the fewest that were tried"),
    # There are no fewer than two.
    (clusters(1.0, 1.0), RANGE, ""),
    # Nobody asked which number is best.
    (clusters(1.0, 1.0, 1.0, 1.0, numbers=[4]), RANGE, ""),
])  # fmt: skip
def test_a_number_at_the_edge_of_those_that_were_tried(learned, given, expected):
    found = of_clusters(learned, given)
    assert len(found) == bool(expected)
    assert "".join(found).startswith(expected)


@pytest.mark.parametrize(("wanted", "expected"), [
    (2, []), (3, ["there are 2, and 3 were asked for (clusters.n_clusters): hdbscan makes"]),
])  # fmt: skip
def test_fewer_clusters_than_were_asked_for(wanted, expected):
    given = {"method": "hdbscan", "n_clusters": wanted, "n_resamples": 2}
    found = of_clusters(clusters(1.0, 1.0, numbers=[2]), given)
    assert [text[: len(expected[0])] for text in found] == expected


def test_a_number_that_few_resamples_have_chosen():
    few = RANGE | {"n_resamples": 9}
    assert of_clusters(clusters(1.0, 1.0), RANGE) == []
    (chosen,) = of_clusters(clusters(1.0, 1.0), few)
    assert chosen.startswith("how many there are was decided by 9 resamples, and others may decide")
    assert of_clusters(clusters(1.0, 1.0), few | {"method": "hdbscan"}) == []
    assert of_clusters(clusters(1.0, place=None), few)[1] == chosen
    assert of_clusters(clusters(1.0, 1.0), few | {"n_clusters": "silhouette"}) == []


@pytest.mark.parametrize(("n_new", "n_outside", "expected"), [
    (0, 0, ""), (100, 0, ""), (1, 1, ""), (30, 2, ""), (100, 4, ""), (100, 7, "7 of 100 events"),
    (5, 5, "5 of 5 events"),
])  # fmt: skip
def test_more_new_events_are_unlike_all_others_than_chance_makes_them(n_new, n_outside, expected):
    events = np.arange(200)
    zeros = np.zeros(200)
    found = of_outside(Assignments(
        list(map(str, events)), np.where(events < 2, 0, 1), zeros, zeros.astype(int), zeros, zeros,
        zeros, are_outside=events < n_outside, are_new=events < n_new,
    ))  # fmt: skip
    assert len(found) == bool(expected)
    assert "".join(found).startswith(expected)
    in_none = f"{min(2, n_outside)} of them are in no cluster"
    assert all(in_none in text for text in found)
