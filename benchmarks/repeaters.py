"""Whether planted families of repeating earthquakes are found, at what threshold, how fast.

    python benchmarks/repeaters.py            # some two minutes on one core
    python benchmarks/repeaters.py --seeds 2

All pairs of the catalogs of planted_families.py are correlated. It prints, as means over the seeds
with the lowest and the highest in brackets,

- precision and recall of pairs of events in one family: the share of the pairs that are found in
  one family which were planted in one, and the share of the planted ones that are found; by
  signal-to-noise ratio, threshold and linkage;
- the same by the largest shift, where events are up to 0.4 s apart;
- the error of the lags of pairs of one family, root mean square, in samples;
- the time of a pair, beside a loop over ObsPy's `correlate` with the same pairs in the same
  process, by processor time.
"""

import argparse
import time

import numba
import numpy as np
from obspy.signal.cross_correlation import correlate as obspy_correlate
from planted_families import RATE, generate

from specufex_pipe.events.frames import Frames
from specufex_pipe.repeaters.correlation import correlate
from specufex_pipe.repeaters.families import LINKAGES, families
from specufex_pipe.repeaters.recordings import Channel, Station

RATIOS = (0, 5, 10, 15, 20, 30)  # dB
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
SHIFTS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)  # s
MAX_SHIFT, RATIO, THRESHOLD, N_TIMED = 0.5, 15, 0.9, 2000


def stations_of(catalog):
    n_events, n_samples = catalog.waveforms.shape[1:]
    offsets = np.arange(n_events + 1) * n_samples
    return [
        Station(
            f"XX.S{number}",
            (Channel(Frames(each.reshape(-1, 1), offsets), np.arange(n_events), RATE),),
        )
        for number, each in enumerate(catalog.waveforms)
    ]


def correlated(catalog, max_shift):
    pairs = np.column_stack(np.triu_indices(len(catalog.labels), 1))
    # All that may matter is refined.
    return pairs, correlate(pairs, stations_of(catalog), max_shift=max_shift, threshold=0.7)


def in_one_family(pairs, labels):
    return (labels[pairs[:, 0]] == labels[pairs[:, 1]]) & (labels[pairs[:, 0]] > 0)


def precision_and_recall(pairs, coefficients, planted, threshold, linkage_method):
    found = families(
        pairs,
        coefficients,
        len(planted),
        threshold=threshold,
        linkage_method=linkage_method,
        coefficients_of=lambda asked: np.zeros(len(asked)),
    )
    is_found, is_planted = in_one_family(pairs, found), in_one_family(pairs, planted)
    n_right = np.count_nonzero(is_found & is_planted)
    precision = n_right / is_found.sum() if is_found.any() else np.nan
    return precision, n_right / is_planted.sum()


def said(values):
    """Return mean, lowest and highest of values that may be NaN, where nothing was found."""
    values = np.array(values)[np.isfinite(values)]
    if not len(values):
        return f"{'-':^18}"
    return f"{values.mean():4.2f} ({values.min():4.2f}-{values.max():4.2f})"


def by_threshold(seeds, n_stations):
    print(f"\n{n_stations} station(s), largest shift {MAX_SHIFT} s")
    print(
        " dB  threshold  " + "".join(f"{each + ': precision':26}{'recall':18}" for each in LINKAGES)
    )
    for ratio in RATIOS:
        catalogs = [generate(seed, ratio, n_stations=n_stations) for seed in seeds]
        found = [correlated(catalog, MAX_SHIFT) for catalog in catalogs]
        for threshold in THRESHOLDS:
            cells = []
            for linkage_method in LINKAGES:
                scores = [
                    precision_and_recall(
                        pairs, each.means(), catalog.labels, threshold, linkage_method
                    )
                    for catalog, (pairs, each) in zip(catalogs, found, strict=True)
                ]
                cells += [said(values) for values in zip(*scores, strict=True)]
            print(f"{ratio:3}  {threshold:9}  " + "    ".join(cells))


def by_shift(seeds):
    print(f"\n{RATIO} dB, average linkage at {THRESHOLD}, by the largest shift that is tried")
    print("  s   precision           recall")
    for max_shift in SHIFTS:
        scores = []
        for seed in seeds:
            catalog = generate(seed, RATIO)
            pairs, found = correlated(catalog, max_shift)
            scores.append(
                precision_and_recall(pairs, found.means(), catalog.labels, THRESHOLD, "average")
            )
        cells = [said(values) for values in zip(*scores, strict=True)]
        print(f"{max_shift:4}  " + "  ".join(cells))


def lag_errors(seeds):
    print("\n dB  error of the lags, samples")
    for ratio in RATIOS:
        errors = []
        for seed in seeds:
            catalog = generate(seed, ratio)
            pairs, found = correlated(catalog, MAX_SHIFT)
            planted = in_one_family(pairs, catalog.labels)
            expected = catalog.shifts[pairs[:, 1]] - catalog.shifts[pairs[:, 0]]
            differences = (found.lags[:, 0] - expected)[planted & np.isfinite(found.lags[:, 0])]
            errors.append(RATE * np.sqrt((differences**2).mean()))
        print(f"{ratio:3}  {np.mean(errors):.4f} ({min(errors):.4f}-{max(errors):.4f})")


def speed():
    numba.set_num_threads(1)
    catalog = generate(0, RATIO)
    pairs, _ = correlated(catalog, 1.0)  # compiles
    start = time.process_time()
    correlated(catalog, 1.0)
    ours = (time.process_time() - start) / len(pairs)
    chosen = pairs[:: len(pairs) // N_TIMED]
    waveforms = catalog.waveforms[0]
    start = time.process_time()
    for first, second in chosen:
        obspy_correlate(waveforms[second], waveforms[first], round(RATE), demean=False)
    obspy = (time.process_time() - start) / len(chosen)
    n_samples = waveforms.shape[1]
    print(f"\n{n_samples} samples, {1e6 * ours:.1f} microseconds a pair; ObsPy {1e6 * obspy:.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    seeds = range(parser.parse_args().seeds)
    speed()
    lag_errors(seeds)
    by_shift(seeds)
    for n_stations in (1, 3):
        by_threshold(seeds, n_stations)


if __name__ == "__main__":
    main()
