"""Averages of spectra over clusters, and what the states rebuild of them."""

import numpy as np

from specufex_pipe.report import spectra
from specufex_pipe.report.spectra import average_spectrograms, rebuild_spectra
from specufex_pipe.store import FrameStore, write_events


def write_spectrograms(path, lengths, n_frequencies=4):
    frames = np.random.default_rng(0).gamma(1, 5, (sum(lengths), n_frequencies))
    frames = frames.astype(np.float32)
    ids = [f"event {number}" for number in range(len(lengths))]
    with write_events(path, "spectrograms", settings={}, inputs={}) as writer:
        writer.append(ids, lengths, frames)
    return np.split(frames, np.cumsum(lengths)[:-1])


def test_each_event_counts_alike_in_means_and_medians(tmp_path):
    lengths, places = [3, 1, 5, 2, 4], np.array([0, 1, 0, 0, 1])
    events = write_spectrograms(tmp_path / "spectrograms.h5", lengths)
    of_events = np.array([frames.mean(axis=0) for frames in events])
    with FrameStore(tmp_path / "spectrograms.h5", "spectrograms") as store:
        averages = average_spectrograms(store, places, 2)
    for place in (0, 1):
        own = of_events[places == place]
        np.testing.assert_allclose(averages.spectra[place], own.mean(axis=0), rtol=1e-6)
        np.testing.assert_allclose(
            averages.median_spectra[place], np.median(own, axis=0), rtol=1e-6
        )


def test_medians_of_large_clusters_are_of_a_sample_and_always_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(spectra, "MOST_OF_A_MEDIAN", 3)
    events = write_spectrograms(tmp_path / "spectrograms.h5", [2] * 9)
    of_events = np.array([frames.mean(axis=0) for frames in events])
    with FrameStore(tmp_path / "spectrograms.h5", "spectrograms") as store:
        one, other = (average_spectrograms(store, np.zeros(9, int), 1) for _ in "ab")
    np.testing.assert_array_equal(one.median_spectra, other.median_spectra)
    np.testing.assert_allclose(one.spectra[0], of_events.mean(axis=0), rtol=1e-6)
    # The median of three is one of them.
    assert np.isclose(one.median_spectra[0], of_events).any(axis=0).all()


def test_states_rebuild_a_spectrum_in_the_scale_of_the_mean():
    state_spectra = np.array([[1.0, 0, 1], [0, 2, 0]])
    means = np.array([[5.0, 5, 0], [0, 0, 0]])
    rebuilt = rebuild_spectra(np.array([[0.25, 0.75], [1, 0]]), state_spectra, means)
    # 0.25 * (1, 0, 1) + 0.75 * (0, 2, 0) = (0.25, 1.5, 0.25), times five.
    np.testing.assert_allclose(rebuilt, [[1.25, 7.5, 1.25], [0, 0, 0]])
