"""The settings: one typed model a stage, so that a typo is an error that names the key."""

import csv
import difflib
import hashlib
import json
import os
import re
from importlib.metadata import entry_points
from itertools import product
from pathlib import Path
from typing import Annotated, Literal, get_args

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    field_validator,
    model_validator,
)

from specufex_pipe.errors import SettingsError

Share = Annotated[float, Field(ge=0, lt=1)]
Forgetting = Annotated[float, Field(gt=0.5, le=1)]
_SEED_ID = re.compile(r"[A-Za-z0-9]{1,8}\.[A-Za-z0-9]{1,8}\.[A-Za-z0-9]{0,8}\.[A-Za-z0-9]{1,8}")
_CATALOG_COLUMNS = ("event_id", "time")
_LABEL_COLUMNS = ("event_id", "label")
MODEL_FILES = ("nmf.h5", "hmm.h5", "clusters.h5")
_RESULT_COLUMNS = ("cluster", "silhouette", "distance_to_centre")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _null_of_the_command_line(cls, values):
        # Snakemake hands over the values within braces, hmm={background: null}, as text.
        if not isinstance(values, dict):
            return values
        return {name: None if value == "null" else value for name, value in values.items()}


class WaveformSettings(_Section):
    """Which waveforms to read and how to prepare them."""

    catalog: str
    archive: str
    layout: Literal["files", "sds"] = "files"
    format: str = "MSEED"
    before: float = 5.0
    duration: PositiveFloat = 20.0
    margin: NonNegativeFloat = 5.0
    sampling_rate: PositiveFloat = 100.0
    fmin: PositiveFloat | None = 1.0
    fmax: PositiveFloat | None = None
    max_gap: NonNegativeFloat = 0.05
    max_clipped: Share = 0.005
    max_flat: PositiveFloat = 1.0

    @field_validator("format")
    @classmethod
    def _is_readable(cls, value):
        # A pickle runs code when it is read.
        formats = sorted(entry_points(group="obspy.plugin.waveform").names - {"PICKLE"})
        if value not in formats:
            raise ValueError(f"not a waveform format that is read here; choose from {formats}")
        return value

    @model_validator(mode="after")
    def _filter_fits(self):
        nyquist = self.sampling_rate / 2
        for key in ("fmin", "fmax"):
            value = getattr(self, key)
            if value is not None and value >= nyquist:
                raise ValueError(
                    f"{key} is {value:g} Hz, expected less than the Nyquist frequency "
                    f"{nyquist:g} Hz, half of sampling_rate"
                )
        if self.fmin and self.fmax and self.fmin >= self.fmax:
            raise ValueError(f"fmin is {self.fmin:g} Hz, expected less than fmax {self.fmax:g} Hz")
        return self


class SpectrogramSettings(_Section):
    """How a waveform becomes a spectrogram."""

    fmin: NonNegativeFloat = 2.0
    fmax: PositiveFloat = 45.0
    window: PositiveFloat = 1.28
    window_shape: Literal["hann", "hamming", "blackman", "boxcar"] = "hann"
    overlap: Share = 0.75
    zero_padding: Annotated[float, Field(ge=1)] = 2.0

    @model_validator(mode="after")
    def _band_is_not_empty(self):
        if self.fmin >= self.fmax:
            raise ValueError(f"fmin is {self.fmin:g} Hz, expected less than fmax {self.fmax:g} Hz")
        return self


class _FitSettings(_Section):
    """What both Bayesian models have in common."""

    evidence_weight: PositiveFloat = 1.0
    batch_size: PositiveInt = 32
    delay: Annotated[float, Field(ge=1)] = 1.0
    forgetting: Forgetting = 0.7
    held_out_share: Share = 0.1
    check_every: PositiveInt = 10
    tol: NonNegativeFloat = 1e-3
    patience: PositiveInt = 5
    max_local_rounds: PositiveInt = 100
    local_tol: NonNegativeFloat = 1e-3
    random_state: NonNegativeInt = 0

    def parameters(self):
        """Return the parameters of the model."""
        return self.model_dump()

    def record(self):
        """Return what the model depends on, for its file and for the report."""
        return self.parameters()


class SeqSettings(_Section):
    """Convolutive NMF with the cross-orthogonality penalty; see `SeqNMF`."""

    length: PositiveInt = 10
    cross_orthogonality: NonNegativeFloat = 0.001
    sparse_components: NonNegativeFloat = 0.0
    sparse_activations: NonNegativeFloat = 0.0
    orthogonal_components: NonNegativeFloat = 0.0
    orthogonal_activations: NonNegativeFloat = 0.0
    penalize_components: bool = True
    shift: bool = True
    max_iter: PositiveInt = 100
    tol: NonNegativeFloat | None = None


class SmoothSettings(_Section):
    """Smooth NMF; see `SmoothNMF`."""

    smoothness: NonNegativeFloat = 0.01
    max_iter: PositiveInt = 500
    tol: NonNegativeFloat = 1e-5


class SmoothConvexSettings(SmoothSettings):
    """Smooth convex NMF; see `SmoothConvexNMF`."""

    update: Literal["majorization", "reference"] = "majorization"


class MiniBatchSmoothConvexSettings(SmoothConvexSettings):
    """Smooth convex NMF that reads its data in batches; see `MiniBatchSmoothConvexNMF`."""

    batch_size: PositiveInt = 4096


class ReplicateSettings(_Section):
    """NMF from several random starts; see `ReplicateNMF`."""

    n_replicates: PositiveInt = 5
    loss: Literal["frobenius", "kullback-leibler", "itakura-saito"] = "kullback-leibler"
    batch_size: PositiveInt | None = None
    max_iter: PositiveInt = 500
    tol: NonNegativeFloat = 1e-4


Method = Literal[
    "bayesian", "seq", "smooth", "smooth_convex", "minibatch_smooth_convex", "replicate"
]
# What the sections are of those methods that have one; the Bayesian NMF's settings are nmf's own.
_OTHER_METHODS = get_args(Method)[1:]
_SHARED_KEYS = ("n_components", "random_state")


class NMFSettings(_FitSettings):
    """The factorization: the Bayesian NMF (see `BayesianNMF`), or another in its place."""

    method: Method = "bayesian"
    n_components: PositiveInt = 75
    forgetting: Forgetting = 0.6
    annealing: Share = 0.5
    max_iter: PositiveInt = 1000
    check_every: PositiveInt = 20
    patience: PositiveInt = 3
    prune_below: Share = 1e-4
    local_tol: NonNegativeFloat = 1e-4
    max_events: PositiveInt = 1000
    seq: SeqSettings = SeqSettings()
    smooth: SmoothSettings = SmoothSettings()
    smooth_convex: SmoothConvexSettings = SmoothConvexSettings()
    minibatch_smooth_convex: MiniBatchSmoothConvexSettings = MiniBatchSmoothConvexSettings()
    replicate: ReplicateSettings = ReplicateSettings()

    def parameters(self):
        """Return the parameters of the method's estimator."""
        if self.method == "bayesian":
            return self.model_dump(exclude={"method", "max_events", *_OTHER_METHODS})
        shared = {key: getattr(self, key) for key in _SHARED_KEYS}
        return shared | getattr(self, self.method).model_dump()

    def record(self):
        """Return what the method depends on, for its file and for the report."""
        limit = {} if self.method == "bayesian" else {"max_events": self.max_events}
        return {"method": self.method} | limit | self.parameters()

    def relevant(self):
        """Return the settings that the method depends on, as JSON for a rule's `params`."""
        if self.method == "bayesian":
            return self.model_dump_json(exclude={"max_events", *_OTHER_METHODS})
        return self.model_dump_json(include={"method", "max_events", *_SHARED_KEYS, self.method})


class HMMSettings(_FitSettings):
    """The Bayesian HMM; see `BayesianHMM`."""

    n_states: PositiveInt = 15
    smoothing: PositiveInt = 3
    background: Share | None = 0.5
    loudness: PositiveFloat | None = 100.0
    fingerprint: Literal["sequence", "transitions"] = "sequence"
    horizon: PositiveInt = 20
    init: Literal["kmeans", "random"] = "kmeans"
    max_iter: PositiveInt = 500
    max_local_rounds: PositiveInt = 50

    @field_validator("smoothing")
    @classmethod
    def _smoothing_has_a_middle(cls, value):
        if value % 2 == 0:
            raise ValueError("expected an odd number of frames")
        return value


class ClusterSettings(_Section):
    """How fingerprints are clustered."""

    n_clusters_min: Annotated[int, Field(ge=2)] = 2
    n_clusters_max: Annotated[int, Field(ge=2)] = 10
    n_principal_components: PositiveInt | None = 30
    n_init: PositiveInt = 20
    random_state: NonNegativeInt = 0

    @model_validator(mode="after")
    def _range_is_not_empty(self):
        if self.n_clusters_min > self.n_clusters_max:
            raise ValueError(
                f"n_clusters_min is {self.n_clusters_min}, expected at most n_clusters_max "
                f"{self.n_clusters_max}"
            )
        return self


class CompareSettings(_Section):
    """Which factorizations are run beside that of the run, to be compared with it."""

    methods: list[Method] = []
    labels: str | None = None

    @field_validator("methods")
    @classmethod
    def _are_different(cls, methods):
        if len(set(methods)) < len(methods):
            raise ValueError("a method is named twice")
        return methods


class ReportSettings(_Section):
    """What the report shows."""

    examples_per_cluster: PositiveInt = 4


class Settings(_Section):
    """All settings of a run."""

    results: Annotated[str, Field(min_length=1)] = "results"
    channels: Annotated[list[str], Field(min_length=1)]
    shard_size: PositiveInt = 10_000
    model: Annotated[str, Field(min_length=1)] = "fit"
    time_budget: PositiveFloat | None = None
    waveforms: WaveformSettings
    spectrograms: SpectrogramSettings = SpectrogramSettings()
    nmf: NMFSettings = NMFSettings()
    hmm: HMMSettings = HMMSettings()
    clusters: ClusterSettings = ClusterSettings()
    compare: CompareSettings = CompareSettings()
    report: ReportSettings = ReportSettings()

    @field_validator("channels")
    @classmethod
    def _are_seed_ids(cls, channels):
        for channel in channels:
            check_channel(channel)
        if len(set(channels)) < len(channels):
            raise ValueError("a channel is named twice")
        return channels

    @model_validator(mode="after")
    def _stages_fit(self):
        rate, spectrograms = self.waveforms.sampling_rate, self.spectrograms
        if spectrograms.fmax > rate / 2:
            raise ValueError(
                f"spectrograms.fmax is {spectrograms.fmax:g} Hz, expected at most the Nyquist "
                f"frequency {rate / 2:g} Hz, half of waveforms.sampling_rate"
            )
        if spectrograms.window > self.waveforms.duration:
            raise ValueError(
                f"spectrograms.window is {spectrograms.window:g} s, expected at most "
                f"waveforms.duration {self.waveforms.duration:g} s"
            )
        if round(spectrograms.window * rate) < 2:
            raise ValueError(
                f"spectrograms.window is {spectrograms.window:g} s, expected at least two samples "
                f"of waveforms.sampling_rate {rate:g} Hz"
            )
        others = [name for name in (self.nmf.method, *self.compared_methods) if name != "bayesian"]
        if self.model == "update" and others:
            raise ValueError(
                f"model is 'update', but of the factorizations only bayesian goes on from an "
                f"earlier fit, and not {', '.join(others)}: expected model fit or frozen, or no "
                "other nmf.method and compare.methods"
            )
        return self

    @property
    def fits_models(self):
        """Whether models are fitted, and not taken as they are."""
        return self.model in ("fit", "update")

    @property
    def models(self):
        """Folder with a folder for each channel in which its models are."""
        return self.results if self.fits_models or self.model == "frozen" else self.model

    @property
    def compared_methods(self):
        """The factorizations that are run beside that of the run itself."""
        return [method for method in self.compare.methods if method != self.nmf.method]

    def of_method(self, method):
        """Return the same settings with another factorization."""
        return self.model_copy(update={"nmf": self.nmf.model_copy(update={"method": method})})

    def stage(self, name):
        """Return the settings of a stage as JSON, for a rule's `params`."""
        section = getattr(self, name)
        return section.relevant() if name == "nmf" else section.model_dump_json()


def check_channel(channel):
    """Raise a ValueError if a text is no SEED id."""
    if not _SEED_ID.fullmatch(channel):
        raise ValueError(
            f"{channel!r} is no SEED id; expected NET.STA.LOC.CHA, such as YA.UV05.00.HHZ, or "
            "YA.UV05..HHZ where the location is empty"
        )


def read_settings(mapping):
    """Check settings, and that the files that they name are there.

    Parameters
    ----------
    mapping : dict
        As read from config.yaml.

    Returns
    -------
    Settings

    Raises
    ------
    SettingsError
        The message names every wrong key and its value, and what would be right.
    """
    settings = _validate(Settings, mapping)
    _check_inputs(settings.waveforms)
    if settings.compare.labels is not None:
        _read_columns(settings.compare.labels, "compare.labels", _LABEL_COLUMNS)
    _check_folders(settings)
    if Path(settings.results).resolve().is_relative_to(Path(settings.waveforms.archive).resolve()):
        raise SettingsError(
            f"results is {settings.results!r}, which lies in waveforms.archive "
            f"{settings.waveforms.archive!r}: results would be read as waveforms; choose a folder "
            "outside"
        )
    return settings


def read_settings_file(path):
    """Check the settings in a YAML file; see `read_settings`."""
    path = Path(path)
    if not path.is_file():
        raise SettingsError(f"{path}: there is no such file of settings")
    try:
        mapping = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: not valid YAML: {error}") from error
    return read_settings(mapping or {})


def read_stage_settings(name, text):
    """Read the settings of one stage from JSON, as `Settings.stage` writes them."""
    try:
        mapping = json.loads(text)
    except json.JSONDecodeError as error:
        raise SettingsError(f"the settings {text!r} are not valid JSON: {error}") from error
    return _validate(Settings.model_fields[name].annotation, mapping)


def archive_state(settings):
    """Describe the files of an archive, so that a rule sees when they change.

    Parameters
    ----------
    settings : WaveformSettings

    Returns
    -------
    str
        Digest of names, sizes and times of change; empty for an SDS archive, which is too large
        to go through each time.
    """
    if settings.layout == "sds":
        return ""
    state = hashlib.blake2b(digest_size=16)
    for path in archive_files(settings.archive):
        try:
            status = path.stat()
        except FileNotFoundError:  # it has been moved or removed meanwhile
            continue
        # The time of change of its status tells of permissions that were given.
        times = f"{status.st_mtime_ns}\0{status.st_ctime_ns}"
        state.update(f"{path}\0{status.st_size}\0{times}\0".encode("utf-8", "surrogateescape"))
    return state.hexdigest()


def archive_files(archive):
    """Return the paths of all files of an archive that are not hidden, in a fixed order."""
    archive = Path(archive)
    return sorted(
        path
        for path in archive.rglob("*")
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(archive).parts)
    )


def _validate(model, mapping):
    try:
        return model.model_validate(mapping)
    except ValidationError as error:
        lines = [_explain(model, problem) for problem in error.errors()]
        raise SettingsError("\n".join(["the settings are not valid:", *lines])) from error


def _explain(model, problem):
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"  {key} is no setting{_suggestion(model, problem['loc'])}"
    if problem["type"] == "missing":
        return f"  {key} is missing"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "value_error" and isinstance(problem["input"], dict):
        return f"  {f'{key}: ' if key else ''}{message}"
    return f"  {key} is {problem['input']!r}: {message[0].lower()}{message[1:]}"


def _suggestion(model, location):
    for part in location[:-1]:
        model = model.model_fields[part].annotation
    names = list(model.model_fields)
    close = difflib.get_close_matches(str(location[-1]), names, n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(names)}"


def _check_folders(settings):
    # A folder above that is missing may be a disk that is not there.
    above = Path(settings.results).absolute().parent
    if not above.is_dir():
        raise SettingsError(
            f"results is {settings.results!r}: there is no folder {above}; make it, or mount its "
            "disk"
        )
    results = Path(settings.results)
    if not os.access(results if results.exists() else above, os.W_OK):
        raise SettingsError(
            f"results is {settings.results!r}: this folder cannot be written; choose another, or "
            "see whether its disk is read-only"
        )
    if settings.fits_models:
        return
    folders = ["", *(f"compare/{method}" for method in settings.compared_methods)]
    for channel, folder, name in product(settings.channels, folders, MODEL_FILES):
        path = Path(settings.models) / channel / folder / name
        if not path.is_file():
            raise SettingsError(
                f"model is {settings.model!r}, which needs {path}: there is no such file; expected "
                '"fit", "update", or models of an earlier run: "frozen" for those of results, or '
                "the path of another folder of results"
            )


def _check_inputs(waveforms):
    if not Path(waveforms.archive).is_dir():
        raise SettingsError(f"waveforms.archive is {waveforms.archive!r}: there is no such folder")
    catalog = Path(waveforms.catalog)
    columns, first = _read_columns(waveforms.catalog, "waveforms.catalog", _CATALOG_COLUMNS)
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    if repeated:
        raise SettingsError(f"{catalog}: two columns are called {', '.join(repeated)}")
    taken = [name for name in _RESULT_COLUMNS if name in columns]
    if taken:
        raise SettingsError(
            f"{catalog}: the result will have a column {', '.join(taken)} of its own; give the "
            "catalog's another name"
        )
    if first is None:
        raise SettingsError(f"waveforms.catalog {waveforms.catalog!r} has no event")


def _read_columns(path, key, needed):
    """Return the columns of a CSV file that a setting names, and its first row or None."""
    if not Path(path).is_file():
        raise SettingsError(f"{key} is {path!r}: there is no such file")
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file, strict=True)
            columns = [name.strip() for name in next(rows, [])]
            first = next(rows, None)
    except (UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"{path}: not a CSV file in UTF-8 ({error})") from error
    missing = [name for name in needed if name not in columns]
    if missing:
        raise SettingsError(
            f"{key} {path!r} has no column {' and no '.join(missing)}; its first line is "
            f"{','.join(columns)!r}"
        )
    return columns, first
