"""What separates the clusters: the test, its effect, and the correction of its p-values."""

import numpy as np
import pytest
from scipy.stats import chi2, rankdata

from specufex_pipe.plotting.views import Quantity
from specufex_pipe.report.quantities import (
    compare_clusters,
    correct_for_number,
    said_of_quantities,
)


def test_effect_is_the_share_of_the_variance_of_ranks_between_clusters():
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 2, 3], [30, 20, 10])
    values = np.round(rng.normal(size=60) + 0.8 * labels, 1)  # with ties
    ranks = rankdata(values)
    means = np.array([ranks[labels == number].mean() for number in (1, 2, 3)])
    share = ((means[labels - 1] - ranks.mean()) ** 2).sum() / ((ranks - ranks.mean()) ** 2).sum()
    effect, p_value = compare_clusters(values, labels)
    assert effect == pytest.approx(share)
    assert p_value == pytest.approx(chi2.sf(share * 59, 2))


def test_events_in_no_cluster_without_value_and_of_small_clusters_take_no_part():
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 2], 20)
    values = rng.normal(size=40)
    others = np.r_[values, np.nan, np.full(4, 5.0), np.full(9, 7.0)]
    their_labels = np.r_[labels, 1, np.full(4, 3), np.zeros(9, int)]
    assert compare_clusters(others, their_labels) == compare_clusters(values, labels)


@pytest.mark.parametrize(
    "values, labels",
    [
        (np.arange(10.0), np.ones(10, int)),
        (np.arange(10.0), np.zeros(10, int)),
        (np.zeros(20), np.repeat([1, 2], 10)),
        (np.arange(6.0), np.array([1, 1, 1, 1, 1, 2])),
        (np.full(20, np.nan), np.repeat([1, 2], 10)),
    ],
    ids=["one cluster", "no cluster", "equal values", "too few", "no values"],
)
def test_there_is_no_test_where_there_is_nothing_to_compare(values, labels):
    assert np.isnan(compare_clusters(values, labels)).all()


def test_effects_of_chance_are_rarely_significant_after_the_correction():
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 2, 3], 20)
    n_found = 0
    for _ in range(200):
        p_values = [compare_clusters(rng.normal(size=60), labels)[1] for _ in range(5)]
        n_found += correct_for_number(np.array(p_values)).min() < 0.05
    assert n_found <= 0.05 * 200 + 2 * np.sqrt(200 * 0.05 * 0.95)


def test_p_values_are_corrected_as_holm_did():
    # By hand: 4 * 0.005, then 3 * 0.01, 2 * 0.03 and, not less than the one before, 0.04.
    p_values = np.array([0.01, 0.04, np.nan, 0.03, 0.005])
    np.testing.assert_allclose(
        correct_for_number(p_values), [0.03, 0.06, np.nan, 0.06, 0.02], equal_nan=True
    )
    assert correct_for_number(np.array([0.7, 0.9])).max() == 1
    assert np.isnan(correct_for_number(np.array([np.nan]))).all()


def quantity_of(name, effect, p_value, **options):
    return Quantity(name, "", np.arange(3.0), effect=effect, p_value=p_value, **options)


def test_what_was_clustered_on_is_not_what_separates_clusters_most():
    first = quantity_of("energy", 0.9, 0.0, is_clustered_on=True)
    second = quantity_of("rise_time", 0.41, 0.001)
    third = quantity_of("depth", 0.01, 0.6)
    said = said_of_quantities([first, second, third])
    assert said == [
        "Rise time separates the clusters most: 41 % of the variance of its ranks lies between "
        "clusters. 1 of 2 attributes differ between clusters by more than chance would have it.",
        "What clusters were made from proves nothing where it separates them: Energy.",
    ]


def test_nothing_but_chance_and_nothing_tested_are_said():
    assert "No attribute differs" in said_of_quantities([quantity_of("depth", 0.1, 0.05)])[0]
    assert "Nothing is tested" in said_of_quantities([quantity_of("depth", np.nan, np.nan)])[0]
    assert "Nothing is tested" in said_of_quantities([])[0]
