"""Text of others, such as names of labels, in the room that a figure has for it."""

from bisect import bisect_right

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from specufex_pipe.plotting.style import DOTS_PER_INCH, PIXELS_PER_INCH

_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
# Letters are fitted to pixels, so that their width depends on how many there are.
_RENDERERS = [
    RendererAgg(1, 1, dpi) for dpi in (PIXELS_PER_INCH, 1.5 * PIXELS_PER_INCH, DOTS_PER_INCH)
]


def width_of(text: str, fontsize: float) -> float:
    """Return how wide a line of text is at most, on the page or in print, inches.

    Its font is that of the style in force: ask for it in a function that is `style.styled`.

    Parameters
    ----------
    text : str
    fontsize : float
        Points.
    """
    font = FontProperties(size=fontsize)
    return max(
        each.get_text_width_height_descent(text, font, ismath=False)[0] / each.dpi
        for each in _RENDERERS
    )


def fitted(text: str, room: float, fontsize: float) -> str:
    """Return text on one line, shortened with an ellipsis where there is no room for it.

    Parameters
    ----------
    text : str
        Line breaks and other control characters become spaces.
    room : float
        Inches.
    fontsize : float
        Points.

    Returns
    -------
    str
        At least its first character.
    """
    printable = "".join(each if each.isprintable() else " " for each in text)
    line = " ".join(printable.split())
    if len(line) < 2 or width_of(line, fontsize) <= room:
        return line
    most = bisect_right(
        range(2, len(line)), room, key=lambda end: width_of(line[:end] + _ELLIPSIS, fontsize)
    )
    return line[: most + 1].rstrip() + _ELLIPSIS
