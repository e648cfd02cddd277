"""The page of the report: a template filled with a summary and its figures."""

import base64
import platform
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from specufex_pipe.plotting import figures
from specufex_pipe.plotting import style as drawing
from specufex_pipe.plotting.comparison import comparison_figure

_LIBRARIES = ("numpy", "scipy", "obspy", "scikit-learn", "h5py")
_STAGES_WITH_SETTINGS = ("waveforms", "spectrograms", "nmf", "hmm", "clusters")
_LEADING = 3


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
    def source(self):
        """The image as a data URI."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode('ascii')}"


def render(summary, pictures, report_settings):
    """Write the page.

    Parameters
    ----------
    summary : summary.Summary
    pictures : dict of Picture
        As `draw_pictures` returns them.
    report_settings : dict

    Returns
    -------
    str
        HTML that needs no other file.
    """
    environment = Environment(
        loader=PackageLoader("specufex_pipe.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"utc": _utc, "thousands": "{:,}".format, "percent": _percent}
    return environment.get_template("page.html").render(
        summary=summary,
        cards=[_card(cluster, summary) for cluster in summary.clusters],
        pictures=pictures,
        settings=_settings_tables(summary, report_settings),
        versions={"python": platform.python_version()}
        | {name: version(name) for name in _LIBRARIES},
        largest_shown=min(len(summary.clusters), figures.MOST_COLUMNS),
        n_points=min(len(summary.times), figures.MOST_POINTS),
    )


def _picture(figure, alt):
    width = round(figure.get_figwidth() * drawing.PIXELS_PER_INCH)
    return Picture(drawing.png(figure), alt, width)


def draw_pictures(summary):
    """Draw the figures of a run as a whole.

    Parameters
    ----------
    summary : summary.Summary

    Returns
    -------
    dict of Picture
        overview, timeline, map, silhouette, patterns, states, fits; comparison if there is one.
    """
    n_clusters = int(summary.labels.max())
    best = summary.scores.argmax()
    fits = {"NMF (patterns)": summary.nmf.history_, "HMM (states)": summary.hmm.history_}
    pictures = {
        "overview": _picture(
            figures.overview_figure(summary),
            "A column for each cluster: mean spectrogram, mean fingerprint and two example "
            "spectrograms; below, the number of events over time, stacked by cluster.",
        ),
        "timeline": _picture(
            figures.timeline_figure(summary.times, summary.labels, n_clusters),
            f"Number of events over time, one row for each of {n_clusters} clusters.",
        ),
        "map": _picture(
            figures.map_figure(summary.plane, summary.labels, n_clusters),
            "Events as points in the plane of the first two principal components of their "
            "fingerprints, coloured by cluster.",
        ),
        "silhouette": _picture(
            figures.silhouette_figure(summary.numbers, summary.scores),
            f"Mean silhouette against the number of clusters; it is highest, "
            f"{summary.scores[best]:.3f}, at {summary.numbers[best]}.",
        ),
        "patterns": _picture(
            figures.patterns_figure(
                summary.nmf.components_, summary.pattern_shares, summary.frequencies
            ),
            f"Spectra of {len(summary.pattern_shares)} patterns side by side, above bars of the "
            "share of the energy that each explains.",
        ),
        "states": _picture(
            figures.states_figure(
                summary.hmm.emissions_,
                summary.state_spectra,
                summary.occupancy,
                summary.frequencies,
            ),
            f"For each of {len(summary.occupancy)} states: the energy of each pattern, the "
            "spectrum, and the share of the frames.",
        ),
        "fits": _picture(figures.fits_figure(fits), "How both fits went, step by step."),
    }
    if summary.comparison is not None:
        pictures["comparison"] = _picture(
            comparison_figure(summary.comparison, summary.frequencies),
            "Patterns of each of the factorizations that are compared, a row each.",
        )
    return pictures


def _card(cluster, summary):
    name = f"cluster {cluster.number}"
    color = drawing.cluster_color(cluster.number)
    return {
        "cluster": cluster,
        "color": color,
        "ink": drawing.contrasting_color(color),
        "states": _leading_states(cluster.occupancy),
        "passages": _leading_passages(cluster.mean_fingerprint),
        "spectrogram": _picture(
            figures.mean_spectrogram_figure(cluster, summary), f"Mean spectrogram of {name}."
        ),
        "fingerprint": _picture(
            figures.fingerprint_figure(cluster.mean_fingerprint, summary.fingerprint_limit),
            f"Mean fingerprint of {name}, a matrix of states.",
        ),
        "examples": [
            (
                example,
                _picture(
                    figures.event_figure(example, summary),
                    f"Event {example.event_id}: waveform, spectrogram, energies of the patterns "
                    "and probabilities of the states over time, and fingerprint.",
                ),
            )
            for example in cluster.examples
        ],
    }


def _leading_states(occupancy):
    """Return (state, share) of the states in which events spend most time."""
    order = np.argsort(-occupancy, kind="stable")[:_LEADING]
    return [(int(i) + 1, float(occupancy[i])) for i in order if occupancy[i] > 0.05]


def _leading_passages(fingerprint):
    """Return (from, to) of the strongest passages between different states."""
    passages = np.where(np.eye(len(fingerprint), dtype=bool), 0, fingerprint)
    order = np.argsort(-passages, axis=None, kind="stable")[:_LEADING]
    places = zip(*np.unravel_index(order, passages.shape), strict=True)
    return [(int(i) + 1, int(j) + 1) for i, j in places if passages[i, j] > 0.1 * fingerprint.max()]


def _settings_tables(summary, report_settings):
    files = {"clusters": "clusters.h5"}
    made = {
        stage: summary.settings(files.get(stage, f"{stage}.h5")) for stage in _STAGES_WITH_SETTINGS
    }
    compared = {} if summary.comparison is None else summary.comparison.records
    others = {
        f"nmf, compared: {method}": values
        for method, values in compared.items()
        if method != made["nmf"]["method"]
    }
    return made | others | {"report": report_settings}


def _utc(time):
    return str(np.datetime_as_string(time, unit="ms")).replace("T", " ") + " UTC"


def _percent(share):
    return f"{100 * share:.0f} %" if share >= 0.01 else "< 1 %"
