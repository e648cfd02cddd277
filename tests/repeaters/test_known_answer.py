"""Planted families are found from stores to lists, and nothing that is only near to them is."""

import numpy as np
import pytest
from helpers.repeaters import RATE, band_limited, channel_of, pulse
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import zscore

from specufex_pipe.repeaters.alignment import delays, reference_of, stack
from specufex_pipe.repeaters.candidates import candidate_pairs
from specufex_pipe.repeaters.correlation import correlate
from specufex_pipe.repeaters.families import families
from specufex_pipe.repeaters.recordings import Station

FAMILIES = np.array([2, 0, 1, 1, 2, 0, 1, 3, 1, 3, 0, 0])
# Families are a kilometre from each other, and single events are with them.
NORTH = np.array([2, 1, 1, 1, 2, 2, 1, 3, 1, 3, 3, 3]) / 111.19


def planted(seed):
    """Return waveforms of families in noise, at 25 dB, and how late each event is."""
    rng = np.random.default_rng(seed)
    shifts, waveforms = rng.uniform(-0.2, 0.2, len(FAMILIES)), []
    for event, (family, shift) in enumerate(zip(FAMILIES, shifts, strict=True)):
        source = pulse(1000, 5.0, seed=100 * seed + (family if family else 50 + event))
        signal, noise = source(shift), zscore(band_limited(1000, 1000 * seed + event))
        size = 10 ** (-25 / 20) * np.sqrt((signal**2).mean())
        waveforms.append(10.0 ** rng.uniform(-2, 2) * (signal + size * noise))
    return waveforms, shifts


@pytest.mark.parametrize("linkage_method", ["single", "average"])
@pytest.mark.parametrize("seed", range(3))
def test_planted_families_are_found_and_aligned(seed, linkage_method):
    waveforms, shifts = planted(seed)
    channel = channel_of(waveforms)
    stations = [Station("XX.STA", (channel,))]
    hypocentres = np.column_stack([NORTH, np.zeros(12), np.full(12, 5.0)])
    pairs = candidate_pairs(None, hypocentres, max_distance=0.5, n_near=10)
    found = correlate(pairs, stations, max_shift=0.5, threshold=0.9)
    labels = families(
        pairs,
        found.means(),
        12,
        threshold=0.9,
        linkage_method=linkage_method,
        coefficients_of=lambda asked: correlate(
            asked, stations, max_shift=0.5, threshold=0.9
        ).means(),
    )
    assert_array_equal(labels, FAMILIES)
    for family in (1, 2, 3):
        members = np.flatnonzero(labels == family)
        rows = (labels[pairs] == family).all(axis=1)
        coefficients = found.coefficients[rows, 0]
        reference = reference_of(members, pairs[rows], coefficients)
        later = delays(members, pairs[rows], found.lags[rows, 0], coefficients, reference)
        assert_allclose(RATE * later, RATE * (shifts[members] - shifts[reference]), atol=0.1)
        assert stack(channel, members, later, reference).coefficients.min() > 0.97
