"""The pictures of the page, each with what it shows in words."""

import base64
from typing import NamedTuple

from specufex_pipe.plotting import style
from specufex_pipe.plotting.events import EventDrawing
from specufex_pipe.plotting.views import Cluster, Example, Limits
from specufex_pipe.report.external import External
from specufex_pipe.report.figures import Drawing, draw_event, draw_figures, draw_means
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


def draw_pictures(summary: Summary, external: External) -> dict[str, Picture]:
    """Draw the figures of a run as a whole.

    Parameters
    ----------
    summary : gather.Summary
    external : external.External

    Returns
    -------
    dict of Picture
        By the names of `figures.draw_figures`.
    """
    return {name: picture_of(drawn) for name, drawn in draw_figures(summary, external).items()}


def mean_pictures(cluster: Cluster, summary: Summary, limits: Limits) -> tuple[Picture, Picture]:
    """Draw mean spectrogram and mean fingerprint of a cluster."""
    spectrogram, fingerprint = draw_means(cluster, summary, limits)
    return picture_of(spectrogram), picture_of(fingerprint)


def event_picture(example: Example, drawing: EventDrawing) -> Picture:
    """Draw an event from its waveform to its fingerprint."""
    return picture_of(draw_event(example, drawing))


def picture_of(drawing: Drawing) -> Picture:
    """Return a figure as a page has it."""
    sides = drawing.figure.get_size_inches()
    width, height = (round(side * style.PIXELS_PER_INCH) for side in sides)
    return Picture(style.png(drawing.figure), drawing.alt, width, height)
