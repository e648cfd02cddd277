"""The page of the report: a template filled with a summary and its pictures."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting import style
from specufex_pipe.plotting.drawing import MOST_POINTS
from specufex_pipe.plotting.overview import columns_of
from specufex_pipe.plotting.views import Cluster
from specufex_pipe.report.certainty import (
    drawn_again,
    two_digits,
    word_of,
)
from specufex_pipe.report.correlation import SIGNIFICANT
from specufex_pipe.report.external import External
from specufex_pipe.report.gather import Summary
from specufex_pipe.report.page.pictures import ClusterPictures, Pictures
from specufex_pipe.report.places import said_of_places, said_of_where
from specufex_pipe.report.quantities import said_of_quantities
from specufex_pipe.report.record import Record, flat
from specufex_pipe.words import counted

_LEADING = 3
# Pixels below which a figure cannot be read, and scrolls; page.css has the same number.
_LEAST_WIDTH = 680
_UNKNOWN = "\N{EN DASH}"


def render(
    summary: Summary,
    pictures: Pictures,
    record: Record,
    external: External,
    *,
    has_explorer: bool,
    cluster_names: Mapping[int, str],
) -> str:
    """Write the page.

    Parameters
    ----------
    summary : gather.Summary
    pictures : pictures.Pictures
        As `draw_pictures` returns them.
    record : record.Record
    external : external.External
    has_explorer : bool
        Whether there is an explorer beside it.
    cluster_names : mapping of str
        By the numbers of the clusters that were given one.

    Returns
    -------
    str
        HTML that needs no other file.
    """
    cards = [
        _card(cluster, summary, drawn, cluster_names.get(cluster.number))
        for cluster, drawn in zip(summary.clusters, pictures.of_clusters, strict=True)
    ]
    return (
        page_environment()
        .get_template("page.html")
        .render(
            summary=summary,
            cards=cards,
            pictures=pictures.of_run,
            features=", ".join(
                name.replace("_", " ") for name in summary.settings("clusters")["features"]
            ),
            record=record,
            external=external,
            has_explorer=has_explorer,
            significant=SIGNIFICANT,
            settings={stage: flat(values) for stage, values in record.settings.items()},
            made=summary.settings("fingerprints"),
            resampled=drawn_again(summary.n_nmfs, summary.n_hmms),
            certainty=summary.certainty,
            said_of_where=said_of_where(summary.places, summary.stations),
            said_of_places=said_of_places(summary.places),
            spans_days=summary.span >= np.timedelta64(3, "D"),
            are_tested=any(each.is_tested for each in summary.quantities),
            said_of_quantities=said_of_quantities(summary.quantities),
            n_columns=len(columns_of(summary.clusters)),
            most_points=MOST_POINTS,
            n_points=min(len(summary.times), MOST_POINTS),
        )
    )


def page_environment() -> Environment:
    """Return what fills templates of pages: texts are escaped, a missing name is an error."""
    environment = Environment(
        loader=PackageLoader("specufex_pipe.report.page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["least_width"] = _LEAST_WIDTH
    environment.filters |= {
        "utc": _utc,
        "counted": counted,
        "thousands": "{:,}".format,
        "percent": _percent,
        "two_digits": two_digits,
        "p_value": _p_value,
        "lag": _lag,
        "if_clustered": _if_clustered,
        "duration": _duration,
        "memory": _memory,
    }
    return environment


def _card(
    cluster: Cluster, summary: Summary, pictures: ClusterPictures, name: str | None
) -> dict[str, Any]:
    color = style.cluster_color(cluster.number)
    return {
        "cluster": cluster,
        "title": _title(cluster, summary, name),
        "word": word_of(cluster.stability),
        "n_background": _count_background(cluster, summary),
        "color": color,
        "ink": style.contrasting_color(color),
        "states": _leading_states(cluster.occupancy),
        "passages": _leading_passages(cluster.mean_fingerprint),
        **pictures._asdict(),
    }


def _count_background(cluster: Cluster, summary: Summary) -> int:
    background = summary.background
    return 0 if background is None else int((background.clusters == cluster.number).sum())


def _title(cluster: Cluster, summary: Summary, name: str | None) -> str:
    if cluster.number:
        return f"Cluster {cluster.number}" + (f": {name}" if name else "")
    return "No cluster" if summary.n_clusters else "All events"


def _leading_states(occupancy: FloatArray) -> list[tuple[int, float]]:
    """Return (state, share) of the states in which events spend most time."""
    order = np.argsort(-occupancy, kind="stable")[:_LEADING]
    return [(int(i) + 1, float(occupancy[i])) for i in order if occupancy[i] > 0.05]


def _leading_passages(fingerprint: FloatArray) -> list[tuple[int, int]]:
    """Return (from, to) of the strongest passages between different states."""
    passages = np.where(np.eye(len(fingerprint), dtype=bool), 0, fingerprint)
    order = np.argsort(-passages, axis=None, kind="stable")[:_LEADING]
    places = zip(*np.unravel_index(order, passages.shape), strict=True)
    return [(int(i) + 1, int(j) + 1) for i, j in places if passages[i, j] > 0.1 * fingerprint.max()]


def _utc(time: np.datetime64) -> str:
    return str(np.datetime_as_string(time, unit="ms")).replace("T", " ") + " UTC"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "< 1 %"


def _p_value(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def _if_clustered(value: float, n_clusters: int) -> str:
    """Return a measure of clusters, or a dash where there are none to measure."""
    return f"{value:.3f}" if n_clusters else "\u2013"


def _lag(seconds: float) -> str:
    """Return a time in the largest unit that it has one of."""
    for unit, length in (("days", 86400), ("hours", 3600), ("min", 60)):
        if abs(seconds) >= length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s"


def _duration(seconds: float) -> str:
    """Return how long a job took, or a dash where that is not known."""
    if not isfinite(seconds):
        return _UNKNOWN
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60:,} h {minutes % 60} min"


def _memory(megabytes: float) -> str:
    return f"{megabytes:,.0f} MB" if isfinite(megabytes) else _UNKNOWN
