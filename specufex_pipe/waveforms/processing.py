"""From the traces of an event to samples that can be trusted: checks, filter, one rate."""

from fractions import Fraction

import numpy as np
from obspy import Stream, Trace, UTCDateTime
from scipy.signal import resample_poly

from specufex_pipe.numerics.types import Array, FloatArray
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.waveforms.quality import check_amplitudes

# Digitizers give rates such as 99.9999 Hz; over a window of a minute this is less than a sample.
_RATE_TOLERANCE = 1e-4


def prepare(
    stream: Stream,
    start: UTCDateTime,
    *,
    duration: float,
    sampling_rate: float,
    margin: float = 0.0,
    fmin: float | None = None,
    fmax: float | None = None,
    max_gap: float = 0.05,
    max_clipped: float = 0.005,
    max_flat: float = 1.0,
) -> FloatArray:
    """Cut, check, filter and resample the window of an event.

    Parameters
    ----------
    stream : obspy.Stream
        Traces of one channel that cover the window, and up to `margin` seconds more on either side
        to take up the edge effects of the filter.
    start : obspy.UTCDateTime
        Start of the window.
    duration, margin : float
        s.
    sampling_rate : float
        Of the result, Hz; slower records are rejected.
    fmin, fmax : float, optional
        Corners of the filter, Hz.
    max_gap : float
        Time that may be missing, s.
    max_clipped : float
        Share of samples at the rail above which an event is rejected.
    max_flat : float
        Time for which the trace may stand still, s.

    Returns
    -------
    ndarray of float32, shape (round(duration * sampling_rate),)

    Raises
    ------
    RejectedEvent
        If the window cannot be trusted.
    """
    near = _near(stream, start - margin, start + duration + margin)
    trace = _merge(near, sampling_rate, duration - max_gap)
    samples, first, n_window = _cut(trace, start, duration, margin, max_gap)
    rate = trace.stats.sampling_rate
    check_amplitudes(
        samples[first : first + n_window], rate, max_clipped=max_clipped, max_flat=max_flat
    )
    prepared = _filter(samples, rate, fmin, fmax)
    ratio = _resampling_ratio(rate, sampling_rate)
    if ratio != 1:
        prepared = resample_poly(prepared, ratio.numerator, ratio.denominator)
    begin = round(first * ratio)
    with np.errstate(over="ignore"):
        result = prepared[begin : begin + round(duration * sampling_rate)].astype(np.float32)
    if not np.isfinite(result).all():
        raise RejectedEvent(Kind.NOT_A_NUMBER, "samples are too large for single precision")
    return result


def _near(stream: Stream, start: UTCDateTime, end: UTCDateTime) -> list[Trace]:
    """Return the traces with data between two times, or all if none has any.

    A gap takes as much memory as data do, once traces are merged.
    """
    traces = [trace for trace in stream if trace.stats.npts]
    if not traces:
        raise RejectedEvent(Kind.NO_DATA, "there are no samples in the window")
    near = [each for each in traces if each.stats.endtime >= start and each.stats.starttime <= end]
    return near or traces[:1]


def _merge(traces: list[Trace], sampling_rate: float, least_duration: float) -> Trace:
    rates = sorted({trace.stats.sampling_rate for trace in traces})
    if rates[-1] - rates[0] > _RATE_TOLERANCE * rates[0]:
        raise RejectedEvent(Kind.SAMPLING_RATE, f"it changes within the window, {rates} Hz")
    if rates[0] < sampling_rate * (1 - _RATE_TOLERANCE):
        raise RejectedEvent(
            Kind.SAMPLING_RATE,
            f"recorded at {rates[0]:g} Hz, less than the {sampling_rate:g} Hz asked for",
        )
    n_samples = sum(trace.stats.npts for trace in traces)
    if n_samples < least_duration * rates[-1]:
        first = min(trace.stats.starttime for trace in traces)
        last = max(trace.stats.endtime for trace in traces)
        raise RejectedEvent(
            Kind.GAP,
            f"{n_samples} samples at {rates[-1]:g} Hz are {n_samples / rates[-1]:.2f} s, less than "
            f"the {least_duration:g} s that are needed; the data cover {first} to {last}",
        )
    for trace in traces:
        # Records can be joined only if these agree; a fingerprint needs no calibration.
        trace.stats.sampling_rate, trace.stats.calib = rates[0], 1.0
        trace.data = np.asarray(trace.data, dtype=np.float64)
        if not np.isfinite(trace.data).all():
            raise RejectedEvent(Kind.NOT_A_NUMBER, "the data have NaN or infinite samples")
    # Overlaps that disagree become gaps.
    return Stream(traces).merge(method=0)[0]


def _cut(
    trace: Trace, start: UTCDateTime, duration: float, margin: float, max_gap: float
) -> tuple[Array, int, int]:
    """Return the samples of window and margins, where the window begins, and its length."""
    rate, data = trace.stats.sampling_rate, np.ma.asarray(trace.data)
    n_window = round(duration * rate)
    begin = round((start - trace.stats.starttime) * rate)
    inside = np.arange(max(begin, 0), min(begin + n_window, len(data)))
    present = inside[~np.ma.getmaskarray(data)[inside]]
    missing = n_window - len(present)
    if len(present) == 0 or missing > max_gap * rate:
        raise RejectedEvent(
            Kind.GAP,
            f"{missing / rate:.2f} s of the {duration:g} s from {start} are missing, more than the "
            f"{max_gap:g} s allowed; the data cover {trace.stats.starttime} to "
            f"{trace.stats.endtime}",
        )
    # Short gaps are bridged by straight lines.
    window = np.interp(np.arange(begin, begin + n_window), present, data.data[present])
    before = _unbroken(data[: max(begin, 0)][::-1], margin * rate)[::-1]
    after = _unbroken(data[begin + n_window :], margin * rate)
    return np.concatenate([before, window, after]), len(before), n_window


def _unbroken(data: Array, limit: float) -> Array:
    """Return the samples up to the first gap, `limit` at most."""
    data = data[: int(limit)]
    gaps = np.flatnonzero(np.ma.getmaskarray(data))
    return np.ma.getdata(data)[: gaps[0] if len(gaps) else None]


def _filter(samples: Array, rate: float, fmin: float | None, fmax: float | None) -> FloatArray:
    trace = Trace(samples, {"sampling_rate": rate})
    trace.detrend("linear")
    if fmin and fmax:
        trace.filter("bandpass", freqmin=fmin, freqmax=fmax, zerophase=True)
    elif fmin:
        trace.filter("highpass", freq=fmin, zerophase=True)
    elif fmax:
        trace.filter("lowpass", freq=fmax, zerophase=True)
    return trace.data


def _resampling_ratio(rate: float, target: float) -> Fraction:
    if abs(rate - target) <= _RATE_TOLERANCE * target:
        return Fraction(1)
    ratio = Fraction(target / rate).limit_denominator(1000)
    if abs(float(ratio) * rate - target) > _RATE_TOLERANCE * target:
        raise RejectedEvent(Kind.SAMPLING_RATE, f"{rate:g} Hz cannot be brought to {target:g} Hz")
    return ratio
