"""Learn the patterns of the spectrograms."""

import logging
from pathlib import Path

from specufex_pipe.errors import StageError
from specufex_pipe.nmf import BayesianNMF
from specufex_pipe.store import FrameStore

log = logging.getLogger(__name__)


def run(settings, output, *, spectrograms, checkpoint=None):
    """Fit the NMF.

    Parameters
    ----------
    settings : config.NMFSettings
    output : str or Path
        nmf.h5
    spectrograms : str or Path
        spectrograms.h5
    checkpoint : str or Path, optional
        File that keeps the state while the fit runs, from which an interrupted one goes on.

    Raises
    ------
    StageError
        If the settings leave no pattern.
    """
    with FrameStore(spectrograms, "spectrograms") as store:
        try:
            model = BayesianNMF(**settings.model_dump(), verbose=True).fit(
                store, checkpoint=checkpoint
            )
        except ValueError as error:
            raise StageError(str(error)) from error
        inputs = {"spectrograms": store.digest}
    model.save(output, settings=settings.model_dump(), inputs=inputs)
    if checkpoint is not None:
        Path(checkpoint).unlink(missing_ok=True)
    log.info(
        "NMF: %d patterns of %d left after %d steps, held-out bound %.3f nats per frame",
        model.n_components_, model.n_components, model.n_iter_, model.bound_[-1],
    )  # fmt: skip
