"""Learn groups of events with similar features."""

import logging
import time
from pathlib import Path

import numpy as np

from specufex_pipe.clustering.clusterer import EventClusterer
from specufex_pipe.clustering.files import save
from specufex_pipe.errors import StageError
from specufex_pipe.events.sampling import choose_events
from specufex_pipe.features.joining import FeatureJoiner
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
    fingerprints: Path,
    waveforms: Path | None = None,
    catalog: Path | None = None,
) -> None:
    """Learn clusters of events, how many there are, and how sure they are.

    Parameters
    ----------
    settings : settings.ClusterSettings
    output : Path
        clusters.h5
    fingerprints : Path
        fingerprints.h5
    waveforms : Path, optional
        waveforms.h5, where attributes are among the features.
    catalog : Path, optional
        catalog.h5, where columns of the catalog are among the features.

    Raises
    ------
    StageError
        If a feature cannot be had.
    """
    clock = time.monotonic()
    with FrameStore(fingerprints, "fingerprints") as store:
        chosen = choose_events(store.n_events, settings.random_state, settings.max_events)
        parts = list(
            block_batches(
                settings.features, fingerprints=store, waveforms=waveforms, catalog=catalog,
                chosen=chosen,
            )
        )  # fmt: skip
        inputs = {"fingerprints": store.digest, **make_of(fingerprints)}
    blocks: dict[str, Array] = {
        name: np.concatenate([part[name] for part in parts]) for name in parts[0]
    }
    del parts
    try:
        joiner = FeatureJoiner(settings.features).fit(blocks)
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
