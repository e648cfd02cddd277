"""What is said first of clusters is what was found of them."""

import numpy as np
import pytest
from helpers.clusters import learned_of

from specufex_pipe.clustering.number import Tried
from specufex_pipe.report.certainty import are_found, said_of, said_of_background, word_of
from specufex_pipe.store import Background

TRIED = Tried(
    numbers=np.array([2, 3]),
    stabilities=np.array([0.96, 0.7]),
    usual_stabilities=np.array([0.97, 0.8]),
    agreements=np.array([0.9, 0.8]),
    silhouettes=np.array([0.61, 0.4]),
    variance_ratios=np.array([9.0, 8.0]),
    null_stabilities=np.array([0.81, 0.75]),
    null_silhouettes=np.array([0.33, 0.3]),
)


def clusters(*stabilities, **changes):
    return learned_of(stabilities, **{"tried": TRIED, "place": 0} | changes)


@pytest.mark.parametrize(("stability", "word"), [
    (1.0, "steady"), (0.95, "steady"), (0.949, "rather steady"), (0.85, "rather steady"),
    (0.849, "weak"), (0.75, "weak"), (0.749, "not found again"), (0.0, "not found again"),
])  # fmt: skip
def test_a_word_for_each_stability(stability, word):
    assert word_of(stability) == word


def test_clusters_are_told_with_what_moves_and_with_what_a_gaussian_falls_into():
    number, *rest = said_of(clusters(0.98, 0.96), n_nmfs=3, n_hmms=2)
    text = " ".join(rest)
    assert number == "2 clusters."
    assert "another resample of events and NMFs, 2 % of the events would change cluster" in text
    assert "another seed would move about as many" in text
    assert "The least stable is cluster 2: it is like its match in a resample by 0.96" in text
    assert (
        "less steady (stability 0.81, here 0.96) and less clear (silhouette 0.33, here 0.61)"
        in text
    )


def test_one_hmm_is_not_drawn_again():
    text = " ".join(said_of(clusters(0.98, 0.96, moved=0.001), n_nmfs=1, n_hmms=1))
    assert "another resample of events, less than 1 % of the events" in text


def test_two_nmfs_do_not_tell_what_another_seed_moves():
    text = " ".join(said_of(clusters(0.98, 0.96), n_nmfs=2, n_hmms=2))
    assert "another resample of events and NMFs, 2 % of the events" in text
    assert "another seed may move more, of which two NMFs tell little" in text


def test_a_seed_of_the_nmf_that_is_not_tried_may_move_more():
    text = " ".join(said_of(clusters(0.98, 0.96), n_nmfs=1, n_hmms=5))
    assert "another resample of events and HMMs, 2 % of the events" in text
    assert "another seed of the NMF, which is not tried, may move more" in text


def test_clusters_of_an_earlier_run_are_said_to_be_kept():
    learned = clusters(0.98, 0.96)
    _, kept, *_ = said_of(learned, n_nmfs=1, n_hmms=5, n_kept_for=20)
    assert f"from {len(learned.points)} events; the 20 events of this run were assigned" in kept
    assert kept not in said_of(learned, n_nmfs=1, n_hmms=5)


def test_a_gaussian_that_is_as_steady_is_not_called_less_steady():
    text = " ".join(said_of(clusters(0.9, 0.8, 0.7, place=1), n_nmfs=1, n_hmms=5))
    assert (
        "no less steady (stability 0.75, here 0.70) but less clear (silhouette 0.30, here 0.40)"
        in text
    )


@pytest.mark.parametrize(("learned", "why"), [
    (clusters(1.0, tried=None, place=None), "too few different events"),
    (clusters(1.0, place=None), "steadiest are 2 groups: the least stable of them is "
     "like its match in a resample by 0.96"),
    (clusters(1.0, tried=TRIED._replace(numbers=np.array([0, 1])), place=None),
     "the method found fewer than two groups"),
])  # fmt: skip
def test_where_there_are_no_clusters_the_reason_is_said(learned, why):
    said = said_of(learned, n_nmfs=1, n_hmms=5)
    assert not are_found(learned)
    assert said[0].startswith("No clusters: ")
    assert why in " ".join(said)
    assert "would change cluster" not in " ".join(said)


def test_groups_that_are_clearer_than_a_cloud_but_not_by_enough_are_told_by_how_much():
    tried = TRIED._replace(
        silhouettes=np.full_like(TRIED.silhouettes, 0.35),
        null_silhouettes=np.full_like(TRIED.silhouettes, 0.288),
    )
    said = " ".join(said_of(clusters(1.0, tried=tried, place=None), n_nmfs=1, n_hmms=5))
    assert (
        "clearer than those of the cloud by a quarter: a silhouette above 0.360, here 0.350" in said
    )


def background(clusters, why_none=""):
    n_windows = len(clusters)
    found = np.array(clusters, dtype=int)
    return Background(found, found, np.ones(n_windows), found == 0, n_windows, why_none)


# Shares of three clusters, from 0, in 100 events.
EVENTS = np.repeat([1, 2, 3], [45, 31, 24])


@pytest.mark.parametrize(("windows", "said"), [
    ([2] * 93 + [1] * 4 + [3] * 3,
     "Of 100 windows without events, 93 % fall into cluster 2, which has 31 % of the events: it is "
     "what this station records without events."),
    ([2] * 50 + [3] * 49 + [1],
     "Of 100 windows without events, 99 % fall into clusters 2 and 3, which have 55 % of the "
     "events: they are what this station records without events."),
    ([0] * 80 + [1] * 20, "Of 100 windows without events, 80 % fall into no cluster."),
    (EVENTS,
     "100 windows without events fall into the clusters much as the events do: the clusters do not "
     "separate events from background."),
])  # fmt: skip
def test_background_is_said_to_be_in_some_clusters_in_none_or_in_all(windows, said):
    assert said_of_background(background(windows), EVENTS) == [said]


def test_a_cluster_that_most_events_are_in_is_of_background_only_if_nearly_all_of_it_is():
    events = np.repeat([1, 2], [60, 40])
    (said,) = said_of_background(background([1] * 95 + [2] * 5), events)
    assert "95 % fall into cluster 1, which has 60 % of the events" in said
    assert "do not separate" in said_of_background(background([1] * 75 + [2] * 25), events)[0]
    # A small cluster that none of the windows is in makes no background of the others.
    events = np.repeat([1, 2, 3], [48, 48, 4])
    assert "do not separate" in said_of_background(background([1, 2] * 50), events)[0]


def test_of_background_that_is_neither_apart_nor_spread_as_events_are_nothing_is_said():
    events = np.repeat([1, 2], [70, 30])
    assert said_of_background(background([1] * 44 + [2] * 56), events) == []


def test_why_there_is_no_background_is_said():
    (said,) = said_of_background(background([], "there is no room"), EVENTS)
    assert said.endswith("windows without events: there is no room.")
