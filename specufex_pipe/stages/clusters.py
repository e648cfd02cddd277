"""Learn groups of events with similar features."""

import logging
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from specufex_pipe.clustering.clusterer import EventClusterer
from specufex_pipe.clustering.files import save
from specufex_pipe.errors import StageError
from specufex_pipe.events.sampling import choose_events
from specufex_pipe.features.ensemble import EnsembleJoiner
from specufex_pipe.features.reading import block_batches
from specufex_pipe.numerics.types import Array
from specufex_pipe.progress import per_second
from specufex_pipe.settings import ClusterSettings
from specufex_pipe.store import FrameStore
from specufex_pipe.store.provenance import make_of
from specufex_pipe.words import counted

log = logging.getLogger(__name__)


def run(
    settings: ClusterSettings,
    output: Path,
    *,
    fingerprints: list[Path],
    waveforms: Path | None = None,
    catalog: Path | None = None,
) -> None:
    """Learn clusters of events, how many there are, and how sure they are.

    Parameters
    ----------
    settings : settings.ClusterSettings
    output : Path
        clusters.h5
    fingerprints : list of Path
        fingerprints.h5 of each NMF.
    waveforms : Path, optional
        waveforms.h5, where attributes are among the features.
    catalog : Path, optional
        catalog.h5, where columns of the catalog are among the features.

    Raises
    ------
    StageError
        If a feature cannot be had, or the fingerprints are of different events.
    """
    clock = time.monotonic()
    with ExitStack() as opened:
        stores = [opened.enter_context(FrameStore(path, "fingerprints")) for path in fingerprints]
        chosen = choose_events(stores[0].n_events, settings.random_state, settings.max_events)
        parts = list(
            block_batches(
                settings.features, fingerprints=stores, waveforms=waveforms, catalog=catalog,
                chosen=chosen,
            )
        )  # fmt: skip
        inputs = {"fingerprints": [store.digest for store in stores], **make_of(fingerprints)}
    blocks = [_concatenated(of_nmf) for of_nmf in zip(*parts, strict=True)]
    del parts
    try:
        joiner = EnsembleJoiner(settings.features).fit(blocks)
        features = joiner.transform(blocks)
        del blocks
        model = EventClusterer(**settings.parameters(), verbose=True)
        model.fit(features, models=joiner.models_)
    except ValueError as error:
        raise StageError(f"clusters: {error}") from error
    save(
        output,
        model.learned_,
        parameters=settings.parameters(),
        features=joiner.to_arrays(),
        description=joiner.description(),
        settings=settings.record(),
        inputs=inputs,
    )
    log.info(
        "%s, learned from %s, %s",
        model.learned_.outcome(), counted(len(model.learned_.points), "event"),
        per_second(len(chosen), clock),
    )  # fmt: skip


def _concatenated(parts: Sequence[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
