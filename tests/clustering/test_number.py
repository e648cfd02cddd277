"""How many clusters: the rules, on numbers that were made up."""

import numpy as np
import pytest

from specufex_pipe.clustering.number import NUMBER_RULES, Tried


def tried(
    stabilities,
    *,
    usual=None,
    silhouettes=None,
    ratios=None,
    null=0.5,
    null_silhouette=0.1,
    first=2,
):
    n_numbers = len(stabilities)
    return Tried(
        numbers=np.arange(first, first + n_numbers),
        stabilities=np.array(stabilities),
        usual_stabilities=np.array(stabilities if usual is None else usual),
        agreements=np.zeros(n_numbers),
        silhouettes=np.full(n_numbers, 0.4) if silhouettes is None else np.array(silhouettes),
        variance_ratios=np.zeros(n_numbers) if ratios is None else np.array(ratios),
        null_stabilities=np.broadcast_to(null, n_numbers),
        null_silhouettes=np.broadcast_to(null_silhouette, n_numbers),
    )


def test_a_few_resamples_that_miss_a_cluster_do_not_take_its_number_from_it():
    stabilities, usual = [1.0, 1.0, 0.88, 0.93, 0.84], [1.0, 1.0, 0.94, 0.96, 0.99]
    assert tried(stabilities, usual=usual).choose("stability") == 3
    assert tried(stabilities).choose("stability") == 1


@pytest.mark.parametrize(
    ("stabilities", "expected"),
    [
        # The largest number whose clusters are all steady, though a smaller is steadier.
        ([1.0, 0.99, 0.96, 0.7], 2),
        ([0.9, 0.7, 0.95, 0.949], 2),
        # Without one, the steadiest.
        ([0.86, 0.93, 0.88, 0.5], 1),
        ([0.5, 0.9, 0.9, 0.5], 1),
        # Or none, where that is not steady either.
        ([0.84, 0.8, 0.3, 0.2], None),
        ([0.85], 0),
        ([0.0], None),
    ],
)
def test_stability_chooses_the_largest_number_of_steady_clusters(stabilities, expected):
    assert tried(stabilities).choose("stability") == expected


def test_clusters_that_a_gaussian_has_too_are_none():
    assert tried([0.96, 0.97], null=0.98).choose("stability") is None
    assert tried([0.96, 0.97], null=[0.98, 0.9]).choose("stability") == 1
    # As steady, and not clearer by a quarter.
    assert tried([1.0, 1.0], silhouettes=[0.5, 0.12]).choose("stability") == 0
    assert tried([1.0, 1.0], silhouettes=[0.12, 0.125]).choose("stability") is None


def test_what_is_always_found_again_may_be_so_in_the_null_if_it_is_clearer():
    assert tried([1.0, 0.9], null=[1.0, 0.9]).beat_null.tolist() == [True, True]


def test_a_gaussian_without_any_clearness_does_not_make_unclear_clusters_clear():
    unclear = tried([1.0], silhouettes=[0.0], null=0.0, null_silhouette=0.0)
    assert unclear.choose("stability") is None


def test_the_other_rules_choose_the_largest_value_and_the_first_of_several():
    of_silhouettes = tried([0.0, 0.0, 0.0], silhouettes=[0.1, 0.3, 0.3], null_silhouette=1)
    assert of_silhouettes.choose("silhouette") == 1
    assert tried([0.0, 0.0, 0.0], ratios=[4.0, 9.0, 11.0]).choose("calinski_harabasz") == 2


def test_clusters_are_clearer_than_a_gaussian_whose_silhouette_is_negative():
    made = tried([1.0, 1.0, 1.0], silhouettes=[-0.21, -0.16, -0.14], null_silhouette=-0.2)
    assert made.beat_null.tolist() == [False, False, True]


@pytest.mark.parametrize("rule", NUMBER_RULES)
def test_each_rule_shows_what_it_chooses_by(rule):
    values = tried([0.9, 0.8], silhouettes=[0.2, 0.3], ratios=[1.0, 2.0]).criterion(rule)
    expected = {"stability": 0.9, "silhouette": 0.2, "calinski_harabasz": 1.0}
    assert values[0] == expected[rule]
