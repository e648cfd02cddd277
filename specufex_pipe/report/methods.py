"""What was done, as the methods section of a paper has it: a draft with its numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from specufex_pipe.report.methods_of_clusters import Clusters, sentences_of_clusters
from specufex_pipe.words import counted

_SPELLED = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
_WINDOW_SHAPES = {
    "hann": "Hann",
    "hamming": "Hamming",
    "blackman": "Blackman",
    "boxcar": "rectangular",
}
_SCALES = {
    "median": "in decibels above the median of each spectrogram, with lower values set to 0",
    "noise": "in decibels above the noise, with lower values set to 0; the noise at a frequency is "
    "the median over the frames that end before the onset",
    "power": "as power spectral densities",
    "amplitude": "as square roots of power spectral densities",
}


@dataclass(frozen=True)
class UsedEvents:
    """Which events were analysed.

    Attributes
    ----------
    n_used : int
    rejections : list of (str, int)
        What for, and how many.
    first, last : datetime64
        Times of the first and of the last event that was used, UTC.
    """

    n_used: int
    rejections: Sequence[tuple[str, int]]
    first: np.datetime64
    last: np.datetime64


@dataclass(frozen=True)
class Waveforms:
    """How waveforms were cut and processed.

    Attributes
    ----------
    channel : str
        SEED id.
    reference : str
        What places a window, such as "catalog time".
    settings : dict
        As the stage records them.
    processing : list of str
        The steps in their order, in words.
    """

    channel: str
    reference: str
    settings: Mapping[str, Any]
    processing: Sequence[str]


@dataclass(frozen=True)
class Factorizations:
    """How spectrograms were decomposed.

    Attributes
    ----------
    in_words : str
        The method.
    n_components : int
        At the start.
    n_used_components : int
        Of the first NMF: those that explain `least_share` of the energy or more.
    least_share : float
    n_component_frames : int
        Length of a component; 1 for spectra.
    seeds : list of int
        Of each NMF.
    n_sampled : int or None
        Events that it was fitted to, where these are a sample.
    """

    in_words: str
    n_components: int
    n_used_components: int
    least_share: float
    n_component_frames: int
    seeds: Sequence[int]
    n_sampled: int | None


@dataclass(frozen=True)
class Methods:
    """What a methods section says of a run.

    Attributes
    ----------
    events : UsedEvents
    waveforms : Waveforms
    spectrograms : dict
        Settings, as the stage records them.
    frame_interval : float
        s.
    nmfs : Factorizations
    are_updated : bool
        Whether the models were fitted to these events, starting from those of an earlier run.
    hmm : dict
        Parameters of each `BayesianHMM`.
    hmm_seeds : list of int
        Of the HMMs of each NMF.
    clusters : methods_of_clusters.Clusters
    """

    events: UsedEvents
    waveforms: Waveforms
    spectrograms: Mapping[str, Any]
    frame_interval: float
    nmfs: Factorizations
    are_updated: bool
    hmm: Mapping[str, Any]
    hmm_seeds: Sequence[int]
    clusters: Clusters


def text_of_methods(methods: Methods) -> list[str]:
    """Return a methods section, in paragraphs: data, fingerprints, clusters.

    Parameters
    ----------
    methods : Methods
    """
    data = [*_of_events(methods.events), *_of_waveforms(methods), *_of_spectrograms(methods)]
    prints = [*_of_nmfs(methods), *_of_hmms(methods), *_of_fingerprints(methods)]
    return [" ".join(data), " ".join(prints), " ".join(sentences_of_clusters(methods.clusters))]


def _of_events(events: UsedEvents) -> list[str]:
    n_rejected = sum(number for _, number in events.rejections)
    first, last = (str(np.datetime_as_string(time, "m")) for time in (events.first, events.last))
    span = f"{first.replace('T', ' ')} to {last.replace('T', ' ')} UTC"
    used = counted(events.n_used, "event")
    if not n_rejected:
        return [f"All {used} of the catalog were used ({span})."]
    reasons = ", ".join(f"{kind}: {number:,}" for kind, number in events.rejections)
    n_all = f"{events.n_used + n_rejected:,}"
    return [
        f"Of {n_all} events in the catalog, {events.n_used:,} were used ({span}); the others "
        f"were rejected ({reasons})."
    ]


def _of_waveforms(methods: Methods) -> list[str]:
    waveforms, settings = methods.waveforms, methods.waveforms.settings
    steps, max_clipped = "; ".join(waveforms.processing), 100 * settings["max_clipped"]
    return [
        f"Waveforms of {waveforms.channel} were cut {_window(waveforms)}.",
        f"They were processed in this order: {steps}.",
        f"Events were rejected if more than {settings['max_gap']:g} s of data were missing from "
        f"the window, more than {max_clipped:g} % of its samples were clipped, or it was constant "
        f"for more than {settings['max_flat']:g} s.",
    ]


def _window(waveforms: Waveforms) -> str:
    """Return where windows begin and end, as what follows 'were cut'."""
    settings, reference = waveforms.settings, waveforms.reference
    if settings["length"] == "file":
        return "as the files of the events have them"
    start = _relative(-settings["before"], f"the {reference}{_travel_times(settings)}")
    if settings["length"] == "fixed":
        return f"in windows of {settings['duration']:g} s that begin {start}"
    end = {
        "duration": "the end that the catalog's duration gives",
        "end": "the end that the catalog gives",
        "pick": f"the pick of {settings['end_phase']}",
    }[settings["length"]]
    return f"in windows that begin {start} and end {_relative(settings['after'], end)}"


def _relative(seconds: float, place: str) -> str:
    if seconds == 0:
        return f"at {place}"
    return f"{abs(seconds):g} s {'before' if seconds < 0 else 'after'} {place}"


def _travel_times(settings: Mapping[str, Any]) -> str:
    if settings["reference"] != "arrival":
        return ""
    if settings["velocity"] is None:
        return f" in the model {settings['earth_model']}"
    return f" along a straight line at {settings['velocity']:g} km/s"


def _of_spectrograms(methods: Methods) -> list[str]:
    settings = methods.spectrograms
    shape, padding = _WINDOW_SHAPES[settings["window_shape"]], settings["zero_padding"]
    padded = f", zero-padded to {padding:g} times their length" if padding > 1 else ""
    axis = ""
    if settings["frequency_axis"] == "logarithmic":
        bands = counted(settings["bands_per_octave"], "band")
        axis = f", as means over {bands} per octave"
    return [
        f"Spectrograms were computed with {shape} windows of {settings['window']:g} s that overlap "
        f"by {100 * settings['overlap']:g} % (a frame every {methods.frame_interval:g} s){padded}, "
        f"between {settings['fmin']:g} and {settings['fmax']:g} Hz{axis}, "
        f"{_SCALES[settings['scale']]}."
    ]


def _of_nmfs(methods: Methods) -> list[str]:
    nmfs = methods.nmfs
    frames = nmfs.n_component_frames
    lasting = f", with components of {frames} frames" if frames > 1 else ""
    sentences = [f"The spectrograms were decomposed by {nmfs.in_words}{lasting}."]
    if methods.clusters.are_kept:
        sentences.append("All models are those of an earlier analysis, and were not fitted again.")
    if methods.are_updated:
        sentences.append("The models of an earlier analysis were the start of the fits.")
    if nmfs.n_sampled is not None:
        sample = counted(nmfs.n_sampled, "event")
        sentences.append(f"The NMF was fitted to {sample}, drawn at random.")
    started = f"started with {counted(nmfs.n_components, 'component')}"
    n_used = nmfs.n_used_components
    used = "all" if n_used == nmfs.n_components else str(n_used)
    used += f" of them explain {100 * nmfs.least_share:g} % of the energy or more"
    if len(nmfs.seeds) == 1:
        return [*sentences, f"The fit {started} (seed {nmfs.seeds[0]}), and {used}."]
    return [
        *sentences,
        f"{_spelled(len(nmfs.seeds))} NMFs, which differ in their seeds alone "
        f"({_listed(nmfs.seeds)}), were fitted to the same spectrograms. Each {started}; in the "
        f"first, {used}.",
    ]


def _spelled(number: int) -> str:
    """Return a number as the first word of a sentence."""
    return _SPELLED[number] if number < len(_SPELLED) else str(number)


def _listed(seeds: Sequence[int]) -> str:
    return ", ".join(map(str, seeds))


def _of_hmms(methods: Methods) -> list[str]:
    hmm, seeds = methods.hmm, methods.hmm_seeds
    states = f"with {counted(hmm['n_states'], 'state')} and Poisson emissions"
    of_each = " for each NMF" if len(methods.nmfs.seeds) > 1 else ""
    if len(seeds) == 1:
        fitted = (
            f"A Bayesian hidden Markov model (HMM) {states} (seed {seeds[0]}) was fitted{of_each}"
        )
    else:
        fitted = (
            f"{_spelled(len(seeds))} Bayesian hidden Markov models (HMMs) {states}, which differ "
            f"in their seeds alone ({_listed(seeds)}), were fitted{of_each}"
        )
    return [
        f"{fitted} to the energy that each component explains in each frame, by stochastic "
        "variational inference.",
        *_of_energies(hmm),
    ]


def _of_energies(hmm: Mapping[str, Any]) -> list[str]:
    """Return what was done to the energies before the HMMs saw them."""
    sentences = []
    if hmm["smoothing"] > 1:
        sentences.append(f"Energies were first averaged over {hmm['smoothing']} frames.")
    if hmm["background"] is not None:
        level = "median" if hmm["background"] == 0.5 else f"{hmm['background']:g} quantile"
        sentences.append(
            f"The {level} of each component over the event was subtracted, and negative values "
            "were set to 0."
        )
    if hmm["loudness"] is not None:
        sentences.append("Events were scaled to the same mean energy.")
    return sentences


def _of_fingerprints(methods: Methods) -> list[str]:
    several = len(methods.hmm_seeds) * len(methods.nmfs.seeds) > 1
    beside = ["The features that all models give stand side by side."] if several else []
    return [_fingerprint(methods.hmm, methods.frame_interval), *beside]


def _fingerprint(hmm: Mapping[str, Any], frame_interval: float) -> str:
    horizon = hmm["horizon"]
    frames = counted(horizon, "frame")
    if hmm["fingerprint"] == "transitions":
        return (
            "The fingerprint of an event is the matrix of the square roots of its transition "
            "probabilities between states, each row weighted by the discounted occupancy of its "
            f"state over {frames} (Holtzman et al., 2018)."
        )
    return (
        "The fingerprint of an event is a matrix with an entry for each pair of states: the square "
        "root of the share of energy in the first state that is followed by energy in the second, "
        f"with weights that fall to 1/e in {frames} ({horizon * frame_interval:.2g} s); states "
        "with similar emissions share entries. It differs in this from the fingerprint of SpecUFEx "
        "(Holtzman et al., 2018), whose chain of methods it follows."
    )
