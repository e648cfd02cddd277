"""The pictures of the page, each with what it shows in words."""

import base64
from typing import NamedTuple

from matplotlib.figure import Figure

from specufex_pipe.plotting import style
from specufex_pipe.plotting.clusters import fingerprint_figure, mean_spectrogram_figure
from specufex_pipe.plotting.comparison import comparison_figure
from specufex_pipe.plotting.components import components_figure
from specufex_pipe.plotting.events import event_figure
from specufex_pipe.plotting.fits import fits_figure
from specufex_pipe.plotting.map import map_figure
from specufex_pipe.plotting.overview import overview_figure
from specufex_pipe.plotting.silhouette import silhouette_figure
from specufex_pipe.plotting.states import states_figure
from specufex_pipe.plotting.timeline import timeline_figure
from specufex_pipe.plotting.views import Cluster, Example, Limits
from specufex_pipe.report.gather import Summary


class Picture(NamedTuple):
    """A figure in the page.

    Attributes
    ----------
    png : bytes
        The image itself.
    alt : str
        What it shows, for those who do not see it.
    width : int
        Pixels of the page.
    """

    png: bytes
    alt: str
    width: int

    @property
    def source(self) -> str:
        """The image as a data URI."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode('ascii')}"


def draw_pictures(summary: Summary) -> dict[str, Picture]:
    """Draw the figures of a run as a whole.

    Parameters
    ----------
    summary : gather.Summary

    Returns
    -------
    dict of Picture
        overview, timeline, map, silhouette, components, states, fits; comparison if there is one.
    """
    n_clusters = int(summary.labels.max())
    best = summary.scores.argmax()
    fits = {"NMF (components)": summary.nmf.history_, "HMM (states)": summary.hmm.history_}
    pictures = {
        "overview": _picture(
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
        "timeline": _picture(
            timeline_figure(summary.times, summary.labels, n_clusters),
            f"Number of events over time, one row for each of {n_clusters} clusters.",
        ),
        "map": _picture(
            map_figure(summary.plane, summary.labels, n_clusters),
            "Events as points in the plane of the first two principal components of their "
            "fingerprints, coloured by cluster.",
        ),
        "silhouette": _picture(
            silhouette_figure(summary.numbers, summary.scores),
            f"Mean silhouette against the number of clusters; it is highest, "
            f"{summary.scores[best]:.3f}, at {summary.numbers[best]}.",
        ),
        "components": _picture(
            components_figure(
                summary.nmf.components_, summary.component_shares, summary.frequencies
            ),
            f"Spectra of {len(summary.component_shares)} components side by side, above bars of "
            "the share of the energy that each explains.",
        ),
        "states": _picture(
            states_figure(
                summary.hmm.emissions_,
                summary.state_spectra,
                summary.occupancy,
                summary.frequencies,
                summary.level,
            ),
            f"For each of {len(summary.occupancy)} states: the energy of each component, the "
            "spectrum, and the share of the frames.",
        ),
        "fits": _picture(fits_figure(fits), "How both fits went, step by step."),
    }
    if summary.comparison is not None:
        pictures["comparison"] = _picture(
            comparison_figure(summary.comparison.components),
            "Components of each of the variants that are compared, a row each.",
        )
    return pictures


def _picture(figure: Figure, alt: str) -> Picture:
    width = round(figure.get_figwidth() * style.PIXELS_PER_INCH)
    return Picture(style.png(figure), alt, width)


def mean_pictures(cluster: Cluster, summary: Summary, limits: Limits) -> tuple[Picture, Picture]:
    """Draw mean spectrogram and mean fingerprint of a cluster."""
    name = f"cluster {cluster.number}"
    spectrogram = mean_spectrogram_figure(
        cluster.mean_spectrogram,
        clock=summary.clock,
        frequencies=summary.frequencies,
        limit=limits.mean_spectrogram,
        level=summary.level,
    )
    fingerprint = fingerprint_figure(cluster.mean_fingerprint, limits.fingerprint)
    return (
        _picture(spectrogram, f"Mean spectrogram of {name}."),
        _picture(fingerprint, f"Mean fingerprint of {name}, a matrix of states."),
    )


def event_picture(example: Example, summary: Summary, limits: Limits) -> Picture:
    """Draw an event from its waveform to its fingerprint."""
    figure = event_figure(
        example,
        clock=summary.clock,
        frequencies=summary.frequencies,
        limits=limits,
        unit=str(summary.attributes["waveforms"]["unit"]),
        level=summary.level,
    )
    return _picture(
        figure,
        f"Event {example.event_id}: waveform, spectrogram, energies of the components and "
        "probabilities of the states over time, and fingerprint.",
    )
