"""From the traces of an event to samples that can be trusted: checks, filter, one rate."""

from fractions import Fraction

import numpy as np
from obspy import Trace
from scipy.signal import resample_poly

from specufex_pipe.errors import RejectedEvent

# Digitizers give rates such as 99.9999 Hz; over a window of a minute this is less than a sample.
_RATE_TOLERANCE = 1e-4
_RUN_AT_THE_RAIL = 3
_STEPS_TO_JUDGE_CLIPPING = 50


def prepare(stream, start, settings):
    """Cut, check, filter and resample the window of an event.

    Parameters
    ----------
    stream : obspy.Stream
        Traces of one channel that cover the window, and up to `settings.margin` seconds more on
        either side to take up the edge effects of the filter.
    start : obspy.UTCDateTime
        Start of the window.
    settings : config.WaveformSettings

    Returns
    -------
    ndarray of float32, shape (round(duration * sampling_rate),)

    Raises
    ------
    RejectedEvent
        If the window cannot be trusted; the message says why.
    """
    trace = _merge(stream, settings.sampling_rate)
    samples, first, n_window = _cut(trace, start, settings)
    window = samples[first : first + n_window]
    rate = trace.stats.sampling_rate
    _check_amplitudes(window, rate, settings)
    prepared = _filter(samples, rate, settings)
    ratio = _resampling_ratio(rate, settings.sampling_rate)
    if ratio != 1:
        prepared = resample_poly(prepared, ratio.numerator, ratio.denominator)
    begin = round(first * ratio)
    n_samples = round(settings.duration * settings.sampling_rate)
    with np.errstate(over="ignore"):
        result = prepared[begin : begin + n_samples].astype(np.float32)
    if not np.isfinite(result).all():
        raise RejectedEvent("not a number: samples are too large for single precision")
    return result


def _merge(stream, sampling_rate):
    traces = [trace for trace in stream if trace.stats.npts]
    if not traces:
        raise RejectedEvent("no data: there are no samples in the window")
    rates = sorted({trace.stats.sampling_rate for trace in traces})
    if rates[-1] - rates[0] > _RATE_TOLERANCE * rates[0]:
        raise RejectedEvent(f"sampling rate: it changes within the window, {rates} Hz")
    if rates[0] < sampling_rate * (1 - _RATE_TOLERANCE):
        raise RejectedEvent(
            f"sampling rate: recorded at {rates[0]:g} Hz, less than the {sampling_rate:g} Hz "
            "asked for"
        )
    for trace in traces:
        # Records can be joined only if these agree; a fingerprint needs no calibration.
        trace.stats.sampling_rate, trace.stats.calib = rates[0], 1.0
        trace.data = np.asarray(trace.data, dtype=np.float64)
        if not np.isfinite(trace.data).all():
            raise RejectedEvent("not a number: the data have NaN or infinite samples")
    # Overlaps that disagree become gaps.
    return stream.__class__(traces).merge(method=0)[0]


def _cut(trace, start, settings):
    """Return the samples of window and margins, where the window begins, and its length."""
    rate, data = trace.stats.sampling_rate, np.ma.asarray(trace.data)
    n_window = round(settings.duration * rate)
    begin = round((start - trace.stats.starttime) * rate)
    inside = np.arange(max(begin, 0), min(begin + n_window, len(data)))
    present = inside[~np.ma.getmaskarray(data)[inside]]
    missing = n_window - len(present)
    if len(present) == 0 or missing > settings.max_gap * rate:
        raise RejectedEvent(
            f"gap: {missing / rate:.2f} s of the {settings.duration:g} s from {start} are missing, "
            f"more than the {settings.max_gap:g} s allowed; the data cover "
            f"{trace.stats.starttime} to {trace.stats.endtime}"
        )
    # Short gaps are bridged by straight lines.
    window = np.interp(np.arange(begin, begin + n_window), present, data.data[present])
    before = _unbroken(data[: max(begin, 0)][::-1], settings.margin * rate)[::-1]
    after = _unbroken(data[begin + n_window :], settings.margin * rate)
    return np.concatenate([before, window, after]), len(before), n_window


def _unbroken(data, limit):
    """Return the samples up to the first gap, `limit` at most."""
    data = data[: int(limit)]
    gaps = np.flatnonzero(np.ma.getmaskarray(data))
    return np.ma.getdata(data)[: gaps[0] if len(gaps) else None]


def _check_amplitudes(window, rate, settings):
    if np.ptp(window) == 0:
        raise RejectedEvent(f"dead channel: all samples are {window[0]:g}")
    share = clipped_share(window)
    if share > settings.max_clipped:
        raise RejectedEvent(
            f"clipped: {share:.1%} of the samples stand at the largest or smallest value, more "
            f"than the {settings.max_clipped:.1%} allowed"
        )
    flat = longest_run(np.diff(window) == 0) / rate
    if flat > settings.max_flat:
        raise RejectedEvent(
            f"flat: the trace stands still for {flat:.2f} s, more than the {settings.max_flat:g} s "
            "allowed; data that were lost may have been filled in"
        )


def longest_run(flags):
    """Return the length of the longest run of true values."""
    return _runs(flags).max(initial=0)


def _runs(flags):
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return edges[1::2] - edges[::2]


def clipped_share(samples):
    """Return the share of the samples that lie in flat runs at the largest or smallest value.

    A run is three samples or more. Signals of less than 50 steps of the digitizer are not judged:
    there the extremes repeat by chance.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,)
    """
    step = np.diff(np.unique(samples)).min()
    if np.ptp(samples) < _STEPS_TO_JUDGE_CLIPPING * step:
        return 0.0
    n_clipped = 0
    for rail in (samples.max(), samples.min()):
        runs = _runs(samples == rail)
        n_clipped += runs[runs >= _RUN_AT_THE_RAIL].sum()
    return n_clipped / len(samples)


def _filter(samples, rate, settings):
    trace = Trace(samples, {"sampling_rate": rate})
    trace.detrend("linear")
    if settings.fmin and settings.fmax:
        trace.filter("bandpass", freqmin=settings.fmin, freqmax=settings.fmax, zerophase=True)
    elif settings.fmin:
        trace.filter("highpass", freq=settings.fmin, zerophase=True)
    elif settings.fmax:
        trace.filter("lowpass", freq=settings.fmax, zerophase=True)
    return trace.data


def _resampling_ratio(rate, target):
    if abs(rate - target) <= _RATE_TOLERANCE * target:
        return Fraction(1)
    ratio = Fraction(target / rate).limit_denominator(1000)
    if abs(float(ratio) * rate - target) > _RATE_TOLERANCE * target:
        raise RejectedEvent(f"sampling rate: {rate:g} Hz cannot be brought to {target:g} Hz")
    return ratio
