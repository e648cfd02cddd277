"""How close clusters come to labels, and how far they agree between seeds, for all methods.

Run it with `python benchmarks/quality.py`; it takes some hours with five seeds, on one core. With
`--digits PATH` a set from a file is among those of labelled_sets.py. The data of a set are the
same for all seeds; NMF, HMMs and clustering have another seed each time. Of each set it prints, for
features and methods, mean and worst over the seeds of

- closeness: the adjusted Rand index of clusters and labels (1: they are the same, 0: chance);
- agreement: the adjusted Rand index of the clusters of two seeds, over all pairs,

first with the true number of labels, then with the number that the rule "stability" chooses, with
the numbers that it chose, the share of the events that resamples tell to move, and that which moves
between seeds that chose the same number. "neighbours" is the share of the events whose five nearest
neighbours tell their label, cross-validated, on average over the seeds. The features are

- PCA: of spectrograms that are moved in time until their centroids of energy are in the middle, and
  padded or cropped to the median length;
- scattering: of a wavelet scattering network (Steinmann et al., JGR Solid Earth 127, 2022), means
  over time of its first layer, and of its second over those of the first, as logarithms. Only those
  in the band of the spectrograms count, and of the second layer those that are slower than what
  they modulate; the others are rounding and noise. Waveforms are scaled to a variance of 1, since
  spectrograms do not know loudness either. It is left out unless scatseisnet is installed
  (`pip install -e ".[benchmarks]"`);
- activation: means of the NMF's activations;
- SpecUFEx: the fingerprint of one HMM with SpecUFEx's chain from energies to fingerprint;
- one HMM: its fingerprint; all of these are of one NMF;
- one NMF: fingerprints of two HMMs, mean energies and durations, with the weights of the settings;
- fingerprints: of three NMFs with two HMMs each;
- default: the same, mean energies and durations, with the weights of the settings;
- shuffled: the default, of events whose frames are in random order. What is lost says how much
  order matters, and nothing else.

The first four are clustered by k-means of 30 principal components as their users do, without
averages over neighbours; the others by all methods. All methods choose a number for the default
features, and k-means for all features. HDBSCAN finds its own number in any case.

`--alter` instead changes the parameters of the HMMs one by one, with the default features and
clustering and the true number.
"""

import argparse
import logging
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
from labelled_sets import DIGITS, NAMES, labelled_set
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from specufex_pipe import BayesianHMM, BayesianNMF, EventClusterer, HMMEnsemble
from specufex_pipe.clustering.base import by_size
from specufex_pipe.clustering.evaluation import quality
from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.clustering.resamples import Recipe, share_moved
from specufex_pipe.clustering.space import ModelBlocks, Space
from specufex_pipe.events.checks import as_frames
from specufex_pipe.events.frames import Frames
from specufex_pipe.features.blocks import DEFAULT_WEIGHTS
from specufex_pipe.features.ensemble import EnsembleJoiner
from specufex_pipe.features.models import features_of_models
from specufex_pipe.legacy.specufex import HMM_CHAIN
from specufex_pipe.numerics.randomness import seed_of_model
from specufex_pipe.settings import ClusterSettings

_KMEANS = "kmeans"
_FINGERPRINTS = {"fingerprints": 1.0}
_OTHERS = ("PCA", "scattering", "activation", "SpecUFEx")
_OURS = ("one HMM", "one NMF", "fingerprints", "default", "shuffled")
_DEFAULT = _OURS[3]
_N_NMFS = ClusterSettings().n_nmfs
ALTERNATIVES = {
    "as it is": {},
    "one HMM": {"n_models": 1},
    "five HMMs": {"n_models": 5},
    "10 states": {"n_states": 10},
    "20 states": {"n_states": 20},
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


class Features(NamedTuple):
    """Features of events, and the model that each column is of; None where there are none."""

    values: Any
    models: Any = None


# -- Features --------------------------------------------------------------------------------------


def of_spectrograms(events):
    """Return spectrograms as rows, their centroids of energy in the middle."""
    length = round(np.median([event.shape[1] for event in events]))
    rows = []
    for event in events:
        energy = event.sum(axis=0)
        middle = round(float((energy * np.arange(len(energy))).sum() / max(energy.sum(), 1e-300)))
        padded = np.pad(event, ((0, 0), (length, length)))
        first = length + middle - length // 2
        rows.append(padded[:, first : first + length].ravel())
    return Features(np.array(rows))


def of_scattering(data):
    """Return the coefficients of a scattering network; None where the package is not installed."""
    try:
        from scatseisnet import ScatteringNetwork
    except ImportError:
        return None
    low, high = data.band
    network = ScatteringNetwork(
        {"octaves": round(np.log2(data.sampling_rate / 2 / low)), "resolution": 4, "quality": 1},
        {"octaves": 8, "resolution": 2, "quality": 3},
        bins=max(map(len, data.waveforms)),
        sampling_rate=data.sampling_rate,
    )
    carriers, modulations = (bank.centers for bank in network.banks)
    in_band = (carriers >= low) & (carriers <= high)
    is_slower = modulations < carriers[in_band, None]
    rows = []
    for samples in data.waveforms:
        padded = np.pad(samples / samples.std(), (0, network.bins - len(samples)))
        first, second = (
            layer[in_band] for layer in network.transform_segment(padded, reduce_type=np.mean)
        )
        rows.append(np.concatenate([first, (second / first[:, None])[is_slower]]))
    return Features(np.log(np.maximum(rows, 1e-10)))


def of_data(data):
    """Return what does without models, by name."""
    found = {"PCA": of_spectrograms(data.spectrograms), "scattering": of_scattering(data)}
    return {name: features for name, features in found.items() if features is not None}


def fitted_nmfs(data, seed):
    """Return NMFs, and the activations of all events by each."""
    spectrograms = as_frames(data.spectrograms, rows="frequencies").whole()
    found = []
    for number in range(_N_NMFS):
        nmf = BayesianNMF(data.n_components, random_state=seed_of_model(seed, number))
        found.append((nmf.fit(spectrograms), nmf.transform(spectrograms)))
    return found


def blocks_of(nmf, activations, seed, **parameters):
    """Return the blocks of features that an NMF and its HMMs give."""
    hmms = HMMEnsemble(random_state=seed, **parameters).fit(nmf.energies(activations))
    found = features_of_models(activations, nmf, hmms)
    return {
        "fingerprints": found.fingerprints,
        "mean_energies": found.mean_energies,
        "duration": np.diff(activations.offsets),
    }


def joined(blocks, weights=DEFAULT_WEIGHTS):
    """Return the features of some NMFs."""
    joiner = EnsembleJoiner(weights).fit(blocks)
    return Features(joiner.transform(blocks), joiner.models_)


def of_models(data, seed):
    """Return what takes models, by name."""
    fits = fitted_nmfs(data, seed)
    nmf, activations = fits[0]
    energies = nmf.energies(activations)
    legacy = BayesianHMM(random_state=seed, **HMM_CHAIN).fit(energies).transform(energies)
    means = np.stack([frames.mean(axis=0) for frames in _events(activations)])
    blocks = [blocks_of(*fit, seed) for fit in fits]
    one_hmm = {"fingerprints": blocks[0]["fingerprints"][:, :1]}
    return {
        "activation": Features(means),
        "SpecUFEx": Features(legacy.reshape(len(legacy), -1)),
        _OURS[0]: joined([one_hmm], _FINGERPRINTS),
        _OURS[1]: joined(blocks[:1]),
        _OURS[2]: joined(blocks, _FINGERPRINTS),
        _DEFAULT: joined(blocks),
        _OURS[4]: joined([blocks_of(nmf, shuffled(each, seed), seed) for nmf, each in fits]),
    }


def shuffled(activations, seed):
    """Return activations with the frames of each event in random order."""
    rng = np.random.default_rng(seed)
    order = [first + rng.permutation(end - first) for first, end in pairwise(activations.offsets)]
    return Frames(activations.frames[np.concatenate(order)], activations.offsets)


def _events(frames):
    return frames.read(range(frames.n_events)).events()


def kept(folder, name, seed, make):
    """Return features that are kept in a folder, or make and keep them."""
    path = None if folder is None else folder / f"{name}_{seed}.npz"
    if path is not None and path.exists():
        with np.load(path) as file:
            return {
                key: Features(file[key], file.get(f"{key}, models"))
                for key in file.files
                if not key.endswith(", models")
            }
    found = make()
    if path is not None:
        arrays = {name: features.values for name, features in found.items()}
        models = {f"{name}, models": each.models for name, each in found.items()}
        arrays |= {name: owners for name, owners in models.items() if owners is not None}
        np.savez(path, **arrays)
    return found


def altered(data, seed):
    """Return the default features with each change of the HMMs."""
    fits = fitted_nmfs(data, seed)
    return {
        change: joined([blocks_of(*fit, seed, **parameters) for fit in fits])
        for change, parameters in ALTERNATIVES.items()
    }


# -- Clusters --------------------------------------------------------------------------------------


def parameters_of(name):
    """Return the parameters of the clusterer for features: only ours are averaged."""
    return {"n_averages": 0} if name in _OTHERS else {}


def divide(features, name, method, number, seed):
    """Return the clusters that an `EventClusterer` finds, without asking how sure they are."""
    asked = EventClusterer(**parameters_of(name))
    recipe = Recipe(CLUSTERINGS[method](), asked.n_neighbors, asked.n_averages)
    space = Space.of(features.values, asked.n_principal_components)
    points = space.points(features.values)
    if features.models is None:
        blocks = ModelBlocks.of_points(points)
    else:
        blocks = ModelBlocks.of(features.values, features.models, asked.n_principal_components)
    (labels,) = recipe.divide(points, blocks, [number], seed)
    return by_size(labels)


def choose(features, name, method, seed):
    """Return a clusterer that has chosen the number by the rule "stability"."""
    model = EventClusterer(method, random_state=seed, **parameters_of(name))
    return model.fit(features.values, models=features.models)


class Row:
    """What was found with features and a method, over the seeds."""

    def __init__(self, data):
        self._data = data
        self.partitions, self.chosen, self.neighbours = [], [], []

    def text(self):
        """Return it as a line of the table, without its beginning."""
        found = f"{np.mean(self.neighbours):10.3f}  {self._measures(self.partitions)}"
        if not self.chosen:
            return found
        labels = [model.labels_ for model in self.chosen]
        numbers = ",".join(str(each.max()) for each in labels)
        return f"{found}{numbers:>14s}  {self._measures(labels)}{self._moved(labels)}"

    def _moved(self, partitions):
        """Return the share of the events that move, as it is told and as other seeds move them."""
        told = [model.learned_.moved for model in self.chosen if model.learned_.place is not None]
        moved = [
            share_moved(one, other)
            for one, other in combinations(partitions, 2)
            if one.max() == other.max() > 0
        ]
        return "".join(f"{100 * np.mean(each):7.1f} %" for each in (told, moved) if each)

    def _measures(self, partitions):
        sure, labels = self._data.is_sure, self._data.labels
        close = [adjusted_rand_score(labels[sure], each[sure]) for each in partitions]
        agree = [adjusted_rand_score(one, other) for one, other in combinations(partitions, 2)]
        return "".join(
            f"{np.mean(each):6.2f} ({min(each):5.2f})" for each in (close, agree) if each
        )


def table(data, features_of_seeds, methods_of, chooses):
    """Fill the rows of a set, by features and method."""
    rows = {}
    for seed, of_seed in features_of_seeds:
        for name, features in of_seed.items():
            sure = features.values[data.is_sure]
            neighbours = quality(sure, data.labels[data.is_sure]).neighbours
            for method in methods_of(name):
                row = rows.setdefault((name, method), Row(data))
                row.neighbours.append(neighbours)
                row.partitions.append(divide(features, name, method, data.n_labels, seed))
                if chooses(name, method):
                    row.chosen.append(choose(features, name, method, seed))
    return rows


def print_table(name, data, rows):
    """Print the rows of a set."""
    print(f"\n{name}: {len(data.labels)} events, {data.n_labels} labels")
    print(
        f"{'features':23s}{'method':17s}neighbours   closeness     agreement       "
        'numbers      closeness     agreement ("stability")  moves, told and seen'
    )
    for (features, method), row in rows.items():
        print(f"{features:23s}{method:17s}{row.text()}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--alter", action="store_true", help="change the HMMs one by one")
    parser.add_argument("--digits", type=Path, help="an HDF5 file: one more set")
    parser.add_argument("--sets", nargs="*", choices=NAMES, default=list(NAMES))
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(5)))
    parser.add_argument(
        "--choose", nargs="*", choices=list(CLUSTERINGS), default=list(CLUSTERINGS),
        help="methods that choose a number, too; all by default",
    )  # fmt: skip
    parser.add_argument(
        "--features", nargs="+", choices=(*_OTHERS, *_OURS), default=[*_OTHERS, *_OURS],
        help="features to cluster; all by default",
    )  # fmt: skip
    parser.add_argument("--keep", type=Path, help="folder to keep features in, and read them from")
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # a fit that ends at max_iter is one of the things compared
    numba.set_num_threads(1)
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)

    def features_of(data, name):
        fixed = {} if options.alter else kept(options.keep, name, "data", lambda: of_data(data))
        for seed in options.seeds:
            if options.alter:
                yield seed, altered(data, seed)
            else:
                found = kept(options.keep, name, seed, lambda seed=seed: of_models(data, seed))
                both = fixed | found
                yield seed, {key: both[key] for key in options.features if key in both}

    def methods_of(name):
        return [_KMEANS] if options.alter or name in _OTHERS else list(CLUSTERINGS)

    def chooses(name, method):
        if options.alter or method not in options.choose:
            return False
        return name == _DEFAULT or method == _KMEANS

    with threadpool_limits(1):
        for name in [*options.sets, *([DIGITS] if options.digits else [])]:
            data = labelled_set(name, options.digits)
            rows = table(data, features_of(data, name), methods_of, chooses)
            print_table(name, data, rows)


if __name__ == "__main__":
    main()
