"""Blocks stand side by side with the spreads that their weights say, whatever else is with them."""

import json
import logging
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.features.blocks import (
    DEFAULT_WEIGHTS,
    check_weights,
    needs_catalog,
    needs_waveforms,
)
from specufex_pipe.features.joining import FeatureJoiner

N_EVENTS, N_MODELS, N_STATES, N_COMPONENTS = 40, 2, 3, 4
WEIGHTS = {
    "catalog.magnitude": 0.5,
    "fingerprints": 1.0,
    "energy": 0.1,
    "occupancy": 2.0,
    "frequency_index": 3.0,
    "mean_energies": 0.25,
    "duration": 0.3,
}
# In the order of their columns.
SIZES = {
    "fingerprints": 18, "occupancy": 6, "mean_energies": 4, "duration": 1, "energy": 1,
    "frequency_index": 1, "catalog.magnitude": 1,
}  # fmt: skip


def make_blocks(n_events=N_EVENTS, seed=0):
    rng = np.random.default_rng(seed)
    # The HMMs differ in the spread of their fingerprints.
    spreads = np.array([1.0, 50.0])
    prints = rng.random((n_events, N_MODELS, N_STATES, N_STATES)) * spreads[:, None, None]
    return {
        "fingerprints": prints.astype(np.float32),
        "occupancy": rng.random((n_events, N_MODELS, N_STATES)).astype(np.float32),
        "mean_energies": rng.gamma(1, 1000, (n_events, N_COMPONENTS)),
        "duration": rng.integers(10, 1000, n_events),
        "energy": 10 ** rng.uniform(-12, -3, n_events),
        "frequency_index": rng.normal(-1, 0.5, n_events),
        "catalog.magnitude": rng.normal(1, 0.5, n_events),
    }


def columns_of(joiner, features):
    """Return the columns of each block."""
    parts = np.split(features, np.cumsum(list(SIZES.values()))[:-1], axis=1)
    assert len(joiner.get_feature_names_out()) == features.shape[1]
    return dict(zip(SIZES, parts, strict=True))


def spread(columns):
    return np.sqrt(columns.var(axis=0).sum())


@pytest.fixture
def joined():
    joiner = FeatureJoiner(WEIGHTS)
    blocks = make_blocks()
    return columns_of(joiner, joiner.fit(blocks).transform(blocks))


def test_each_block_has_the_spread_that_its_weight_says(joined):
    found = {name: spread(columns) for name, columns in joined.items()}
    assert found == pytest.approx(WEIGHTS)
    for columns in joined.values():
        np.testing.assert_allclose(columns.mean(axis=0), 0, atol=1e-12)


@pytest.mark.parametrize(("name", "n_columns"), [("fingerprints", 9), ("occupancy", 3)])
def test_each_hmm_counts_alike(joined, name, n_columns):
    for columns in (joined[name][:, :n_columns], joined[name][:, n_columns:]):
        assert spread(columns) == pytest.approx(WEIGHTS[name] / np.sqrt(2))


def test_distances_between_mean_energies_are_those_between_roots_of_shares(joined):
    blocks = make_blocks()
    energies = blocks["mean_energies"]
    roots = np.sqrt(energies / energies.sum(axis=1, keepdims=True))
    expected = np.linalg.norm(roots - roots[0], axis=1)
    found = np.linalg.norm(joined["mean_energies"] - joined["mean_energies"][0], axis=1)
    np.testing.assert_allclose(found / spread(joined["mean_energies"]), expected / spread(roots))


def test_an_event_without_energy_has_no_share_of_any_component():
    joiner = FeatureJoiner({"mean_energies": 1})
    energies = np.array([[0, 0], [1, 3.0], [2, 1]])
    features = joiner.fit({"mean_energies": energies}).transform({"mean_energies": energies})
    np.testing.assert_allclose(features[0], -joiner.centers_ * joiner.factors_)


@pytest.mark.parametrize("name", ["duration", "energy"])
def test_events_that_differ_by_equal_factors_are_equally_far_apart(name):
    blocks = {name: np.array([10, 100, 1000])}
    features = FeatureJoiner({name: 1}).fit(blocks).transform(blocks)
    steps = np.diff(features[:, 0])
    assert steps[0] == pytest.approx(steps[1])


def test_a_number_in_decibels_or_of_the_catalog_counts_as_it_is():
    for name in ("signal_to_noise", "rise_time", "catalog.depth"):
        blocks = {name: np.array([-10.0, 0, 10, 20])}
        steps = np.diff(FeatureJoiner({name: 1}).fit(blocks).transform(blocks)[:, 0])
        np.testing.assert_allclose(steps, steps[0])


@pytest.mark.parametrize("missing", [np.nan, 0.0, -1.0])
def test_a_value_that_is_missing_or_has_no_logarithm_is_the_mean_and_does_not_shift_it(missing):
    values = np.array([1.0, 10, 100, missing])
    joiner = FeatureJoiner({"energy": 1}).fit({"energy": values[:3]})
    with_missing = FeatureJoiner({"energy": 1}).fit({"energy": values})
    np.testing.assert_allclose(with_missing.factors_, joiner.factors_)
    assert with_missing.transform({"energy": values})[3, 0] == 0
    np.testing.assert_allclose(with_missing.centers_, np.log(10))


def test_a_block_that_does_not_vary_keeps_its_columns_and_counts_for_nothing():
    blocks = make_blocks()
    blocks["duration"] = np.full(N_EVENTS, 59)
    # The mean of equal numbers may be another number, by rounding.
    blocks["catalog.magnitude"] = np.full(N_EVENTS, 0.1)
    blocks["fingerprints"][:, 0] = 0.3
    joiner = FeatureJoiner(WEIGHTS)
    features = joiner.fit(blocks).transform(make_blocks(seed=1))
    parts = columns_of(joiner, features)
    for constant in (parts["duration"], parts["catalog.magnitude"], parts["fingerprints"][:, :9]):
        assert (constant == 0).all()
    assert parts["fingerprints"][:, 9:].any()


def test_a_block_without_any_value_counts_for_nothing_and_is_named(caplog):
    blocks = make_blocks() | {"energy": np.full(N_EVENTS, np.nan)}
    with caplog.at_level(logging.WARNING):
        joiner = FeatureJoiner(WEIGHTS).fit(blocks)
    assert "energy has no value in the 40 events" in caplog.text
    assert (columns_of(joiner, joiner.transform(make_blocks(seed=1)))["energy"] == 0).all()


@given(cuts=st.sets(st.integers(0, N_EVENTS)))
def test_an_event_has_the_same_bits_whatever_the_batch_and_its_order_in_memory(cuts):
    blocks = make_blocks()
    blocks["energy"][3] = np.nan
    joiner = FeatureJoiner(WEIGHTS).fit(blocks)
    edges = sorted(cuts | {0, N_EVENTS})
    parts = [
        joiner.transform({name: np.asfortranarray(values[a:b]) for name, values in blocks.items()})
        for a, b in pairwise(edges)
    ]
    np.testing.assert_array_equal(np.concatenate(parts), joiner.transform(blocks))


def test_no_event_is_a_matrix_without_rows():
    joiner = FeatureJoiner(WEIGHTS).fit(make_blocks())
    assert joiner.transform(make_blocks(n_events=0)).shape == (0, sum(SIZES.values()))


def test_columns_have_names_and_the_number_of_their_hmm():
    joiner = FeatureJoiner(WEIGHTS).fit(make_blocks())
    names = joiner.get_feature_names_out().tolist()
    model_of = dict(zip(names, joiner.models_.tolist(), strict=True))
    assert len(model_of) == sum(SIZES.values())
    assert names[:2] == ["fingerprint_1_1_1", "fingerprint_1_1_2"]
    assert names[-5:] == [
        "mean_energy_4", "duration", "energy", "frequency_index", "catalog.magnitude"
    ]  # fmt: skip
    expected = {
        "fingerprint_1_3_3": 0, "fingerprint_2_1_1": 1, "occupancy_1_3": 0, "occupancy_2_1": 1,
        "mean_energy_1": -1, "duration": -1, "catalog.magnitude": -1,
    }  # fmt: skip
    assert {name: model_of[name] for name in expected} == expected


def test_a_column_has_the_value_that_its_name_says():
    blocks = make_blocks()
    joiner = FeatureJoiner(WEIGHTS).fit(blocks)
    place = joiner.get_feature_names_out().tolist().index("fingerprint_2_3_1")
    features = joiner.transform(blocks)[:, place] / joiner.factors_[place] + joiner.centers_[place]
    np.testing.assert_allclose(features, blocks["fingerprints"][:, 1, 2, 0])


def test_the_order_of_the_weights_changes_nothing():
    blocks = make_blocks()
    turned = dict(reversed(WEIGHTS.items()))
    one, other = (FeatureJoiner(each).fit(blocks) for each in (WEIGHTS, turned))
    np.testing.assert_array_equal(one.transform(blocks), other.transform(blocks))
    assert one.description() == other.description()


def test_scales_come_back_from_arrays_and_a_description():
    blocks = make_blocks()
    joiner = FeatureJoiner(WEIGHTS).fit(blocks)
    description = json.loads(json.dumps(joiner.description()))
    again = FeatureJoiner.from_arrays(joiner.to_arrays(2), description, 2)
    np.testing.assert_array_equal(again.transform(blocks), joiner.transform(blocks))
    assert (again.get_feature_names_out() == joiner.get_feature_names_out()).all()
    np.testing.assert_array_equal(again.models_, joiner.models_)
    with pytest.raises(ValueError, match=r"feature_centers_2 has shape \(31,\), expected \(32,\)"):
        arrays = {name: values[1:] for name, values in joiner.to_arrays(2).items()}
        FeatureJoiner.from_arrays(arrays, description, 2)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({}, r"there are no features: choose from fingerprints, .*energy.* or catalog\.COLUMN"),
        ({"loudness": 1}, "loudness is not a feature: choose from fingerprints"),
        ({"catalog.": 1}, "catalog. is not a feature"),
        ({"duration": 0}, "weight of duration is 0, expected a number > 0"),
        ({"duration": True}, "weight of duration is True"),
        ({"duration": np.inf}, "weight of duration is inf"),
        ({"duration": "1"}, "weight of duration is '1'"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        FeatureJoiner(weights)


def test_the_defaults_are_weights_of_what_the_models_say():
    check_weights(DEFAULT_WEIGHTS)
    assert not needs_waveforms(DEFAULT_WEIGHTS)
    assert not needs_catalog(DEFAULT_WEIGHTS)
    assert needs_waveforms(["duration", "energy"])
    assert needs_catalog(["catalog.x"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"energy": np.full(N_EVENTS, np.inf)}, "energy has infinite values"),
        ({"catalog.magnitude": np.full(N_EVENTS, 1e200)}, "magnitude has .* above 1e"),
        ({"energy": np.ones(3)}, "different numbers of events: fingerprints of 40, .*energy of 3"),
        (
            {"fingerprints": np.ones((N_EVENTS, 9))},
            r"fingerprints have shape \(40, 9\), expected \(n_events, n_models, n_states, n_st",
        ),
        ({"duration": np.ones((N_EVENTS, 1))}, r"duration have shape \(40, 1\), expected \(n_ev"),
    ],
)
def test_blocks_that_cannot_be_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        FeatureJoiner(WEIGHTS).fit(make_blocks() | changes)


def test_blocks_that_are_missing_empty_or_of_other_models_are_refused():
    joiner, blocks = FeatureJoiner(WEIGHTS).fit(make_blocks()), make_blocks()
    other = blocks | {"occupancy": blocks["occupancy"][:, :1]}
    with pytest.raises(ValueError, match=r"have shape \(1, 3\), and \(2, 3\) when scales"):
        joiner.transform(other)
    del blocks["duration"]
    with pytest.raises(ValueError, match="there is no block duration: there are fingerprints, "):
        joiner.transform(blocks)
    with pytest.raises(ValueError, match="there is no event"):
        FeatureJoiner(WEIGHTS).fit(make_blocks(n_events=0))
