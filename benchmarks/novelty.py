"""Whether events of a new sort are told from those that clusters were learned from, by what rule.

Run it with `python benchmarks/novelty.py`; it takes some 20 minutes with two seeds, on one core. Of
each set of labelled_sets.py one label after the other is left out. NMF, HMMs and scales are learned
from half of the events with the other labels, which are drawn by the seed. How strange an event is
to these is then measured of the other half, and of the events with the label that was left out:

- nearest: the distance to the nearest learned event, on 30 principal components;
- neighbours: the mean distance to the 15 nearest, likewise;
- LOF: the local outlier factor of these 15 (Breunig et al., SIGMOD 2000);
- own cluster: "neighbours" over its median in the cluster that most of the 15 are in, of as many
  k-means clusters as there are labels;
- off the axes: the distance from the space of the principal components;
- nearest, off the axes: the root of the sum of the squares of both: the distance to the nearest
  learned event as the principal components show it;
- one of both: the larger of the two, each in parts of its limit;
- local: "nearest, off the axes" over its mean among the 15 nearest;
- all features: the distance to the nearest learned event in all features;
- NMF: the Kullback-Leibler divergence of a frame of the event from its reconstruction;
- HMM: minus the bound on the log-likelihood of a frame, a mean over the HMMs.

It prints, as means over the seeds, for each label and on average

- the area under the ROC curve (AUC; 0.5: chance, 1: told apart);
- found: the share of the left-out events above 99 % of the other half of the known ones;

and, on average, what a user gets, who does not have the other half: "called" is the share of that
half beyond the limit, and "found" that of the left-out events. The limit is the 99 % quantile of
the learned events, each fifth measured against the other four. Those of NMF and HMM are measured
against themselves: leaving them out would take other fits. A factor behind a name is that of the
limit; the others are 1.
"""

import argparse
import logging
from functools import partial
from pathlib import Path

import numba
import numpy as np
from labelled_sets import NAMES, labelled_set
from scipy.special import kl_div
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import LocalOutlierFactor
from threadpoolctl import threadpool_limits

from specufex_pipe import BayesianNMF, HMMEnsemble
from specufex_pipe.clustering.kmeans import KMeansMethod
from specufex_pipe.clustering.neighbors import nearest
from specufex_pipe.clustering.resamples import Recipe
from specufex_pipe.clustering.space import Space
from specufex_pipe.events.checks import as_frames
from specufex_pipe.features.joining import FeatureJoiner
from specufex_pipe.features.models import features_of_models

_NEAREST, _OFF, _BOTH = "nearest", "off the axes", "nearest, off the axes"
_LIMIT = 0.99
# Of the limit, beside 1.
FACTORS = {_NEAREST: [2.0], _BOTH: [1.5]}
_N_HMMS, _N_DIMENSIONS, _N_NEIGHBORS, _N_PARTS = 5, 30, 15, 5
GROUPS = ("learned", "other half", "left out")


# -- Events ----------------------------------------------------------------------------------------


def divided(data, label, seed):
    """Return the events of each group."""
    known = np.flatnonzero(data.is_sure & (data.labels != label))
    known = np.random.default_rng(seed).permutation(known)
    half = len(known) // 2
    return known[:half], known[half:], np.flatnonzero(data.is_sure & (data.labels == label))


def measured(data, label, seed):
    """Return features of each group, and what the models say of them."""
    found = {}
    nmf, hmms, joiner = BayesianNMF(data.n_components, random_state=seed), None, None
    for group, events in zip(GROUPS, divided(data, label, seed), strict=True):
        frames = as_frames([data.spectrograms[event] for event in events], rows="frequencies")
        if joiner is None:
            nmf.fit(frames)
        activations = nmf.transform(frames)
        energies = nmf.energies(activations)
        hmms = hmms or HMMEnsemble(_N_HMMS, random_state=seed).fit(energies)
        models = features_of_models(activations, nmf, hmms)
        blocks = {
            "fingerprints": models.fingerprints,
            "mean_energies": models.mean_energies,
            "duration": np.diff(frames.offsets),
        }
        joiner = joiner or FeatureJoiner().fit(blocks)
        found[f"{group}, features"] = joiner.transform(blocks)
        found[f"{group}, NMF"] = misfits(frames, nmf.inverse_transform(activations))
        bounds = np.mean([model.posterior(energies).bounds for model in hmms.models], axis=0)
        found[f"{group}, HMM"] = -bounds / np.diff(frames.offsets)
    return found


def misfits(frames, reconstruction):
    """Return the divergence of the frames of each event, on average over its frames."""
    divergence = kl_div(frames.whole().frames, reconstruction.frames).sum(axis=1)
    return np.add.reduceat(divergence, frames.offsets[:-1]) / np.diff(frames.offsets)


def kept(folder, name, make):
    """Return arrays that are kept in a folder, or make and keep them."""
    path = None if folder is None else folder / f"{name}.npz"
    if path is not None and path.exists():
        with np.load(path) as file:
            return dict(file)
    found = make()
    if path is not None:
        np.savez(path, **found)
    return found


# -- Rules -----------------------------------------------------------------------------------------


def strangeness(learned, features, n_labels):
    """Return how strange events are to learned ones, by each rule that looks at features."""
    space = Space.of(learned, _N_DIMENSIONS)
    points, asked = space.points(learned), space.points(features)
    number = min(_N_NEIGHBORS, len(learned) // 10)
    distances, neighbors = nearest(points, asked, number)
    own, _ = nearest(points, points, number + 1)
    off = off_axes(space, features)
    both = np.hypot(distances[:, 0], off)
    means, own_means = distances.mean(axis=1), own[:, 1:].mean(axis=1)
    usual = np.hypot(own[:, 1], off_axes(space, learned))
    (labels,) = Recipe(KMeansMethod(), _N_NEIGHBORS, 5).divide(points, [n_labels], 0)
    clusters = np.array([np.bincount(each).argmax() for each in labels[neighbors]])
    medians = np.array([np.median(own_means[labels == cluster]) for cluster in clusters])
    lof = LocalOutlierFactor(number, novelty=True).fit(points)
    return {
        _NEAREST: distances[:, 0],
        "neighbours": means,
        "LOF": -lof.score_samples(asked),
        "own cluster": means / medians,
        _OFF: off,
        _BOTH: both,
        "local": both / usual[neighbors].mean(axis=1),
        "all features": nearest(learned, features, 1)[0][:, 0],
    }


def off_axes(space, features):
    """Return the distances of events from a space."""
    return np.linalg.norm(features - space.mean - space.points(features) @ space.axes, axis=1)


def usual_strangeness(learned, n_labels):
    """Return how strange the events of each fifth are to those of the other four."""
    parts = np.arange(len(learned)) % _N_PARTS
    found = {}
    for part in range(_N_PARTS):
        is_left = parts == part
        for name, values in strangeness(learned[~is_left], learned[is_left], n_labels).items():
            found.setdefault(name, np.zeros(len(learned)))[is_left] = values
    return found


def by_rules(arrays, n_labels):
    """Return how strange the events of each group are, by each rule."""
    learned = arrays["learned, features"]
    found = {"learned": usual_strangeness(learned, n_labels)}
    for group in GROUPS[1:]:
        found[group] = strangeness(learned, arrays[f"{group}, features"], n_labels)
    for group, of_group in found.items():
        of_group |= {name: arrays[f"{group}, {name}"] for name in ("NMF", "HMM")}
    limits = {name: np.quantile(values, _LIMIT) for name, values in found["learned"].items()}
    for of_group in found.values():
        of_group["one of both"] = np.maximum(
            of_group[_NEAREST] / limits[_NEAREST], of_group[_OFF] / limits[_OFF]
        )
    return found


# -- Tables ----------------------------------------------------------------------------------------


def row(known, new, limit):
    """Return AUC, share that is found at 1 % false alarms, and shares beyond the limit."""
    is_new = np.repeat([0, 1], [len(known), len(new)])
    return (
        roc_auc_score(is_new, np.concatenate([known, new])),
        np.mean(new > np.quantile(known, _LIMIT)),
        np.mean(known > limit),
        np.mean(new > limit),
    )


def rows_of(arrays, n_labels):
    """Return a row for each rule and factor."""
    found = by_rules(arrays, n_labels)
    learned, known, new = (found[group] for group in GROUPS)
    return {
        (name, factor): row(known[name], new[name], factor * np.quantile(learned[name], _LIMIT))
        for name in learned
        for factor in [1.0, *FACTORS.get(name, [])]
    }


def rows_of_set(name, seeds, folder):
    """Return the rows of a set: of each rule, by label, a list over the seeds."""
    data, rows = labelled_set(name), {}
    for label in np.unique(data.labels[data.is_sure]):
        for seed in seeds:
            make = partial(measured, data, label, seed)
            arrays = kept(folder, f"{name}_{label}_{seed}", make)
            for rule, found in rows_of(arrays, data.n_labels - 1).items():
                rows.setdefault(rule, {}).setdefault(label, []).append(found)
    return rows


def print_table(name, rows):
    """Print the rows of a set: of each rule, by label and seed."""
    labels = list(next(iter(rows.values())))
    print(f"\n{name}; AUC and found at 1 % without the label, on average, beyond the limit")
    columns = [*(str(label)[:11] for label in labels), "mean", "called found"]
    print(" " * 33 + "".join(f"{column:>14s}" for column in columns))
    for (rule, factor), by_label in rows.items():
        means = np.array([np.mean(by_label[label], axis=0) for label in labels])
        cells = [*means, means.mean(axis=0)]
        text = "".join(f"{auc:8.2f}{found:6.2f}" for auc, found, *_ in cells)
        _, _, called, found = cells[-1]
        title = rule if factor == 1 else f"{rule}, {factor} times"
        print(f"{title:33s}{text}{called:8.3f}{found:6.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sets = [name for name in NAMES if name != "UV06"]  # nothing finds the labels of that one
    parser.add_argument("--sets", nargs="*", choices=NAMES, default=sets)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--keep", type=Path, help="folder to keep features in, and read them from")
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # a fit that ends at max_iter is one of the things compared
    numba.set_num_threads(1)
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    everything = {}
    with threadpool_limits(1):
        for name in options.sets:
            rows = rows_of_set(name, options.seeds, options.keep)
            print_table(name, rows)
            for rule, by_label in rows.items():
                found = np.mean(list(by_label.values()), axis=(0, 1))
                everything.setdefault(rule, {})[name] = [found]
    print_table("all sets", everything)


if __name__ == "__main__":
    main()
