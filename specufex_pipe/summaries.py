"""What models and results show of themselves: a line of text, and a table in a notebook."""

from collections.abc import Mapping
from html import escape
from typing import Any, Protocol, TypeVar

import numpy as np

from specufex_pipe.rejections import printable

_MOST_SIZES = 10


class _HasSummary(Protocol):
    def _summary(self) -> Mapping[str, str]: ...


Shown = TypeVar("Shown", bound=type)


def shows_itself(cls: Shown) -> Shown:
    """Give a class a repr of text and one of HTML, made of what its method `_summary` returns.

    A decorator, since a NamedTuple has no base class that could do it.
    """

    def text(self: _HasSummary) -> str:
        return as_text(type(self).__name__, self._summary())

    def html(self: _HasSummary) -> str:
        return as_html(type(self).__name__, self._summary())

    # Set by name, as a type checker takes methods for fixed.
    for name, method in {"__repr__": text, "_repr_html_": html}.items():
        setattr(cls, name, method)
    return cls


def as_text(title: str, rows: Mapping[str, str]) -> str:
    """Return names and values as one line."""
    return printable(f"<{title}: {'; '.join(f'{name} {value}' for name, value in rows.items())}>")


def as_html(title: str, rows: Mapping[str, str]) -> str:
    """Return names and values as a table; whatever they are, they are shown as text."""
    cells = [
        f'<tr><th scope="row" style="text-align:left">{_escaped(name)}</th>'
        f'<td style="text-align:left">{_escaped(value)}</td></tr>'
        for name, value in rows.items()
    ]
    caption = f'<caption style="text-align:left">{_escaped(title)}</caption>'
    return f"<table>{caption}<tbody>{''.join(cells)}</tbody></table>"


def sizes(groups: Any) -> dict[str, str]:
    """Return the number of groups with their sizes, and how many are in none.

    Parameters
    ----------
    groups : ndarray of int
        From 1; 0 for none.
    """
    n_in_none, *counts = np.bincount(groups, minlength=1).tolist()
    shown = [f"{count:,}" for count in counts[:_MOST_SIZES]]
    more = ", ..." if len(counts) > _MOST_SIZES else ""
    told = f" of {', '.join(shown)}{more}" if counts else ""
    return {"clusters": f"{len(counts)}{told}", "in none": f"{n_in_none:,}"}


def mean(values: Any) -> str:
    """Return the mean of numbers with two digits, or that there is none."""
    return f"{np.mean(values):.2f}" if np.size(values) else "none"


def _escaped(text: str) -> str:
    return escape(printable(text))
