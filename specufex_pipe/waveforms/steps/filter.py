"""The Butterworth filter."""

from functools import lru_cache
from typing import Literal

from obspy import Stream

from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.waveforms.steps.base import Context, Step

_Kind = Literal["highpass", "lowpass", "bandpass", "bandstop"]
_NEEDED: dict[_Kind, tuple[str, ...]] = {
    "highpass": ("fmin",),
    "lowpass": ("fmax",),
    "bandpass": ("fmin", "fmax"),
    "bandstop": ("fmin", "fmax"),
}


class Filter(Step):
    """Apply a Butterworth filter.

    Parameters
    ----------
    kind : str
        highpass, lowpass, bandpass or bandstop.
    fmin : float, optional
        Lower corner, of all but a lowpass, Hz.
    fmax : float, optional
        Upper corner, of all but a highpass, Hz.
    corners : int
        Order of the filter.
    zero_phase : bool
        Apply it forward and backward, which delays nothing, doubles the order, and lets onsets
        begin too early; otherwise forward alone.
    """

    def __init__(
        self,
        kind: _Kind,
        fmin: float | None = None,
        fmax: float | None = None,
        corners: int = 4,
        zero_phase: bool = True,
    ) -> None:
        self._kind, self._corners, self._zero_phase = kind, corners, zero_phase
        self._fmin, self._fmax = fmin, fmax

    @property
    def in_words(self) -> str:
        """Kind, order, corners and phase."""
        limits = [f"{limit:g}" for limit in (self._fmin, self._fmax) if limit is not None]
        where = f"at {limits[0]} Hz" if len(limits) == 1 else f"from {' to '.join(limits)} Hz"
        kind = self._kind.replace("pass", "-pass").replace("stop", "-stop")
        passes = "forward and backward" if self._zero_phase else "forward"
        return f"a Butterworth {kind} filter {where} (order {self._corners}, applied {passes})"

    def check(self) -> None:
        """Raise a ValueError if the corners do not fit the kind of filter."""
        given = {
            name: value
            for name, value in (("fmin", self._fmin), ("fmax", self._fmax))
            if value is not None
        }
        needed = _NEEDED[self._kind]
        if tuple(given) != needed:
            raise ValueError(
                f"a {self._kind} filter has {' and '.join(needed)}, given are "
                f"{' and '.join(given) or 'none'}"
            )
        for name, value in given.items():
            if value <= 0:
                raise ValueError(f"{name} is {value:g} Hz, expected more than 0")
        if len(given) == 2 and given["fmin"] >= given["fmax"]:
            raise ValueError(
                f"fmin is {given['fmin']:g} Hz, expected less than fmax {given['fmax']:g} Hz"
            )
        if not 1 <= self._corners <= 20:
            raise ValueError(f"corners is {self._corners}, expected 1 to 20")

    def apply(self, stream: Stream, context: Context) -> None:
        """Filter each trace.

        Raises
        ------
        RejectedEvent
            If a corner is not below the Nyquist frequency.
        """
        from scipy.signal import sosfilt  # takes a while to load, and settings do without

        highest = self._fmin if self._fmax is None else self._fmax
        nyquist = min(trace.stats.sampling_rate for trace in stream) / 2
        # ObsPy would make another filter of it.
        if highest is not None and highest >= nyquist:
            raise RejectedEvent(
                Kind.SAMPLING_RATE,
                f"recorded at {2 * nyquist:g} Hz, so a corner at {highest:g} Hz is not below the "
                f"Nyquist frequency {nyquist:g} Hz",
            )
        limits = [limit for limit in (self._fmin, self._fmax) if limit is not None]
        for trace in stream:
            # As Trace.filter does it, which looks for plugins and designs the filter each time.
            sections = _design(self._kind, self._corners, tuple(limits), trace.stats.sampling_rate)
            trace.data = sosfilt(sections, trace.data)
            if self._zero_phase:
                trace.data = sosfilt(sections, trace.data[::-1])[::-1]


@lru_cache
def _design(
    kind: _Kind, corners: int, limits: tuple[float, ...], sampling_rate: float
) -> FloatArray:
    """Return the second-order sections of a filter."""
    from scipy.signal import iirfilter  # takes a while to load, and settings do without

    shares = [limit / (sampling_rate / 2) for limit in limits]  # of the Nyquist frequency
    return iirfilter(
        corners,
        shares if len(shares) == 2 else shares[0],
        btype=kind,
        ftype="butter",
        output="sos",
    )
