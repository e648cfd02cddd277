"""How well fingerprints find the kinds of labelled events, beside features without an HMM.

Run it with `python benchmarks/quality.py`; it takes ten minutes, with `--alter` thirty. For the
sets of synthetic_events.py and five seeds, of the data and of both fits, it prints the median over
the seeds of two measures, and all values of the first:

- the adjusted Rand index of k-means with the true number of kinds (1: the kinds are the clusters,
  0: chance);
- the share of the events whose five nearest neighbours say what kind they are, cross-validated.

Both work on 30 principal components of the features. `--alter` instead shows what each part of the
default chain from energies to fingerprint is worth, with 15 states.
"""

import argparse
import logging
from collections import defaultdict

import numpy as np
from synthetic_events import BAND, ORDERS, RATE, RHYTHMS, SOURCES, generate

from specufex_pipe import BayesianHMM, BayesianNMF
from specufex_pipe.clustering.evaluation import quality
from specufex_pipe.legacy.specufex import HMM_CHAIN
from specufex_pipe.spectrograms import SpectrogramMaker

SETS = {"sources": (SOURCES, 1000), "orders": (ORDERS, 800), "rhythms": (RHYTHMS, 800)}
ALTERNATIVES = {
    "as it is": {},
    "no smoothing": {"smoothing": 1},
    "smoothing 5": {"smoothing": 5},
    "no background": {"background": None},
    "background 0.25": {"background": 0.25},
    "loudness as it is": {"loudness": None},
    "loudness 30": {"loudness": 30.0},
    "loudness 300": {"loudness": 300.0},
    "horizon 5": {"horizon": 5},
    "horizon 50": {"horizon": 50},
    "SpecUFEx's fingerprint": {"fingerprint": "transitions", "horizon": 100},
    "SpecUFEx's energies": {"smoothing": 1, "background": None, "loudness": None},
    "random start": {"init": "random"},
}


def prepared(name, seed):
    """Return spectrograms, activations and energies of a set, and its labels."""
    kinds, n_events = SETS[name]
    waveforms, labels = generate(kinds, n_events, seed)
    maker = SpectrogramMaker(RATE, fmin=BAND[0], fmax=BAND[1])
    spectrograms = np.array([maker.spectrogram(samples).T for samples in waveforms])
    nmf = BayesianNMF(random_state=seed).fit(spectrograms)
    activations = nmf.transform(spectrograms)
    return spectrograms, activations, nmf.energies(activations), labels


def fingerprints(energies, seed, n_states=15, **parameters):
    """Return the fingerprints of an HMM."""
    model = BayesianHMM(n_states, random_state=seed, **parameters)
    return model.fit(energies).transform(energies)


def compare(name, seed):
    """Yield the name of each kind of features, and its measures."""
    spectrograms, activations, energies, labels = prepared(name, seed)
    yield "PCA of spectrograms", quality(spectrograms, labels)
    yield "mean spectrum", quality(spectrograms.mean(axis=2), labels)
    yield "mean activation", quality(activations.mean(axis=2), labels)
    yield (
        "SpecUFEx's fingerprint, S = 15",
        quality(fingerprints(energies, seed, **HMM_CHAIN), labels),
    )
    for n_states in (5, 10, 15):
        found = quality(fingerprints(energies, seed, n_states), labels)
        yield f"fingerprint, S = {n_states}", found


def alter(name, seed):
    """Yield the name of each change to the defaults, and the measures with it."""
    _, _, energies, labels = prepared(name, seed)
    for change, parameters in ALTERNATIVES.items():
        yield change, quality(fingerprints(energies, seed, **parameters), labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--alter", action="store_true", help="change the defaults one by one")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # a fit that ends at max_iter is one of the things compared
    for name in options.sets:
        rows = defaultdict(list)
        for seed in range(options.seeds):
            for feature, found in (alter if options.alter else compare)(name, seed):
                rows[feature].append(found)
        print(f"\n{name:31s} Rand index   neighbours   Rand index of each seed")
        for feature, found in rows.items():
            index, accuracy = np.median(found, axis=0)
            each = "  ".join(f"{value:.2f}" for value, _ in found)
            print(f"{feature:31s} {index:10.2f} {accuracy:12.3f}   {each}", flush=True)


if __name__ == "__main__":
    main()
