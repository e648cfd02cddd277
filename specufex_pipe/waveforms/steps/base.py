"""What a step of the processing has to offer."""

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

from obspy import Inventory, Stream, UTCDateTime

from specufex_pipe.catalogs.protocol import Event


class Unit(NamedTuple):
    """The unit of amplitudes.

    Attributes
    ----------
    base : str
        "counts", "m", or "1" where they have been normalized.
    per_second : int
        How often they have been differentiated; less than 0: integrated.
    """

    base: str = "counts"
    per_second: int = 0

    def __str__(self) -> str:
        power = abs(self.per_second)
        if not power:
            return self.base
        seconds = "s" if power == 1 else f"s^{power}"
        if self.per_second > 0:
            return f"{self.base}/{seconds}"
        return seconds if self.base == "1" else f"{self.base} {seconds}"

    def differentiated(self, times: int) -> "Unit":
        """Return the unit after so many differentiations, or integrations if less than 0."""
        return self._replace(per_second=self.per_second + times)


class Context(NamedTuple):
    """What a step may need to know beside the record.

    Attributes
    ----------
    event : catalogs.protocol.Event
    channel : str
        SEED id of the channel that is asked for.
    sampling_rate : float
        Of the result, Hz.
    window : (obspy.UTCDateTime, obspy.UTCDateTime) or None
        Times of its first sample, and of the first one after it.
    inventory : obspy.Inventory or None
        Metadata of the stations.
    """

    event: Event
    channel: str
    sampling_rate: float
    window: tuple[UTCDateTime, UTCDateTime] | None = None
    inventory: Inventory | None = None


class Step(ABC):
    """A step of the processing.

    Its parameters are settings; `check` refuses those that do not fit together.
    """

    # Metadata of the stations have to be given.
    needs_stations: ClassVar[bool] = False
    # The other components of the sensor have to be there as well.
    needs_components: ClassVar[bool] = False
    # The rate is that of the result afterwards.
    resamples: ClassVar[bool] = False

    @property
    @abstractmethod
    def in_words(self) -> str:
        """What it does, as a list in the methods section of a paper has it."""

    @property
    def cells(self) -> tuple[str, ...]:
        """The columns of the catalog that the result depends on."""
        return ()

    def check(self) -> None:
        """Raise a ValueError if the parameters do not fit together."""
        return

    @abstractmethod
    def apply(self, stream: Stream, context: Context) -> None:
        """Process the traces in place, each without gaps, as numbers of double precision.

        Raises
        ------
        RejectedEvent
            If it cannot be done.
        """

    def unit_after(self, unit: Unit) -> Unit:
        """Return the unit of what it returns, from that of what it is given."""
        return unit
