"""A line of a request in bulk: a channel between two times."""

import re
from typing import NamedTuple

from obspy import UTCDateTime


class Line(NamedTuple):
    """A channel between two times, as services for waveforms and stations are asked.

    Attributes
    ----------
    network, station, location, channel : str
        Codes; an empty location is one. * and ? stand for what the service has.
    starttime, endtime : obspy.UTCDateTime
    """

    network: str
    station: str
    location: str
    channel: str
    starttime: UTCDateTime
    endtime: UTCDateTime

    @classmethod
    def of_channel(cls, channel: str, starttime: UTCDateTime, endtime: UTCDateTime) -> "Line":
        """Return the line of a channel (SEED id)."""
        network, station, location, code = channel.split(".")
        return cls(network, station, location, code, starttime, endtime)

    @property
    def codes(self) -> str:
        """The four codes as a SEED id."""
        return ".".join((self.network, self.station, self.location, self.channel))


def is_code(text: str) -> bool:
    """Tell whether a text can be a code of a line: it cannot lead out of it."""
    return re.fullmatch(r"[A-Za-z0-9*?_-]*", text) is not None
