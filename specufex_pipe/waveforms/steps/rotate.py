"""Turning the components of a sensor to other directions."""

from typing import Any, Literal

from obspy import Stream, Trace
from obspy.geodetics import gps2dist_azimuth

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.waveforms.arrivals import hypocentre, station_of
from specufex_pipe.waveforms.steps.base import Context, Step

_COMPONENTS = 3


class Rotate(Step):
    """Turn the components of the sensor; the channel that is asked for names one of the result.

    Orientations are those of the stations' metadata. HHR or HHT of a station that records HHZ, HH1
    and HH2 is asked for as `channels: [XX.STA..HHT]`.

    Parameters
    ----------
    to : str
        "ZNE": vertical, north, east; "ZRT": vertical, radial (away from the source), transverse.
    """

    needs_stations = True
    needs_components = True

    def __init__(self, to: Literal["ZNE", "ZRT"] = "ZNE") -> None:
        self._to = to

    @property
    def in_words(self) -> str:
        """The directions that components are turned to."""
        directions = {
            "ZNE": "vertical, north and east",
            "ZRT": "vertical, radial and transverse",
        }[self._to]
        return f"rotation of the components to {directions}"

    @property
    def cells(self) -> tuple[str, ...]:
        """The coordinates, where the direction to the event counts."""
        return ("latitude", "longitude") if self._to == "ZRT" else ()

    def apply(self, stream: Stream, context: Context) -> None:
        """Rotate three traces, and leave the one that is asked for.

        Raises
        ------
        RejectedEvent
            If components or orientations are missing, or the channel is none of the result.
        """
        from obspy.signal.rotate import (  # takes a while to load, and settings do without
            rotate2zne,
            rotate_ne_rt,
        )

        there = ", ".join(sorted(trace.id for trace in stream))
        rotated = dict(zip("ZNE", rotate2zne(*_with_orientations(stream, context)), strict=True))
        if self._to == "ZRT":
            radial, transverse = rotate_ne_rt(rotated["N"], rotated["E"], _back_azimuth(context))
            rotated = {"Z": rotated["Z"], "R": radial, "T": transverse}
        code = context.channel.rpartition(".")[2]
        if code[-1:] not in rotated:
            raise RejectedEvent(
                Kind.NO_DATA, f"{there} are rotated to {self._to}, which has no {context.channel}"
            )
        result = stream[0].copy()
        result.data, result.stats.channel = rotated[code[-1]], code
        stream.traces[:] = [result]


def _with_orientations(stream: Stream, context: Context) -> list[Any]:
    """Return samples, azimuth and dip of each component, one after the other.

    The epoch is that of the event, whenever its window begins.
    """
    if len(stream) != _COMPONENTS:
        there = ", ".join(sorted(trace.id for trace in stream)) or "nothing"
        raise RejectedEvent(Kind.NO_DATA, f"there is {there}, expected three components")
    found: list[Any] = []
    for trace in stream:
        found += [trace.data, *_orientation(trace, context)]
    return found


def _orientation(trace: Trace, context: Context) -> tuple[float, float]:
    try:
        if context.inventory is None:
            raise ValueError("no stations are given")
        found = context.inventory.get_orientation(trace.id, context.event.time)
        return float(found["azimuth"]), float(found["dip"])
    except Exception as error:  # ObsPy raises no class of its own where there is none
        raise RejectedEvent(
            Kind.NO_RESPONSE,
            f"stations has no orientation of {trace.id} at {context.event.time} ({error})",
        ) from error


def _back_azimuth(context: Context) -> float:
    latitude, longitude, _ = hypocentre(context.event)
    place = station_of(context.inventory, context.channel, context.event.time)
    _, _, back_azimuth = gps2dist_azimuth(latitude, longitude, place.latitude, place.longitude)
    return back_azimuth
