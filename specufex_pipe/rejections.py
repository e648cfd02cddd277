"""Events that go no further: at which stage, of which kind, and what was wrong."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """Why an event goes no further; the list is closed, so that nobody parses text."""

    CATALOG_ROW = "catalog row"
    CATALOG_TIME = "catalog time"
    DUPLICATE = "duplicate event_id"
    NO_DATA = "no data"
    MISSING_FILE = "missing file"
    UNREADABLE_FILE = "unreadable file"
    DAMAGED_DATA = "damaged data"
    OUTSIDE_FILE = "outside its file"
    SEVERAL_FILES = "not in one file"
    OUTSIDE_SOURCE = "file outside the source"
    NO_WINDOW = "no window"
    NO_RESPONSE = "no response"
    GAP = "gap"
    DEAD_CHANNEL = "dead channel"
    FLAT = "flat"
    CLIPPED = "clipped"
    NOT_A_NUMBER = "not a number"
    SAMPLING_RATE = "sampling rate"
    UNUSABLE_DATA = "unusable data"
    TOO_SHORT = "too short"
    NO_BACKGROUND = "no background"


class Rejection(NamedTuple):
    """An event that goes no further.

    Attributes
    ----------
    event_id : str
    stage : str
        Name of the stage that rejected it.
    kind : Kind
    detail : str
        What was wrong, and where.
    """

    event_id: str
    stage: str
    kind: Kind
    detail: str


class RejectedEvent(Exception):
    """An event goes no further.

    Parameters
    ----------
    kind : Kind
    detail : str
        What was wrong, and where.
    """

    def __init__(self, kind: Kind, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind, self.detail = kind, detail


def printable(text: str) -> str:
    """Return a text with control characters written as Python writes them."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def count_kinds(rejections: Iterable[Rejection]) -> list[tuple[Kind, int]]:
    """Return the kinds of rejections and how many there are of each, the most frequent first."""
    return Counter(rejection.kind for rejection in rejections).most_common()


def explain(rejections: Iterable[Rejection]) -> list[str]:
    """Return lines that count rejections by kind, with an example of each."""
    rejections = list(rejections)
    examples: dict[Kind, Rejection] = {}
    for rejection in rejections:
        examples.setdefault(rejection.kind, rejection)
    return [
        f"  {n} x {kind}, the first: event {examples[kind].event_id!r}: {examples[kind].detail}"
        for kind, n in count_kinds(rejections)
    ]
