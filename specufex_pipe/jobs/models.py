"""Models in a folder of results: whether those that are kept are there and as set; checkpoints."""

import json
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

from specufex_pipe.errors import SettingsError
from specufex_pipe.fitting.checkpoint import remove_checkpoint
from specufex_pipe.jobs.variants import owner_of
from specufex_pipe.settings import Settings
from specufex_pipe.stages.registry import STAGES
from specufex_pipe.store import read_attributes
from specufex_pipe.store.provenance import inputs_of
from specufex_pipe.words import counted

_FITS = ("nmf", "hmm")


def checkpoint_of(model: str | Path) -> Path:
    """Return the path of the file that keeps the state of the fit of a model."""
    return Path(model).with_suffix(".checkpoint.h5")


def remove_checkpoints(folder: Path) -> None:
    """Remove the checkpoints of the fits that have ended with a model.

    Until a run has ended they stay: Snakemake deletes the model of a job during which it was
    interrupted, and only a model that a later job has read is sure to last.

    Parameters
    ----------
    folder : Path
        Folder of the results.
    """
    for stage in _FITS:
        (name,) = STAGES[stage].writes
        # Of several HMMs each has its own, such as hmm.1.checkpoint.h5.
        for checkpoint in folder.glob(f"*/*/{checkpoint_of(f'{stage}*.h5')}"):
            model = checkpoint.with_name(name)
            # Of a fit that is under way, there may be an older model.
            if model.exists() and model.stat().st_mtime_ns >= checkpoint.stat().st_mtime_ns:
                remove_checkpoint(checkpoint)


def check_models(settings: Settings, folder: Path, units: Iterable[str]) -> None:
    """Make sure that models which are not fitted are there.

    Parameters
    ----------
    settings : Settings
    folder : Path
        Folder of the results in which they are.
    units : iterable of str

    Raises
    ------
    SettingsError
        The message names the model that is missing.
    """
    units = list(units)
    for unit, variant in product(units, settings.variant_names):
        clusters = _model_of(settings, folder, unit, variant, "clusters")
        if clusters.is_file():
            _require_as_many_nmfs(clusters, settings.variant(variant))
    for unit, (stage, variant) in product(units, _models_of(settings)):
        path = _model_of(settings, folder, unit, variant, stage)
        if path.is_file():
            continue
        name = path.name
        if (folder / unit / name).is_file():
            raise SettingsError(
                f"model is {settings.model!r}, and {folder / unit} has models of an earlier "
                'version (format 2), which are not read: run once with "fit"'
            )
        raise SettingsError(
            f"model is {settings.model!r}, which needs {path}: there is no such file; expected "
            '"fit", "update", or models of an earlier run: "frozen" for those of results, or '
            "the path of another folder of results"
        )


def _models_of(settings: Settings) -> Iterator[tuple[str, str]]:
    """Iterate over the stages and variants, or other NMFs of variants, that have models."""
    for variant in settings.variant_names:
        yield from product(_FITS, settings.nmf_names(variant))
        yield "clusters", variant


def _require_as_many_nmfs(clusters: Path, settings: Settings) -> None:
    n_learned, n_asked = len(inputs_of(clusters)["hmm"]), settings.clusters.n_nmfs
    if n_learned != n_asked:
        raise SettingsError(
            f"{clusters} are clusters of {counted(n_learned, 'NMF')}, and clusters.n_nmfs is "
            f'{n_asked}: set it to {n_learned}, or learn them again with model "fit"'
        )


def settings_without_effect(settings: Settings, folder: Path, units: Iterable[str]) -> list[str]:
    """Return what settings differ from those of models that are not fitted, a line a model.

    Parameters
    ----------
    settings : Settings
    folder : Path
        Folder of the results in which the models are.
    units : iterable of str

    Raises
    ------
    OSError
        If a model is damaged.
    """
    if settings.fits_models:
        return []
    found: dict[Path, str] = {}
    stages = (*_FITS, "clusters")
    # Other NMFs of a variant differ in the same settings.
    for unit, variant, stage in product(units, settings.variant_names, stages):
        path = _model_of(settings, folder, unit, variant, stage)
        # A missing one is for `check_models` to name; variants may share one.
        if not path.is_file() or path in found:
            continue
        own = getattr(settings.variant(variant), stage).record()
        made = json.loads(read_attributes(path)["settings"])
        changed = [
            f"{key} is {own[key]!r}, and was {made[key]!r}"
            for key in own
            if key in made and own[key] != made[key]
        ]
        if changed:
            found[path] = (
                f"{path} is kept (model is {settings.model!r}), so that what has changed under "
                f"{stage} has no effect: {'; '.join(changed)}"
            )
    return list(found.values())


def _model_of(settings: Settings, folder: Path, unit: str, variant: str, stage: str) -> Path:
    (name,) = STAGES[stage].writes
    return folder / unit / owner_of(stage, variant, settings) / name
