"""Turning the components of a sensor to other directions."""

from typing import Literal

from obspy import Stream
from obspy.geodetics import gps2dist_azimuth

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.waveforms.arrivals import hypocentre, station_of
from specufex_pipe.waveforms.steps.base import Context, Step


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

    def apply(self, stream: Stream, context: Context) -> None:
        """Rotate three traces, and leave the one that is asked for.

        Raises
        ------
        RejectedEvent
            If components or orientations are missing, or the channel is none of the result.
        """
        there = ", ".join(sorted(trace.id for trace in stream))
        try:
            stream.rotate("->ZNE", inventory=context.inventory, components=("ZNE", "Z12", "123"))
            if self._to == "ZRT":
                stream.rotate("NE->RT", back_azimuth=_back_azimuth(context))
        except (ValueError, TypeError) as error:
            raise RejectedEvent(
                Kind.NO_RESPONSE, f"{there} cannot be rotated to {self._to} ({error})"
            ) from error
        rotated = [trace for trace in stream if trace.id == context.channel]
        if not rotated:
            found = ", ".join(sorted(trace.id for trace in stream))
            raise RejectedEvent(
                Kind.NO_DATA, f"rotated to {self._to}, there are {found}, of {there}"
            )
        stream.traces[:] = rotated


def _back_azimuth(context: Context) -> float:
    latitude, longitude, _ = hypocentre(context.event)
    place = station_of(context.inventory, context.channel, context.event.time)
    _, _, back_azimuth = gps2dist_azimuth(latitude, longitude, place.latitude, place.longitude)
    return back_azimuth
