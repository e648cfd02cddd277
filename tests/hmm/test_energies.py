"""Energies are made ready for the HMM as its documentation says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import uniform_filter1d

from specufex_pipe.hmm.energies import prepare_event, prepare_events


def prepare(energies, smoothing=3, background=0.5, loudness=100.0):
    result = np.empty(energies.shape)
    prepare_event(energies, smoothing, background, loudness, result)
    return result


def event_of(n_frames, n_components, seed):
    return np.random.default_rng(seed).gamma(0.3, 20, (n_frames, n_components))


@given(
    n_frames=st.integers(2, 30), smoothing=st.sampled_from([1, 3, 7]),
    background=st.floats(0, 1), seed=st.integers(0, 99),
)  # fmt: skip
def test_energies_are_smooth_above_a_quantile_and_equally_loud(
    n_frames, smoothing, background, seed
):
    event = event_of(n_frames, 4, seed)
    smooth = uniform_filter1d(event, smoothing, axis=0, mode="nearest")
    above = np.maximum(smooth - np.quantile(smooth, background, axis=0), 0)
    found = prepare(event, smoothing, background, np.nan)
    np.testing.assert_allclose(found, above, rtol=1e-9, atol=1e-4)
    scaled = prepare(event, smoothing, background, 50.0)
    if found.any():
        np.testing.assert_allclose(scaled, found * 50 * n_frames / found.sum(), atol=1e-6)


def test_how_loud_an_event_is_makes_no_difference():
    event = event_of(40, 5, 0)
    np.testing.assert_allclose(prepare(7 * event), prepare(event))


def test_a_steady_background_makes_no_difference():
    event = event_of(40, 5, 1)
    steady = event + np.array([0.0, 10, 20, 5, 1])
    np.testing.assert_allclose(prepare(steady), prepare(event), atol=1e-9)


def test_an_event_of_one_frame_has_no_background():
    event = event_of(1, 5, 2)
    np.testing.assert_allclose(prepare(event), event * 100 / event.sum())


@pytest.mark.parametrize("event", [
    np.zeros((6, 3)), np.full((6, 3), 4.0), np.full((6, 3), 1e-310),
    # Rounding of single precision.
    np.linspace(1000, 1000.0004, 18).reshape(6, 3),
])  # fmt: skip
def test_an_event_in_which_nothing_rises_above_the_background_is_silent(event):
    assert (prepare(event) == 0).all()


def test_without_smoothing_background_and_loudness_energies_stay_as_they_are():
    event = event_of(20, 3, 3)
    np.testing.assert_array_equal(prepare(event, 1, np.nan, np.nan), event)


def test_events_of_different_lengths_do_not_mix():
    events = [event_of(n, 3, n) for n in (5, 1, 12)]
    together, offsets = np.concatenate(events), np.array([0, 5, 6, 18])
    found = np.empty(together.shape)
    prepare_events(together, offsets, 3, 0.5, 100.0, found)
    np.testing.assert_array_equal(found, np.concatenate([prepare(event) for event in events]))
