"""What a job costs: a fixed part, and what each event adds."""

from typing import NamedTuple


class Cost(NamedTuple):
    """A fixed part, and what each event of a window of 20 s at 100 Hz adds.

    Attributes
    ----------
    megabytes, kilobytes_per_event : float
        Memory.
    minutes, milliseconds_per_event : float
        Time.
    """

    megabytes: float
    kilobytes_per_event: float
    minutes: float
    milliseconds_per_event: float
