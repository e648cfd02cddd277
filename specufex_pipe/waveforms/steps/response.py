"""From counts to ground motion: the instrument's response, or its sensitivity alone."""

from typing import Any, Literal

from obspy import Stream

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.waveforms.steps.base import Context, Step, Unit

_QUANTITIES = {"DISP": "displacement", "VEL": "velocity", "ACC": "acceleration"}
_UNITS = {"DISP": Unit("m"), "VEL": Unit("m", 1), "ACC": Unit("m", 2)}
# Of the input of an instrument, as StationXML spells them.
_INPUTS = {"M": "DISP", "M/S": "VEL", "M/S**2": "ACC", "M/S^2": "ACC", "M/S/S": "ACC"}


class RemoveResponse(Step):
    """Take out the instrument response, that of the epoch in which the event is.

    Parameters
    ----------
    output : str
        VEL (m/s), DISP (m) or ACC (m/s^2).
    water_level : float, optional
        The spectrum of the response is not taken to be lower than its largest value less this, dB.
    pre_filter : list of float, optional
        Four corners of a filter in the frequency domain that is applied at the same time, 0 outside
        the first and the last, 1 between the second and the third, Hz.
    """

    needs_stations = True

    def __init__(
        self,
        output: Literal["DISP", "VEL", "ACC"] = "VEL",
        water_level: float | None = 60.0,
        pre_filter: list[float] | None = None,
    ) -> None:
        self._output: Any = output
        self._water_level, self._pre_filter = water_level, pre_filter

    @property
    def in_words(self) -> str:
        """What the response is deconvolved to, and how."""
        details = []
        if self._water_level is not None:
            details.append(f"water level {self._water_level:g} dB")
        if self._pre_filter is not None:
            corners = ", ".join(f"{corner:g}" for corner in self._pre_filter)
            details.append(f"cosine filter with corners at {corners} Hz")
        stated = f" ({'; '.join(details)})" if details else ""
        return f"removal of the instrument response to {_QUANTITIES[self._output]}{stated}"

    def check(self) -> None:
        """Raise a ValueError if the corners are not four that rise."""
        corners = self._pre_filter
        if corners is not None and (len(corners) != 4 or sorted(set(corners)) != corners):
            raise ValueError(f"pre_filter is {corners}, expected four frequencies that rise")

    def apply(self, stream: Stream, context: Context) -> None:
        """Deconvolve each trace.

        Raises
        ------
        RejectedEvent
            If there is no response of a channel at the time, or it is of no ground motion.
        """
        for trace in stream:
            # The epoch is that of the event, whenever its window begins.
            trace.stats.response = _response(context, trace.id)
            _measured(trace.stats.response, trace.id)
            trace.remove_response(
                output=self._output,
                water_level=self._water_level,
                pre_filt=self._pre_filter,
            )

    def unit_after(self, unit: Unit) -> Unit:
        """Return that of the output."""
        return _UNITS[self._output]


class RemoveSensitivity(Step):
    """Divide by the overall sensitivity of the instrument; right only where its response is flat.

    Parameters
    ----------
    measures : str
        What the instruments measure: VEL (m/s), DISP (m) or ACC (m/s^2). An event recorded by
        another kind is rejected.
    """

    needs_stations = True

    def __init__(self, measures: Literal["DISP", "VEL", "ACC"] = "VEL") -> None:
        self._measures = measures

    @property
    def in_words(self) -> str:
        """What is divided by, and what that leaves."""
        return f"division by the sensitivity of the instrument, to {_QUANTITIES[self._measures]}"

    def apply(self, stream: Stream, context: Context) -> None:
        """Divide each trace.

        Raises
        ------
        RejectedEvent
            If there is no sensitivity of a channel at the time, or it is of another quantity.
        """
        for trace in stream:
            response = _response(context, trace.id)
            sensitivity = response.instrument_sensitivity
            if sensitivity is None or not sensitivity.value:
                raise RejectedEvent(Kind.NO_RESPONSE, f"{trace.id} has no overall sensitivity")
            measured = _measured(response, trace.id)
            if measured != self._measures:
                raise RejectedEvent(
                    Kind.NO_RESPONSE, f"{trace.id} measures {measured}, expected {self._measures}"
                )
            trace.data = trace.data / sensitivity.value

    def unit_after(self, unit: Unit) -> Unit:
        """Return that of what the instruments measure."""
        return _UNITS[self._measures]


def _response(context: Context, channel: str) -> Any:
    """Return the response of a channel at the time of the event.

    Raises
    ------
    RejectedEvent
        If there is none.
    """
    try:
        if context.inventory is None:
            raise ValueError("no stations are given")
        return context.inventory.get_response(channel, context.event.time)
    except Exception as error:  # ObsPy raises no class of its own where there is none
        raise RejectedEvent(
            Kind.NO_RESPONSE,
            f"stations has no response of {channel} at {context.event.time} ({error})",
        ) from error


def _measured(response: Any, channel: str) -> str:
    """Return what an instrument measures: DISP, VEL or ACC.

    Raises
    ------
    RejectedEvent
        If it is anything else, such as pressure.
    """
    stages = response.response_stages
    unit = stages[0].input_units if stages else None
    if response.instrument_sensitivity is not None:
        unit = response.instrument_sensitivity.input_units or unit
    measured = _INPUTS.get(str(unit).upper())
    if measured is None:
        raise RejectedEvent(
            Kind.NO_RESPONSE,
            f"{channel} measures {unit}, expected a displacement, velocity or acceleration",
        )
    return measured
