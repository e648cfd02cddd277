"""The features of events as the clusters have them: what `assign` and others begin with."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from specufex_pipe.errors import StageError
from specufex_pipe.features.files import load_joiner
from specufex_pipe.features.reading import block_batches
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.store import FrameStore, read_attributes
from specufex_pipe.store.provenance import inputs_of, make_of


class ClusteredFeatures(NamedTuple):
    """The features of events, scaled as those were that the clusters were learned from.

    Attributes
    ----------
    event_ids : list of str
        Of all events, whichever were chosen.
    batches : iterator of ndarray of shape (n_events_of_batch, n_features)
        In their order; the files are open as long as it is used.
    inputs : dict
        Digests of what they are made from.
    """

    event_ids: list[str]
    batches: Iterator[FloatArray]
    inputs: dict[str, Any]


@contextmanager
def features_of_clusters(
    clusters: Path,
    fingerprints: list[Path],
    waveforms: Path | None = None,
    catalog: Path | None = None,
    chosen: IntArray | None = None,
) -> Iterator[ClusteredFeatures]:
    """Give the features of the events that have fingerprints.

    Parameters
    ----------
    clusters : Path
        clusters.h5, which tells how features are made.
    fingerprints : list of Path
        fingerprints.h5 of each NMF, in the order in which the clusters were learned from them.
    waveforms, catalog : Path, optional
        waveforms.h5 and catalog.h5, where attributes and columns are among the features.
    chosen : ndarray of int, optional
        Places of the events to take, rising; all by default.

    Raises
    ------
    StageError
        If the clusters are of fingerprints that other HMMs made, or with other settings, or a
        feature cannot be had.
    """
    joiner = load_joiner(clusters)
    _require_same_make(clusters, fingerprints)
    with ExitStack() as opened:
        stores = [opened.enter_context(FrameStore(path, "fingerprints")) for path in fingerprints]
        batches = block_batches(
            joiner.weights, fingerprints=stores, waveforms=waveforms, catalog=catalog,
            chosen=chosen,
        )  # fmt: skip
        inputs = {
            "fingerprints": [store.digest for store in stores],
            "clusters": read_attributes(clusters)["digest"],
        }
        try:
            features = (joiner.transform(blocks) for blocks in batches)
            yield ClusteredFeatures(stores[0].event_ids, features, inputs)
        except ValueError as error:
            raise StageError(f"{', '.join(map(str, fingerprints))}: {error}") from error


def _require_same_make(clusters: Path, fingerprints: list[Path]) -> None:
    learned, given = inputs_of(clusters), make_of(fingerprints)
    if len(learned["hmm"]) != len(given["hmm"]):
        raise StageError(
            f"{clusters} are clusters of fingerprints of {len(learned['hmm'])} NMFs, and those of "
            f"{len(given['hmm'])} were given: learn them again, or give as many"
        )
    for path, of_learned, of_given in zip(fingerprints, learned["hmm"], given["hmm"], strict=True):
        if of_learned != of_given:
            raise StageError(
                f"{clusters} are clusters of fingerprints that other HMMs made than those in "
                f"{path}: learn them again"
            )
    if learned["fingerprint_settings"] != given["fingerprint_settings"]:
        raise StageError(
            f"{clusters} are clusters of fingerprints made with "
            f"{_as_text(learned['fingerprint_settings'])}, and those in {fingerprints[0]} were "
            f"made with {_as_text(given['fingerprint_settings'])}: learn them again, or set the "
            "same under fingerprints"
        )


def _as_text(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items())
