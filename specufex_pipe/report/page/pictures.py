"""The pictures of the page, each with what it shows in words."""

import base64
from typing import NamedTuple

from specufex_pipe.plotting import style
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
    return {name: _picture(drawn) for name, drawn in draw_figures(summary, external).items()}


def mean_pictures(cluster: Cluster, summary: Summary, limits: Limits) -> tuple[Picture, Picture]:
    """Draw mean spectrogram and mean fingerprint of a cluster."""
    spectrogram, fingerprint = draw_means(cluster, summary, limits)
    return _picture(spectrogram), _picture(fingerprint)


def event_picture(example: Example, summary: Summary, limits: Limits) -> Picture:
    """Draw an event from its waveform to its fingerprint."""
    return _picture(draw_event(example, summary, limits))


def _picture(drawing: Drawing) -> Picture:
    width = round(drawing.figure.get_figwidth() * style.PIXELS_PER_INCH)
    return Picture(style.png(drawing.figure), drawing.alt, width)
