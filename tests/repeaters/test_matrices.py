"""Matrices of distances are held against NumPy's and scikit-learn's, pair by pair."""

import numpy as np
import pytest
from helpers.repeaters import all_pairs, band_limited, station_of
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import euclidean_distances

from specufex_pipe.events.frames import stack_events
from specufex_pipe.repeaters import matrices
from specufex_pipe.repeaters.correlation import correlate
from specufex_pipe.repeaters.matrices import (
    feature_distances,
    spectrogram_distances,
    waveform_distances,
)


def check_form(distances):
    assert distances.dtype == np.float32
    assert_array_equal(distances, distances.T)
    assert_array_equal(np.diagonal(distances), 0)


@pytest.mark.parametrize("pairs_at_a_time", [1, 20, 10**6])
def test_distances_of_waveforms_are_1_less_their_coefficients(pairs_at_a_time, monkeypatch):
    monkeypatch.setattr(matrices, "_PAIRS_AT_A_TIME", pairs_at_a_time)
    waveforms = [band_limited(400, seed % 6) for seed in range(9)]
    stations = [
        station_of(waveforms, name="A"),
        station_of([None, None, *waveforms[:7]], name="B"),
    ]
    options = {"max_shift": 0.3, "threshold": 0.8}
    events = np.array([7, 2, 3, 8, 0])
    distances = waveform_distances(events, stations, **options)
    check_form(distances)
    for i, j in all_pairs(5):
        pair = np.array([[events[i], events[j]]])
        expected = 1 - correlate(pair, stations, **options).means()
        assert_allclose(distances[i, j], expected[0], atol=1e-6)


def test_where_no_station_has_both_events_there_is_no_distance():
    waveforms = [band_limited(400, seed) for seed in range(2)]
    stations = [station_of([waveforms[0], None]), station_of([None, waveforms[1]])]
    distances = waveform_distances(np.arange(2), stations, max_shift=0.3, threshold=0.8)
    assert_array_equal(np.isnan(distances), [[False, True], [True, False]])


@given(
    st.integers(0, 1000),
    st.lists(st.integers(1, 12), min_size=1, max_size=12),
    st.integers(1, 5),
)
@settings(max_examples=60, deadline=None)
def test_distances_of_spectrograms_are_those_of_their_common_frames(seed, lengths, n_rows):
    rng = np.random.default_rng(seed)
    events = [
        (50 + 10 * rng.normal(size=(n_rows, length))).astype(np.float32) for length in lengths
    ]
    places = rng.permutation(len(events))
    distances = spectrogram_distances(stack_events(events), places)
    check_form(distances)
    for i, j in all_pairs(len(events)):
        one, other = events[places[i]], events[places[j]]
        common = min(one.shape[1], other.shape[1])
        one, other = one[:, :common].ravel(), other[:, :common].ravel()
        has_both = min(one.std(), other.std()) > 0.5
        if has_both and len(one) > 1:
            expected = 1 - np.corrcoef(one, other)[0, 1]
            assert_allclose(distances[i, j], expected, atol=1e-4)


def test_a_spectrogram_of_one_value_is_at_1_from_all_others():
    rng = np.random.default_rng(0)
    events = [np.full((4, 6), 3.0), rng.normal(size=(4, 6)), np.full((4, 9), 1.0)]
    distances = spectrogram_distances(stack_events(events), np.arange(3))
    assert_array_equal(distances, 1 - np.eye(3))


def test_distances_of_spectrograms_do_not_depend_on_their_level_and_size():
    one = np.random.default_rng(0).normal(size=(4, 6))
    distances = spectrogram_distances(stack_events([one, 100 + 3 * one, -one]), np.arange(3))
    assert_allclose(distances, [[0, 0, 2], [0, 0, 2], [2, 2, 0]], atol=1e-5)


def test_distances_of_features_are_euclidean():
    features = np.random.default_rng(0).normal(size=(30, 7))
    distances = feature_distances(features)
    check_form(distances)
    assert_allclose(distances, euclidean_distances(features), atol=1e-5)


@pytest.mark.parametrize("n_events", [0, 1])
def test_few_events_have_small_matrices(n_events):
    shape = (n_events, n_events)
    assert feature_distances(np.zeros((n_events, 3))).shape == shape
    frames = stack_events([np.zeros((2, 3))])
    assert spectrogram_distances(frames, np.arange(n_events)).shape == shape
    station = station_of([band_limited(400, 0)])
    found = waveform_distances(np.arange(n_events), [station], max_shift=0.1, threshold=0.8)
    assert found.shape == shape


def test_too_many_events_are_named():
    many = np.zeros(5001, int)
    message = "there are 5001 events, expected at most 5000"
    with pytest.raises(ValueError, match=message):
        feature_distances(np.zeros((5001, 1)))
    with pytest.raises(ValueError, match=message):
        spectrogram_distances(stack_events([np.zeros((2, 3))]), many)
    with pytest.raises(ValueError, match=message):
        station = station_of([band_limited(400, 0)])
        waveform_distances(many, [station], max_shift=0.1, threshold=0.8)
