"""From the traces of an event to samples that can be trusted: checks, ordered steps, one rate."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
from obspy import Stream, Trace, UTCDateTime

from specufex_pipe.numerics.types import Array, FloatArray
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.waveforms.quality import check_amplitudes
from specufex_pipe.waveforms.steps.base import Context, Step
from specufex_pipe.waveforms.steps.resample import RATE_TOLERANCE, Resample


class Waveform(NamedTuple):
    """The waveform of an event.

    Attributes
    ----------
    samples : ndarray of float32, shape (n_samples,)
    start : obspy.UTCDateTime
        Of its window.
    first_sample : obspy.UTCDateTime
        The time of its first sample, which is the nearest one to the start of the window.
    recorded_rate : float
        Hz, before it was resampled.
    duration : float
        s.
    """

    samples: FloatArray
    start: UTCDateTime
    first_sample: UTCDateTime
    recorded_rate: float
    duration: float


def prepare(
    stream: Stream,
    start: UTCDateTime | None,
    end: UTCDateTime | None,
    context: Context,
    *,
    steps: Sequence[Step] = (),
    margin: float = 0.0,
    max_gap: float = 0.05,
    max_clipped: float = 0.005,
    max_flat: float = 1.0,
    max_duration: float = 600.0,
) -> Waveform:
    """Check and process the records of an event, and cut its window out of them.

    Parameters
    ----------
    stream : obspy.Stream
        Traces of one channel, or of the components of a sensor that a step turns, that cover the
        window, and up to `margin` seconds more on either side to take up the edge effects of
        filters.
    start, end : obspy.UTCDateTime or None
        Of the window; None for all that there is.
    context : steps.base.Context
    steps : sequence of Step
        In their order. If none of them resamples, that comes last.
    margin : float
        s.
    max_gap : float
        Time that may be missing, s.
    max_clipped : float
        Share of samples at the rail above which an event is rejected.
    max_flat : float
        Time for which a trace may stand still, s.
    max_duration : float
        s; of a window that is all that there is.

    Returns
    -------
    Waveform
        With round((end - start) * sampling_rate) samples.

    Raises
    ------
    RejectedEvent
        If the window cannot be trusted.
    """
    if start is None or end is None:
        start, end, margin = *_ends(stream, max_duration), 0.0
    prepared = Stream()
    for _, traces in groupby(sorted(stream, key=lambda trace: trace.id), lambda trace: trace.id):
        near = _near(list(traces), start - margin, end + margin)
        trace = _merge(near, context.sampling_rate, end - start - max_gap)
        recorded = _cut(trace, start, end, margin, max_gap)
        check_amplitudes(
            trace.data[recorded],
            trace.stats.sampling_rate,
            max_clipped=max_clipped,
            max_flat=max_flat,
        )
        prepared += trace
    if not prepared:
        raise RejectedEvent(Kind.NO_DATA, "there are no samples in the window")
    recorded_rate = min(trace.stats.sampling_rate for trace in prepared)
    if len(prepared) > 1:
        _trim_to_common(prepared)
    for step in _with_resampling(steps):
        step.apply(prepared, context._replace(window=(start, end)))
    samples, first_sample = _window_of(prepared[0], start, end, context.sampling_rate)
    return Waveform(samples, start, first_sample, recorded_rate, end - start)


def _ends(stream: Stream, max_duration: float) -> tuple[UTCDateTime, UTCDateTime]:
    """Return the times of the first sample that there is, and of the first one after the last."""
    traces = [trace for trace in stream if trace.stats.npts]
    if not traces:
        raise RejectedEvent(Kind.NO_DATA, "there are no samples in the file")
    start = min(trace.stats.starttime for trace in traces)
    end = max(trace.stats.endtime + trace.stats.delta for trace in traces)
    if end - start > max_duration:
        raise RejectedEvent(
            Kind.NO_WINDOW,
            f"the file is {end - start:.2f} s long, from {start} to {end}; expected at most "
            f"waveforms.max_duration {max_duration:g} s",
        )
    return start, end


def _with_resampling(steps: Sequence[Step]) -> list[Step]:
    return [*steps] if any(step.resamples for step in steps) else [*steps, Resample()]


def _near(traces: list[Trace], start: UTCDateTime, end: UTCDateTime) -> list[Trace]:
    """Return the traces with data between two times, or one of the others if none has any.

    A gap takes as much memory as data do, once traces are merged.
    """
    traces = [trace for trace in traces if trace.stats.npts]
    if not traces:
        raise RejectedEvent(Kind.NO_DATA, "there are no samples in the window")
    near = [each for each in traces if each.stats.endtime >= start and each.stats.starttime <= end]
    return near or traces[:1]


def _merge(traces: list[Trace], sampling_rate: float, least_duration: float) -> Trace:
    rates = sorted({trace.stats.sampling_rate for trace in traces})
    if rates[-1] - rates[0] > RATE_TOLERANCE * rates[0]:
        raise RejectedEvent(Kind.SAMPLING_RATE, f"it changes within the window, {rates} Hz")
    if rates[0] < sampling_rate * (1 - RATE_TOLERANCE):
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
            f"{least_duration - n_samples / rates[-1]:.2f} s are missing beyond the max_gap "
            f"allowed: there are {n_samples} samples at {rates[-1]:g} Hz; the data cover {first} "
            f"to {last}",
        )
    for trace in traces:
        # Records can be joined only if these agree; a response is taken out with metadata.
        trace.stats.sampling_rate, trace.stats.calib = rates[0], 1.0
        trace.data = np.asarray(trace.data, dtype=np.float64)
        if not np.isfinite(trace.data).all():
            raise RejectedEvent(Kind.NOT_A_NUMBER, "the data have NaN or infinite samples")
    # Overlaps that disagree become gaps.
    return Stream(traces).merge(method=0)[0]


def _cut(
    trace: Trace, start: UTCDateTime, end: UTCDateTime, margin: float, max_gap: float
) -> slice:
    """Cut a trace to window and margins; return which of its samples the window has data for."""
    rate, data = trace.stats.sampling_rate, np.ma.asarray(trace.data)
    n_window = round((end - start) * rate)
    begin = round((start - trace.stats.starttime) * rate)
    inside = np.arange(max(begin, 0), min(begin + n_window, len(data)))
    present = inside[~np.ma.getmaskarray(data)[inside]]
    missing = n_window - len(present)
    if len(present) == 0 or missing > max_gap * rate:
        raise RejectedEvent(
            Kind.GAP,
            f"{missing / rate:.2f} s of the {end - start:g} s from {start} are missing, more than "
            f"the {max_gap:g} s allowed; the data cover {trace.stats.starttime} to "
            f"{trace.stats.endtime}",
        )
    window = _bridge(np.arange(begin, begin + n_window), present, data.data[present])
    before = _unbroken(data[: max(begin, 0)][::-1], margin * rate)[::-1]
    after = _unbroken(data[begin + n_window :], margin * rate)
    trace.data = np.concatenate([before, window, after])
    trace.stats.starttime += (begin - len(before)) * trace.stats.delta
    first, last = int(present[0]), int(present[-1])
    return slice(len(before) + first - begin, len(before) + last + 1 - begin)


def _bridge(wanted: Array, present: Array, values: Array) -> FloatArray:
    """Return the samples of a window, of which some are missing.

    Gaps are bridged by straight lines. Where the window begins before its data, or ends after
    them, they fade to their mean over as many samples as are missing there: a step would ring in
    every filter, and a line to it would be a trend.

    Parameters
    ----------
    wanted, present : ndarray of int
        Numbers of the samples of the window, and of those that there are.
    values : ndarray of float, shape (len(present),)
    """
    bridged = np.interp(wanted, present, values)
    n_before, n_after = int(present[0] - wanted[0]), int(wanted[-1] - present[-1])
    if n_before or n_after:
        weights = _rise(n_before, len(wanted)) * _rise(n_after, len(wanted))[::-1]
        bridged = values.mean() + weights * (bridged - values.mean())
    return bridged


def _rise(n_missing: int, n_samples: int) -> FloatArray:
    """Return 0 for samples that are missing, half a cosine for as many after them, and then 1."""
    place = (np.arange(n_samples) + 0.5 - n_missing) / max(n_missing, 0.5)
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(place, 0, 1))


def _unbroken(data: Array, limit: float) -> Array:
    """Return the samples up to the first gap, `limit` at most."""
    data = data[: int(limit)]
    gaps = np.flatnonzero(np.ma.getmaskarray(data))
    return np.ma.getdata(data)[: gaps[0] if len(gaps) else None]


def _trim_to_common(stream: Stream) -> None:
    """Cut the components of a sensor to the time that all of them have, sample by sample."""
    start = max(trace.stats.starttime for trace in stream)
    end = min(trace.stats.endtime for trace in stream)
    stream.trim(start, end, nearest_sample=True)
    shortest = min(trace.stats.npts for trace in stream)
    for trace in stream:
        trace.data = trace.data[:shortest]
        trace.stats.starttime = stream[0].stats.starttime


def _window_of(
    trace: Trace, start: UTCDateTime, end: UTCDateTime, sampling_rate: float
) -> tuple[FloatArray, UTCDateTime]:
    begin = max(0, round((start - trace.stats.starttime) * trace.stats.sampling_rate))
    with np.errstate(over="ignore"):
        samples = trace.data[begin:][: round((end - start) * sampling_rate)]
        result = samples.astype(np.float32)
    if not len(result):
        raise RejectedEvent(
            Kind.TOO_SHORT, f"{end - start:g} s hold no sample at {sampling_rate:g} Hz"
        )
    if not np.isfinite(result).all():
        raise RejectedEvent(Kind.NOT_A_NUMBER, "samples are too large for single precision")
    return result, trace.stats.starttime + begin * trace.stats.delta
