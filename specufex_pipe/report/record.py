"""What made a report: methods in words, seeds, versions, commit, machine and date."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import specufex_pipe
from specufex_pipe.clustering.files import load_parameters
from specufex_pipe.clustering.learned import LearnedClusters
from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.factorizations.base import LEAST_SHARE, Factorization
from specufex_pipe.factorizations.files import load as load_nmf
from specufex_pipe.features.blocks import DURATION
from specufex_pipe.hmm.files import load as load_hmms
from specufex_pipe.report.certainty import drawn_again
from specufex_pipe.report.environment import Commit, Machine, commit_of, machine, versions
from specufex_pipe.report.files import ReportFiles
from specufex_pipe.report.gather import Summary
from specufex_pipe.report.methods import (
    Factorizations,
    Methods,
    UsedEvents,
    Waveforms,
    text_of_methods,
)
from specufex_pipe.report.methods_of_clusters import Clusters, TriedNumber
from specufex_pipe.report.references import references_in
from specufex_pipe.report.run_times import RunTimes, read_run_times
from specufex_pipe.waveforms.steps.registry import STEPS


@dataclass(frozen=True)
class Record:
    """What made a report.

    Attributes
    ----------
    settings : dict of dict
        Of each stage.
    methods : list of str
        Paragraphs.
    references : list of str
        The works that the methods cite.
    seeds : dict of list
        Seeds by what they are of.
    versions : dict of str
    commit : environment.Commit or None
    machine : environment.Machine
        That the page was written on.
    written : datetime
        UTC.
    run_times : run_times.RunTimes
        Of the jobs of the run.
    """

    settings: Mapping[str, Mapping[str, Any]]
    methods: list[str]
    references: list[str]
    seeds: Mapping[str, list[int]]
    versions: Mapping[str, str]
    commit: Commit | None
    machine: Machine
    written: datetime
    run_times: RunTimes


def make_record(
    files: ReportFiles,
    summary: Summary,
    settings: Mapping[str, Mapping[str, Any]],
    background: Path | None = None,
) -> Record:
    """Return what made a report, as of now and here.

    Parameters
    ----------
    files : files.ReportFiles
    summary : gather.Summary
        Of these files.
    settings : dict of dict
        Of each stage.
    background : Path, optional
        background.h5
    """
    methods = gather_methods(files, summary)
    paragraphs = text_of_methods(methods)
    seeds = {
        "NMF": methods.nmfs.seeds,
        "HMM": methods.hmm_seeds,
        "clusters": [methods.clusters.parameters["random_state"]],
    }
    if summary.background is not None:
        seeds["background"] = [summary.settings("background")["random_state"]]
    return Record(
        settings=settings,
        methods=paragraphs,
        references=references_in(" ".join(paragraphs)),
        seeds={name: list(each) for name, each in seeds.items()},
        versions=versions(),
        commit=commit_of(Path(specufex_pipe.__file__).parent),
        machine=machine(),
        written=datetime.now(UTC),
        run_times=read_run_times(files, background),
    )


def gather_methods(files: ReportFiles, summary: Summary) -> Methods:
    """Return what a methods section says of a run.

    Parameters
    ----------
    files : files.ReportFiles
    summary : gather.Summary
        Of these files.
    """
    hmms, of_nmf = load_hmms(files.hmm), summary.inputs("nmf")
    made = summary.settings("fingerprints")
    parameters = hmms.models[0].get_params()
    return Methods(
        events=_events(summary),
        waveforms=_waveforms(summary),
        spectrograms=summary.settings("spectrograms"),
        frame_interval=summary.clock.frame_interval,
        nmfs=_factorizations([load_nmf(each.nmf) for each in files.models], summary),
        are_updated=of_nmf.get("origin") != of_nmf.get("spectrograms"),
        hmm=parameters | {"fingerprint": made["method"], "horizon": made["horizon"]},
        hmm_seeds=[model.random_state for model in hmms.models],
        clusters=_clusters(load_parameters(files.clusters), summary),
    )


def _events(summary: Summary) -> UsedEvents:
    counts: Counter[str] = Counter()
    for _, kind, count in summary.rejections.kinds:
        counts[kind] += count
    times = summary.times
    return UsedEvents(len(times), counts.most_common(), times.min(), times.max())


def _waveforms(summary: Summary) -> Waveforms:
    settings, attributes = summary.settings("waveforms"), summary.attributes["waveforms"]
    steps = [_step(values) for values in settings["processing"]]
    rate = f"resampling to {settings['sampling_rate']:g} Hz"
    processing = [rate if step.resamples else step.in_words for step in steps]
    if rate not in processing:
        processing.append(rate)
    return Waveforms(summary.unit, str(attributes["reference"]), settings, processing)


def _step(values: Mapping[str, Any]) -> Any:
    parameters = dict(values)
    return STEPS[parameters.pop("type")](**parameters)


def _factorizations(nmfs: list[Factorization], summary: Summary) -> Factorizations:
    first, n_events = nmfs[0], len(summary.times)
    # Only methods that have all events in memory have a limit; those of an earlier run had others.
    most = summary.settings("nmf").get("max_events", n_events)
    is_sample = summary.are_learned_here and most < n_events
    components = first.components_
    return Factorizations(
        in_words=first.in_words,
        n_components=first.n_components,
        n_used_components=summary.n_components,
        least_share=LEAST_SHARE,
        n_component_frames=components.shape[2] if components.ndim == 3 else 1,
        seeds=[nmf.random_state for nmf in nmfs],
        n_sampled=most if is_sample else None,
    )


def _clusters(parameters: Mapping[str, Any], summary: Summary) -> Clusters:
    learned, method = summary.learned, CLUSTERINGS[parameters["method"]]
    numbers = [0] if learned.tried is None else learned.tried.numbers
    return Clusters(
        in_words=method.in_words,
        takes_averages=method.takes_averages,
        finds_number=method.finds_number,
        parameters=parameters,
        weights=_weights(summary),
        n_dimensions=learned.points.shape[1],
        n_neighbors=learned.n_neighbors,
        n_events=len(summary.labels),
        n_learned=len(learned.points),
        are_kept=not summary.are_learned_here,
        resampled=drawn_again(summary.n_nmfs, summary.n_hmms),
        least=int(min(numbers)),
        most=int(max(numbers)),
        tried=_tried(learned),
        n_clusters=summary.n_clusters,
        n_in_none=int(np.count_nonzero(summary.labels == 0)),
        moved=learned.moved,
    )


def _weights(summary: Summary) -> dict[str, float]:
    """Return the weights of the features that vary: windows of a fixed length do not."""
    weights = dict(summary.settings("clusters")["features"])
    if summary.settings("waveforms")["length"] == "fixed" and len(weights) > 1:
        weights.pop(DURATION, None)
    return weights


def _tried(learned: LearnedClusters) -> TriedNumber | None:
    """Return how the number that was chosen did, or the steadiest where none was."""
    tried = learned.tried
    if tried is None:
        return None
    place = int(tried.stabilities.argmax()) if learned.place is None else learned.place
    return TriedNumber(
        stability=float(tried.stabilities[place]),
        null_stability=float(tried.null_stabilities[place]),
        silhouette=float(tried.silhouettes[place]),
        null_silhouette=float(tried.null_silhouettes[place]),
        beats_null=bool(tried.beat_null[place]),
    )


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return settings with the keys of sections written with dots.

    Parameters
    ----------
    values : dict
        Those of a section are a dict of their own.
    prefix : str
        What all keys begin with.
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found
