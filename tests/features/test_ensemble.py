"""Features of several NMFs stand side by side, and distances are the means of what each gives."""

import numpy as np
import pytest

from specufex_pipe.features.ensemble import EnsembleJoiner
from specufex_pipe.features.joining import FeatureJoiner

WEIGHTS = {"fingerprints": 1.0, "mean_energies": 0.25, "duration": 0.5}
N_EVENTS = 20


def blocks_of(seed, n_components):
    """Return what an NMF and its two HMMs give of events, and their durations."""
    rng = np.random.default_rng(seed)
    return {
        "fingerprints": rng.random((N_EVENTS, 2, 3, 3)),
        "mean_energies": rng.random((N_EVENTS, n_components)),
        "duration": np.arange(1, N_EVENTS + 1),
    }


# NMFs need not have as many components as each other.
BLOCKS = [blocks_of(0, 4), blocks_of(1, 6), blocks_of(2, 5)]


def squared_distances(features):
    return ((features[:, None] - features) ** 2).sum(axis=2)


def test_the_squared_distance_of_events_is_the_mean_of_what_the_nmfs_give():
    found = EnsembleJoiner(WEIGHTS).fit(BLOCKS).transform(BLOCKS)
    alone = [FeatureJoiner(WEIGHTS).fit(each).transform(each) for each in BLOCKS]
    expected = np.mean([squared_distances(each) for each in alone], axis=0)
    np.testing.assert_allclose(squared_distances(found), expected, rtol=1e-12, atol=1e-12)


def test_features_of_one_nmf_are_those_of_its_joiner_bit_for_bit():
    ensemble = EnsembleJoiner(WEIGHTS).fit(BLOCKS[:1])
    joiner = FeatureJoiner(WEIGHTS).fit(BLOCKS[0])
    np.testing.assert_array_equal(ensemble.transform(BLOCKS[:1]), joiner.transform(BLOCKS[0]))
    np.testing.assert_array_equal(ensemble.models_, joiner.models_)
    assert ensemble.get_feature_names_out().tolist() == joiner.get_feature_names_out().tolist()


def test_columns_know_their_nmf():
    joiner = EnsembleJoiner(WEIGHTS).fit(BLOCKS)
    names = joiner.get_feature_names_out().tolist()
    assert len(set(names)) == len(names) == joiner.transform(BLOCKS).shape[1]
    of_names = [int(name.split("_")[1]) - 1 for name in names]
    assert joiner.models_.tolist() == of_names
    assert names[18 + 4 + 1] == "nmf_2_fingerprint_1_1_1"


def test_an_ensemble_comes_back_from_arrays_and_a_description():
    joiner = EnsembleJoiner(WEIGHTS).fit(BLOCKS)
    arrays = joiner.to_arrays()
    again = EnsembleJoiner.from_arrays(arrays, joiner.description())
    np.testing.assert_array_equal(again.transform(BLOCKS), joiner.transform(BLOCKS))
    np.testing.assert_array_equal(again.models_, joiner.models_)
    del arrays["feature_factors_3"]
    with pytest.raises(KeyError, match="feature_factors_3"):
        EnsembleJoiner.from_arrays(arrays, joiner.description())


def test_blocks_of_another_number_of_nmfs_are_refused():
    joiner = EnsembleJoiner(WEIGHTS).fit(BLOCKS)
    with pytest.raises(ValueError, match="the features are of 3 NMFs, and 2 are given"):
        joiner.transform(BLOCKS[:2])
