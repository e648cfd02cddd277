"""The figures of a run, each with what it shows in words."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from specufex_pipe.plotting.clusters import fingerprint_figure, mean_spectrogram_figure
from specufex_pipe.plotting.comparison import comparison_figure
from specufex_pipe.plotting.components import components_figure
from specufex_pipe.plotting.cycles import hours_figure, months_figure
from specufex_pipe.plotting.dendrogram import dendrogram_figure
from specufex_pipe.plotting.epicentres import epicentres_figure
from specufex_pipe.plotting.events import EventDrawing
from specufex_pipe.plotting.fits import fits_figure
from specufex_pipe.plotting.map import map_figure
from specufex_pipe.plotting.number import number_figure
from specufex_pipe.plotting.overview import overview_figure
from specufex_pipe.plotting.quantities import quantities_figure
from specufex_pipe.plotting.series import series_figure
from specufex_pipe.plotting.spectra import spectra_figure
from specufex_pipe.plotting.states import states_figure
from specufex_pipe.plotting.timeline import activity_figure, timeline_figure
from specufex_pipe.plotting.views import Cluster, Example, Limits
from specufex_pipe.report.external import External
from specufex_pipe.report.gather import Summary
from specufex_pipe.report.likeness_figures import figures_of_likeness
from specufex_pipe.report.spectra import rebuild_spectra

# Of a run as a whole; some runs do not have all of them.
FIGURES = (
    "overview", "timeline", "activity", "epicentres", "map", "number", "quantities", "dendrogram",
    "components", "states", "spectra", "fits", "hours", "months", "series", "comparison",
    "confusion", "learning", "reliability", "cross_table", "families", "stacks",
)  # fmt: skip
_LEAST_SPAN_FOR_HOURS = np.timedelta64(12, "h")
_LEAST_SPAN_FOR_MONTHS = np.timedelta64(366, "D")
# What <bdi> is to text: an id in a script from right to left leaves the order of the others.
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


class Drawing(NamedTuple):
    """A figure, and in words what it shows.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    alt : str
        For those who do not see it.
    """

    figure: Figure
    alt: str


def draw_figures(summary: Summary, external: External) -> dict[str, Drawing]:
    """Draw the figures of a run as a whole.

    Parameters
    ----------
    summary : gather.Summary
    external : external.External

    Returns
    -------
    dict of Drawing
        By their names, those of `FIGURES`: comparison, dendrogram, epicentres, series and those of
        labels and families if there is something to show; hours and months if events span enough
        of them; the others always.
    """
    drawings: dict[str, Drawing] = {}
    for draw in figure_groups(summary, external):
        drawings |= draw()
    return drawings


def figure_groups(summary: Summary, external: External) -> list[Callable[[], dict[str, Drawing]]]:
    """Return functions that draw the figures of a run as a whole, a few of them each."""
    return [
        partial(_drawings_of_events, summary, external),
        partial(_drawings_of_clusters, summary),
        partial(_drawings_of_models, summary),
        partial(_drawings_of_cycles, summary),
        partial(_drawings_of_others, summary, external),
        partial(_drawings_of_likeness, summary),
    ]


def _drawings_of_others(summary: Summary, external: External) -> dict[str, Drawing]:
    """Draw what is not of these events alone: other series, and other variants."""
    drawings = {}
    if external.series:
        drawings["series"] = Drawing(
            series_figure(summary.times, summary.labels, external.series, external.marks),
            "Number of events over time, a row for each cluster, and below other series on the "
            "same time axis.",
        )
    if summary.comparison is not None:
        drawings["comparison"] = Drawing(
            comparison_figure(summary.comparison.components),
            "Components of each of the variants that are compared, a row each.",
        )
    return drawings


def _drawings_of_likeness(summary: Summary) -> dict[str, Drawing]:
    """Draw labels and families of repeating events, where there are any."""
    return {name: Drawing(*drawn) for name, drawn in figures_of_likeness(summary).items()}


def _drawings_of_events(summary: Summary, external: External) -> dict[str, Drawing]:
    """Draw what events are like, when they were, and where."""
    drawings = {
        "overview": Drawing(
            overview_figure(
                summary.clusters,
                summary.times,
                summary.labels,
                clock=summary.clock,
                frequencies=summary.frequencies,
                level=summary.level,
            ),
            "A column for each cluster: mean spectrogram, mean fingerprint and two example "
            "spectrograms; below, the number of events over time, stacked by cluster.",
        ),
        "timeline": Drawing(
            timeline_figure(summary.times, summary.labels, external.marks),
            "Number of events over time, a row for each cluster.",
        ),
        "activity": Drawing(
            activity_figure(summary.times, summary.labels),
            "Cumulative number of events over time, a curve for each cluster; below, a row of "
            "counts for each cluster, darkest where it has most events.",
        ),
    }
    if summary.places is not None:
        drawings["epicentres"] = Drawing(
            epicentres_figure(summary.places, summary.labels),
            "Map of the epicentres, coloured by cluster, and a section of their depths where these "
            "are known.",
        )
    return drawings


def _drawings_of_clusters(summary: Summary) -> dict[str, Drawing]:
    """Draw how many clusters there are, and how far they are apart."""
    learned = summary.learned
    drawings = {
        "map": Drawing(
            map_figure(summary.plane, summary.labels),
            "Events as points in the plane of the first two principal components of their "
            "features, coloured by cluster.",
        ),
        "number": Drawing(
            number_figure(learned.tried, learned.place),
            "Stability of the least stable cluster, agreement of resamples, mean silhouette and "
            "ratio of variances against the number of clusters; dashed, what one Gaussian falls "
            "into.",
        ),
        "quantities": Drawing(
            quantities_figure(summary.quantities, summary.labels),
            "Box plots by cluster, a panel each: "
            f"{', '.join(each.title for each in summary.quantities)}.",
        ),
    }
    if learned.tree is not None:
        labels = learned.labels if summary.n_clusters else np.zeros_like(learned.labels)
        drawings["dendrogram"] = Drawing(
            dendrogram_figure(learned.tree, labels),
            "Tree of the events, in which the clusters are branches of their colours.",
        )
    return drawings


def _drawings_of_models(summary: Summary) -> dict[str, Drawing]:
    """Draw what NMF and HMM have learned, and how their fits went."""
    fits = {"NMF (components)": summary.nmf.history_, "HMM (states)": summary.hmm.history_}
    return {
        "components": Drawing(
            components_figure(
                summary.nmf.components_, summary.component_shares, summary.frequencies
            ),
            f"Spectra of {len(summary.component_shares)} components side by side, above bars of "
            "the share of the energy that each explains.",
        ),
        "states": Drawing(
            states_figure(
                summary.hmm.emissions_,
                summary.state_spectra,
                summary.occupancy,
                summary.frequencies,
            ),
            f"For each of {len(summary.occupancy)} states: the energy of each component, the "
            "spectrum, and the share of the frames.",
        ),
        "spectra": Drawing(
            _spectra_figure(summary),
            "Mean spectrum, median spectrum and the spectrum that the states rebuild, a panel for "
            "each cluster.",
        ),
        "fits": Drawing(fits_figure(fits), "How both fits went, step by step."),
    }


def _drawings_of_cycles(summary: Summary) -> dict[str, Drawing]:
    """Draw hours and months, where events span enough of them."""
    drawings = {}
    if summary.span >= _LEAST_SPAN_FOR_HOURS:
        drawings["hours"] = Drawing(
            hours_figure(summary.times, summary.labels),
            "Number of events at each hour of the day, a panel for each cluster, and the band "
            "that even activity would stay in.",
        )
    if summary.span > _LEAST_SPAN_FOR_MONTHS:
        drawings["months"] = Drawing(
            months_figure(summary.times, summary.labels),
            "Number of events in each month of the year, a panel for each cluster, and the band "
            "that even activity would stay in.",
        )
    return drawings


def _spectra_figure(summary: Summary) -> Figure:
    clusters = summary.clusters
    means = np.array([cluster.mean_spectrum for cluster in clusters])
    occupancies = np.array([cluster.occupancy for cluster in clusters])
    return spectra_figure(
        [cluster.number for cluster in clusters],
        means,
        np.array([cluster.median_spectrum for cluster in clusters]),
        rebuild_spectra(occupancies, summary.state_spectra, means),
        summary.frequencies,
        summary.level,
    )


def draw_means(cluster: Cluster, summary: Summary, limits: Limits) -> tuple[Drawing, Drawing]:
    """Draw mean spectrogram and mean fingerprint of a cluster."""
    name = f"cluster {cluster.number}" if cluster.number else "the events in no cluster"
    spectrogram = mean_spectrogram_figure(
        cluster.mean_spectrogram,
        clock=summary.clock,
        frequencies=summary.frequencies,
        limit=limits.mean_spectrogram,
        level=summary.level,
    )
    fingerprint = fingerprint_figure(cluster.mean_fingerprint, limits.fingerprint)
    return (
        Drawing(spectrogram, f"Mean spectrogram of {name}."),
        Drawing(fingerprint, f"Mean fingerprint of {name}, a matrix of states."),
    )


def drawing_of_events(summary: Summary) -> EventDrawing:
    """Return what draws the events of a run."""
    return EventDrawing(
        clock=summary.clock,
        frequencies=summary.frequencies,
        limits=summary.limits,
        unit=str(summary.attributes["waveforms"]["unit"]),
        level=summary.level,
    )


def draw_event(example: Example, drawing: EventDrawing) -> Drawing:
    """Draw an event from its waveform to its fingerprint, in place of the one before."""
    return Drawing(
        drawing.show(example),
        f"Event {_FIRST_STRONG_ISOLATE}{example.event_id}{_POP_ISOLATE}: waveform, spectrogram, "
        "energies of the components and probabilities of the states over time, and fingerprint.",
    )


def all_figures(summary: Summary, external: External) -> Iterator[tuple[str, Figure]]:
    """Yield every figure of a run and its name, which is one of a file.

    Parameters
    ----------
    summary : gather.Summary
    external : external.External

    Yields
    ------
    (str, matplotlib.figure.Figure)
        Those of `draw_figures`, and of each cluster K cluster-K-spectrogram, cluster-K-fingerprint
        and cluster-K-event-1 and so on: first the events that represent it, then the least
        certain. K is 0 for events that are in none. Names never have a part of the data, such as
        the identifier of an event. A figure of an event is good until the next is taken.
    """
    for name, drawing in draw_figures(summary, external).items():
        yield name, drawing.figure
    limits, drawing_event = summary.limits, drawing_of_events(summary)
    for cluster in summary.clusters:
        spectrogram, fingerprint = draw_means(cluster, summary, limits)
        yield f"cluster-{cluster.number}-spectrogram", spectrogram.figure
        yield f"cluster-{cluster.number}-fingerprint", fingerprint.figure
        for rank, example in enumerate(cluster.shown, start=1):
            drawing = draw_event(example, drawing_event)
            yield f"cluster-{cluster.number}-event-{rank}", drawing.figure
