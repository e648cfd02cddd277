"""How long the jobs of a run took, by the benchmark files that Snakemake writes."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from math import isfinite, nan
from pathlib import Path
from typing import NamedTuple

from specufex_pipe.report.files import ReportFiles

_FOLDER = "benchmarks"
# A benchmark file has a header and a line for each repetition.
_MOST_CHARACTERS = 100_000


class RunTime(NamedTuple):
    """What the jobs of a stage took.

    Attributes
    ----------
    stage : str
    n_jobs : int
    seconds : float
        Of the clock, summed over the jobs; NaN where no job tells it.
    cpu_seconds : float
        Of all processors, summed over the jobs that tell it.
    megabytes : float
        The most memory that a job had at a time.
    """

    stage: str
    n_jobs: int
    seconds: float
    cpu_seconds: float
    megabytes: float


class RunTimes(NamedTuple):
    """What the jobs of a run took.

    Attributes
    ----------
    stages : list of RunTime
        In the order of the pipeline.
    unreadable : list of str
        Names of the files that are no benchmarks.
    """

    stages: list[RunTime]
    unreadable: list[str]


def read_run_times(files: ReportFiles, background: Path | None = None) -> RunTimes:
    """Return what the jobs took whose files a report shows, each the last time that it ran.

    Parameters
    ----------
    files : files.ReportFiles
        Each where its job has written it: a file that variants share has its benchmarks in the
        folder of the first of them.
    background : Path, optional
        background.h5

    Returns
    -------
    RunTimes
        Without those whose benchmarks are not there.
    """
    stages, unreadable = [], []
    for stage, places in _places(files, background):
        jobs = []
        for path in _existing(places):
            try:
                jobs.append(_read(path))
            except (OSError, ValueError):  # of a page that is written, the times are the least
                unreadable.append(path.name)
        if jobs:
            seconds, cpu_seconds, megabytes = zip(*jobs, strict=True)
            stages.append(
                RunTime(stage, len(jobs), _sum(seconds), _sum(cpu_seconds), _most(megabytes))
            )
    return RunTimes(stages, unreadable)


def _places(files: ReportFiles, background: Path | None) -> Iterator[tuple[str, list[Path]]]:
    """Return where the benchmarks of each stage may be, as patterns."""
    of_run = _folder(files.catalog) / _FOLDER
    own = _folder(files.assignments) / _FOLDER
    of_unit = _folder(files.fingerprints).parent
    waveforms, spectrograms = (
        _folder(path) / _FOLDER for path in (files.waveforms, files.spectrograms)
    )
    nmfs, hmms, fingerprints = (
        [_folder(getattr(each, name)) / _FOLDER for each in files.models]
        for name in ("nmf", "hmm", "fingerprints")
    )
    # Models may be of another run, and activations are of this one.
    activations = [of_unit / _folder(each.nmf).name / _FOLDER for each in files.models]
    yield "download_events", [of_run / "download_events.tsv"]
    yield "download_stations", [of_run / "download_stations.tsv"]
    yield "catalog", [of_run / "catalog.tsv"]
    yield "download_waveforms", [of_run / f"downloads/{_folder(files.waveforms).name}.tsv"]
    yield "index", [of_run / "index.tsv"]
    yield "shards", [of_run / f"shards/{_folder(files.waveforms).name}.tsv"]
    yield "waveforms", [waveforms / "shards/*/waveforms.tsv"]
    yield "spectrograms", [spectrograms / "shards/*/spectrograms.tsv"]
    yield "rejected", [spectrograms / "rejected.tsv"]
    yield "nmf", [folder / "nmf.tsv" for folder in nmfs]
    yield "activations", [folder / "shards/*/activations.tsv" for folder in activations]
    yield "hmm", [folder / "hmm.tsv" for folder in hmms]
    yield "fingerprints", [folder / "shards/*/fingerprints.tsv" for folder in fingerprints]
    yield (
        "join",
        [
            waveforms / "join.waveforms.tsv",
            spectrograms / "join.spectrograms.tsv",
            *(folder / "join.activations.tsv" for folder in activations),
            *(folder / "join.fingerprints.tsv" for folder in fingerprints),
        ],
    )
    yield "clusters", [_folder(files.clusters) / _FOLDER / "clusters.tsv"]
    yield "assign", [own / "assign.tsv"]
    yield "neighbours", [own / "neighbours.tsv"]
    yield "distances", [own / "distances.tsv"]
    yield "classifier", [_folder(files.clusters) / _FOLDER / "classifier.tsv"]
    yield "classify", [own / "classify.tsv"]
    yield "repeaters", [of_run / f"repeaters/{_folder(files.assignments).name}.tsv"]
    yield (
        "differential_times",
        [of_run / f"differential_times/{_folder(files.assignments).name}.tsv"],
    )
    yield "events", [own / "events.tsv"]
    if background is not None:
        yield "background", [_folder(background) / _FOLDER / "background.tsv"]


def _folder(path: Path) -> Path:
    """Return the folder of a file, with those above it, as a relative path does not have them."""
    return path.absolute().parent


def _existing(places: Iterable[Path]) -> list[Path]:
    """Return the files that are there, each once; * stands for each shard."""
    found: dict[Path, None] = {}
    for place in places:
        folder, star, name = str(place).rpartition("/*/")
        paths = sorted(Path(folder).glob(f"*/{name}")) if star else [place]
        found |= {path: None for path in paths if path.is_file()}
    return list(found)


def _read(path: Path) -> tuple[float, float, float]:
    """Return seconds, seconds of processors and megabytes; NaN for what was too short to see."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file.read(_MOST_CHARACTERS).splitlines(), delimiter="\t"))
    if not rows or "s" not in rows[-1]:
        raise ValueError("not a benchmark file")
    seconds, cpu_seconds, megabytes = (
        _number(rows[-1].get(name)) for name in ("s", "cpu_time", "max_rss")
    )
    return seconds, cpu_seconds, megabytes


def _number(text: str | None) -> float:
    """Return a number that is not negative; NaN for what Snakemake writes where it has none."""
    try:
        value = float(text or "nan")
    except ValueError:
        return nan
    return value if isfinite(value) and value >= 0 else nan


def _sum(values: Sequence[float]) -> float:
    known = [value for value in values if isfinite(value)]
    return sum(known) if known else nan


def _most(values: Sequence[float]) -> float:
    return max((value for value in values if isfinite(value)), default=nan)
