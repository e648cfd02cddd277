"""How often rates of clusters seem to follow a series that has nothing to do with them.

Two tests of the largest rank correlation over lags: that of the report, and the usual one, which
holds it against random circular shifts beyond the lags and adjusts for the clusters by Holm's
method.

    python benchmarks/correlation.py
"""

import numpy as np

from specufex_pipe.report.correlation import SIGNIFICANT, Bins, correlate, rank_correlations

N_TRIALS, N_CLUSTERS, N_SHIFTS = 400, 3, 999


def autoregressive(rng, n, memory):
    values = rng.normal(size=n)
    values[0] /= np.sqrt(1 - memory**2)
    for i in range(1, n):
        values[i] += memory * values[i - 1]
    return values * np.sqrt(1 - memory**2)


def walk(rng, n):
    values = rng.normal(size=n).cumsum()
    return (values - values.mean()) / values.std()


def rates(rng, levels):
    return rng.poisson(np.exp(levels / 2)).astype(float)


def of_report(series, counts):
    bins = Bins("series", 1.0, "second", dict(enumerate(counts)), series)
    return min(each.p_value for each in correlate([bins]))


def usual(rng, series, counts):
    n_bins = len(series)
    n_lags = n_bins // 20
    shifts = rng.integers(2 * n_lags + 1, n_bins - 2 * n_lags, N_SHIFTS)
    p_values = []
    for each in counts:
        sizes = np.abs(rank_correlations(series, each))
        peaks = np.max([np.roll(sizes, lag) for lag in range(-n_lags, n_lags + 1)], axis=0)
        p_values.append((1 + np.count_nonzero(peaks[shifts] >= peaks[0])) / (1 + N_SHIFTS))
    return min(p_values) * len(p_values)  # Holm's smallest


def main():
    print("bins  memory  report  usual  follows by a bin")
    for n in (100, 300, 1000):
        for memory in (0.0, 0.7, 0.95):
            found = []
            for trial in range(N_TRIALS):
                rng = np.random.default_rng((trial, n))
                series = autoregressive(rng, n, memory)
                counts = [rates(rng, autoregressive(rng, n, memory)) for _ in range(N_CLUSTERS)]
                following = rates(rng, 1.4 * np.roll(series, 1))
                found.append(
                    [
                        of_report(series, counts),
                        usual(rng, series, counts),
                        of_report(series, [following, *counts[1:]]),
                    ]
                )
            report, other, power = np.mean(np.array(found) <= SIGNIFICANT, axis=0)
            print(f"{n:4}  {memory:6}  {report:6.3f}  {other:5.3f}  {power:5.3f}")
    print("bins  two random walks, one cluster")
    for n in (100, 300, 1000):
        rngs = [np.random.default_rng((trial, n)) for trial in range(N_TRIALS)]
        wrong = [of_report(walk(rng, n), [rates(rng, walk(rng, n))]) for rng in rngs]
        print(f"{n:4}  {np.mean(np.array(wrong) <= SIGNIFICANT):.3f}")


if __name__ == "__main__":
    main()
