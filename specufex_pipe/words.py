"""Words of messages: counted nouns, and names that are close to one that is not known."""

import difflib
from collections.abc import Iterable


def counted(number: int, one: str, several: str | None = None) -> str:
    """Return a number and what it counts: 1 event, 2 events.

    Parameters
    ----------
    number : int
        From 1,000 with a comma.
    one : str
        "event", or with its verb "event is".
    several : str, optional
        "events are"; by default `one` with an s.
    """
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a message that names what is close to a name, or nothing."""
    found = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""
