"""The section clusters: what is refused and why, and what a clustering depends on."""

import pytest
from pydantic import ValidationError

from specufex_pipe.clustering.number import NUMBER_RULES
from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.features.blocks import DEFAULT_WEIGHTS
from specufex_pipe.settings import ClusterSettings


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"method": "k-means"}, "not a clustering; choose from kmeans, gaussian_mixture, ward"),
        ({"n_clusters": 1}, "expected a whole number >= 2, or one of stability, silhouette, cal"),
        (
            {"n_clusters": "elbow"},
            "expected a whole number >= 2, or one of stability, silhouette, calinski_harabasz",
        ),
        ({"n_clusters": 5.5}, "expected a whole number >= 2, or one of stability"),
        ({"n_clusters": None}, "expected a whole number >= 2, or one of stability"),
        ({"n_clusters_min": 1}, "greater than or equal to 2"),
        ({"n_clusters_min": 6, "n_clusters_max": 4}, "expected at most n_clusters_max 4"),
        ({"n_principal_components": 0}, "greater than or equal to 1"),
        ({"n_neighbors": 0}, "greater than or equal to 1"),
        ({"n_averages": -1}, "greater than or equal to 0"),
        ({"n_resamples": 1}, "greater than or equal to 2"),
        ({"max_events": 1}, "greater than or equal to 2"),
        ({"random_state": -1}, "greater than or equal to 0"),
        ({"features": {}}, "there are no features: choose from fingerprints, "),
        ({"features": {"size": 1}}, "size is not a feature: choose from fingerprints, "),
        ({"features": {"kurtossis": 1}}, "kurtossis is not a feature; did you mean kurtosis?"),
        ({"features": {"catalog.": 1}}, "catalog. is not a feature: choose from fingerprints, "),
        (
            {"features": {"duration": 0}},
            "the weight of duration is 0.0, expected a number > 0; lea",
        ),
        ({"features": {"duration": -1}}, "the weight of duration is -1.0, expected a number > 0"),
        ({"features": {"duration": float("inf")}}, "finite number"),
        ({"kmeans": {"n_init": 0}}, "greater than or equal to 1"),
        ({"hdbscan": {"smallest": 0.5}}, "less than 0.5"),
        ({"consensus": {"n_partitions": 0}}, "greater than or equal to 1"),
        ({"ward": {}}, "ward"),
        ({"names": ""}, "expected the path of a table, or names by number"),
        ({"names": ["tremor"]}, "expected the path of a table, or names by number"),
        ({"names": {1: 5}}, "expected the path of a table, or names by number"),
        ({"names": {"one": "tremor"}}, "expected the path of a table, or names by number"),
        ({"names": {0: "tremor"}}, "0 is not a cluster; clusters are numbered from 1"),
        ({"names": {2: " "}}, "the name of cluster 2 is empty; leave the cluster out"),
        ({"names": {2: "x" * 101}}, "has 101 characters, expected at most 100"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(values, message):
    with pytest.raises(ValidationError) as error:
        ClusterSettings(**values)
    assert message in str(error.value)


@pytest.mark.parametrize("number", [2, 17, "stability", "silhouette", "calinski_harabasz"])
def test_a_number_or_a_rule_is_handed_on(number):
    assert ClusterSettings(n_clusters=number).parameters()["n_clusters"] == number


def test_features_of_all_kinds_may_have_weights():
    weights = {"occupancy": 0.5, "kurtosis": 2, "catalog.magnitude": 0.1}
    assert ClusterSettings(features=weights).features == weights
    assert ClusterSettings().features == DEFAULT_WEIGHTS


@pytest.mark.parametrize("method", CLUSTERINGS)
def test_keys_of_another_method_change_nothing(method):
    changes = {
        "kmeans": {"n_init": 9}, "gaussian_mixture": {"n_init": 9}, "spectral": {"n_init": 9},
        "hdbscan": {"smallest": 0.1}, "consensus": {"n_partitions": 9},
    }  # fmt: skip
    plain = ClusterSettings(method=method)
    own = changes.pop(method, None)
    others = ClusterSettings(method=method, **changes)
    assert others.relevant() == plain.relevant() == plain.record()
    assert others.parameters() == plain.parameters()
    if own:
        assert ClusterSettings(method=method, **{method: own}).relevant() != plain.relevant()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("method", "ward"), ("n_clusters", 5), ("n_clusters_min", 3), ("n_clusters_max", 9),
        ("features", {"fingerprints": 1.0}), ("n_principal_components", None),
        ("n_neighbors", 9), ("n_averages", 0), ("n_resamples", 9), ("max_events", 99),
        ("random_state", 1),
    ],
)  # fmt: skip
def test_clusters_depend_on_each_key_that_methods_share(key, value):
    assert ClusterSettings(**{key: value}).relevant() != ClusterSettings().relevant()


def test_the_rules_are_those_of_the_clusterer():
    for rule in NUMBER_RULES:
        assert ClusterSettings(n_clusters=rule).n_clusters == rule
    assert ClusterSettings().n_clusters in NUMBER_RULES


def test_a_number_of_clusters_may_be_text_as_on_the_command_line():
    assert ClusterSettings(n_clusters="3").n_clusters == 3
    with pytest.raises(ValueError, match="expected a whole number >= 2, or one of stability"):
        ClusterSettings(n_clusters="1")


def test_names_may_be_a_table_or_given_by_number():
    assert ClusterSettings(names="names.csv").names_file == "names.csv"
    named = ClusterSettings(names={"1": "long-period", 2: "x" * 100})
    assert (named.names, named.names_file) == ({1: "long-period", 2: "x" * 100}, None)


def test_names_change_no_cluster():
    named = ClusterSettings(names={1: "long-period"})
    assert named.relevant() == named.record() == ClusterSettings().relevant()
    assert named.parameters() == ClusterSettings().parameters()
