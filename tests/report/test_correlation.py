"""Rates and other series: what is found, how often chance is, and what cannot be compared."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from specufex_pipe.catalogs.series import Series
from specufex_pipe.report.correlation import (
    SIGNIFICANT,
    Bins,
    bin_series,
    correlate,
    rank_correlations,
    shift_test,
)

HOUR = np.timedelta64(3600, "s")
START = np.datetime64("2020-01-01T00:00:00", "us")


def autoregressive(rng, n, memory=0.7):
    values = rng.normal(size=n)
    for i in range(1, n):
        values[i] += memory * values[i - 1]
    return values


def bins_of(values, counts):
    return Bins("Rain", 3600.0, "hour", dict(enumerate(counts, start=1)), np.array(values))


def events_of(counts):
    """Return times of as many events in each hour, and the end of the last one."""
    return np.repeat(START + HOUR * np.arange(len(counts)), counts) + np.timedelta64(10, "m")


def series_of(values, interval=HOUR):
    return Series(
        "Rain", "mm/h", START + interval * np.arange(len(values)), np.array(values, float)
    )


def test_coefficients_are_those_of_scipy_for_a_series_that_is_shifted():
    rng = np.random.default_rng(0)
    values, counts = rng.normal(size=60), rng.poisson(2, 60)
    found = rank_correlations(values, counts)
    for shift in (0, 1, 17, 59):
        expected = spearmanr(np.roll(values, shift), counts).statistic
        assert found[shift] == pytest.approx(expected, abs=1e-9)


def test_gaps_are_left_out_wherever_they_are_shifted_to():
    rng = np.random.default_rng(1)
    values, counts = rng.normal(size=60), rng.normal(size=60).argsort()
    values[10:30] = np.nan
    # Ranks of the bins that are there are those of all of them but for a few: nearly the same.
    for shift in (0, 25):
        moved = np.roll(values, shift)
        expected = spearmanr(moved, counts, nan_policy="omit").statistic
        assert rank_correlations(values, counts)[shift] == pytest.approx(expected, abs=0.03)


def test_a_rate_that_follows_a_series_is_found_with_its_lag():
    rng = np.random.default_rng(2)
    rain = autoregressive(rng, 400)
    following = rng.poisson(np.exp(np.roll(rain, 3) / rain.std()))
    leading = rng.poisson(np.exp(-np.roll(rain, -2) / rain.std()))
    other = rng.poisson(2, 400)
    first, second, third = correlate([bins_of(rain, [following, leading, other])])
    assert (first.lag, second.lag) == (3 * 3600, -2 * 3600)
    assert first.coefficient > 0.5
    assert second.coefficient < -0.5
    assert max(first.p_value, second.p_value) <= SIGNIFICANT < third.p_value


def test_chance_is_called_significant_as_seldom_as_is_said():
    wrong, n = 0, 300
    for seed in range(n):
        rng = np.random.default_rng(seed)
        counts = [rng.poisson(np.exp(autoregressive(rng, 120) / 3)) for _ in range(3)]
        found = correlate([bins_of(autoregressive(rng, 120), counts)] * 2)
        wrong += min(each.p_value for each in found) <= SIGNIFICANT
    # Three standard errors above five in a hundred.
    assert wrong / n <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / n)


def test_a_probability_is_never_below_the_share_of_the_lags():
    rng = np.random.default_rng(3)
    rain = rng.normal(size=200)
    (same,) = correlate([bins_of(rain, [rain.argsort().argsort()])])
    assert same.coefficient == pytest.approx(1)
    n_lags = same.longest_lag / 3600
    assert same.p_value == pytest.approx((2 * n_lags + 1) / 200)
    assert 2 <= n_lags <= 5


def test_clusters_are_adjusted_for_each_other_and_keep_their_order():
    rng = np.random.default_rng(4)
    coefficients = [rng.uniform(-0.3, 0.3, 100) for _ in range(3)]
    coefficients[1][0] = -0.9
    together = shift_test(coefficients, 0)
    alone = [shift_test([each], 0)[0] for each in coefficients]
    assert together[1] == alone[1] == 0.01
    assert (together >= np.array(alone)).all()
    assert together[0] >= together[1]


def test_bins_are_whole_hold_all_events_and_the_means_of_the_series():
    counts = np.arange(60) % 2 + 1
    times = events_of(counts)
    values = np.repeat(np.arange(60.0), 2) + np.tile([0, 1], 60)
    found = bin_series(times, np.ones(len(times), int), [1], series_of(values, HOUR / 2))
    assert (found.width, found.in_words) == (3600, "hour")
    # The first and the last hour are not whole.
    np.testing.assert_array_equal(found.counts[1], counts[1:-1])
    np.testing.assert_array_equal(found.values, np.arange(1, 59) + 0.5)


def test_a_bin_is_as_long_as_the_interval_of_the_series():
    times = events_of(np.full(24 * 40, 2))
    values = np.random.default_rng(6).normal(size=40)
    found = bin_series(times, np.ones(len(times), int), [1], series_of(values, 24 * HOUR))
    assert found.in_words == "day"
    assert np.isfinite(found.values).all()


def test_a_gap_has_no_values_and_a_cluster_that_does_not_vary_no_rate():
    times = events_of(np.arange(100) % 5 + 1)
    labels = np.ones(len(times), int)
    values = np.sin(np.arange(100.0))
    values[30:50] = np.nan
    found = bin_series(times, labels, [1, 2], series_of(values))
    assert list(found.counts) == [1]
    assert np.isnan(found.values).sum() == 20


@pytest.mark.parametrize(("series", "expected"), [
    (series_of(np.arange(10.0))._replace(times=START - HOUR * np.arange(20, 10, -1)),
     "Rain has no values in the time of the events, and is not compared."),
    (series_of([np.nan] * 50), "Rain has no values in the time"),
    (series_of([]), "Rain has no values in the time"),
    (series_of([1.0]), "Rain has one value, and is not compared."),
    (series_of(np.arange(9.0)), "too short a time to be compared: 6 bins (width: hour), exp"),
    (series_of(np.ones(50)), "Rain does not vary in the time of the events"),
])  # fmt: skip
def test_what_cannot_be_compared_is_said_in_a_sentence(series, expected):
    times = events_of(np.arange(50) % 3)
    found = bin_series(times, np.ones(len(times), int), [1], series)
    assert isinstance(found, str)
    assert expected in found
