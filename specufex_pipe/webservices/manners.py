"""How a service is asked: how long to wait for it, how often to ask again, how much at once."""

from typing import NamedTuple


class Manners(NamedTuple):
    """How a service is asked.

    Attributes
    ----------
    timeout : float
        A service that sends nothing for so long has failed, s.
    attempts : int
        How often it is asked, until it answers.
    pause : float
        Before the second attempt, s; twice as long before each one that follows. A service that
        says how long to wait (Retry-After) is waited for.
    longest_pause : float
        A service that wants to be left alone for longer has failed, s.
    connections : int
        Requests at once to one data centre.
    most_bytes : int
        More is not accepted as one answer.
    """

    timeout: float = 120.0
    attempts: int = 5
    pause: float = 2.0
    longest_pause: float = 300.0
    connections: int = 2
    most_bytes: int = 1 << 28
