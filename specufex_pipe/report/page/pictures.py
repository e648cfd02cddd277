"""The pictures of the page, each with what it shows in words."""

import base64
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from specufex_pipe.numerics.processes import map_processes
from specufex_pipe.plotting import style
from specufex_pipe.plotting.views import Cluster, Example, Limits
from specufex_pipe.report.external import External
from specufex_pipe.report.figures import (
    Drawing,
    draw_event,
    draw_means,
    drawing_of_events,
    figure_groups,
)
from specufex_pipe.report.gather import Summary


class Picture(NamedTuple):
    """A figure in the page.

    Attributes
    ----------
    png : bytes
        The image itself.
    alt : str
        What it shows, for those who do not see it.
    width, height : int
        Pixels of the page.
    """

    png: bytes
    alt: str
    width: int
    height: int

    @property
    def source(self) -> str:
        """The image as a data URI."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode('ascii')}"


class ClusterPictures(NamedTuple):
    """The pictures of a cluster.

    Attributes
    ----------
    spectrogram, fingerprint : Picture
        Means over its events.
    examples, uncertain : list of (plotting.views.Example, Picture)
        Events that represent it, and that are least certain to be in it.
    """

    spectrogram: Picture
    fingerprint: Picture
    examples: list[tuple[Example, Picture]]
    uncertain: list[tuple[Example, Picture]]


class Pictures(NamedTuple):
    """The pictures of a page.

    Attributes
    ----------
    of_run : dict of Picture
        By the names of `figures.draw_figures`.
    of_clusters : list of ClusterPictures
        In the order of the clusters.
    """

    of_run: dict[str, Picture]
    of_clusters: list[ClusterPictures]


def draw_pictures(summary: Summary, external: External, n_processes: int = 1) -> Pictures:
    """Draw all pictures of a page.

    Parameters
    ----------
    summary : gather.Summary
    external : external.External
    n_processes : int
        How many draw side by side, which changes no picture.
    """
    limits = summary.limits
    of_clusters = [partial(_draw_cluster, cluster, summary, limits) for cluster in summary.clusters]
    of_run = [partial(_draw_group, draw) for draw in figure_groups(summary, external)]
    tasks: list[Callable[[], Any]] = [*of_clusters, *of_run]
    drawn = map_processes(lambda task: task(), tasks, n_processes)
    groups = drawn[len(of_clusters) :]
    return Pictures(
        {name: picture for group in groups for name, picture in group.items()},
        drawn[: len(of_clusters)],
    )


def _draw_group(draw: Callable[[], dict[str, Drawing]]) -> dict[str, Picture]:
    return {name: picture_of(drawing) for name, drawing in draw().items()}


def _draw_cluster(cluster: Cluster, summary: Summary, limits: Limits) -> ClusterPictures:
    spectrogram, fingerprint = draw_means(cluster, summary, limits)
    drawing = drawing_of_events(summary)
    examples, uncertain = (
        [(event, picture_of(draw_event(event, drawing))) for event in events]
        for events in (cluster.examples, cluster.uncertain)
    )
    return ClusterPictures(picture_of(spectrogram), picture_of(fingerprint), examples, uncertain)


def picture_of(drawing: Drawing) -> Picture:
    """Return a figure as a page has it."""
    sides = drawing.figure.get_size_inches()
    width, height = (round(side * style.PIXELS_PER_INCH) for side in sides)
    return Picture(style.png(drawing.figure), drawing.alt, width, height)
