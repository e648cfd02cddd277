"""The change of sampling rate."""

from fractions import Fraction

from obspy import Stream, Trace
from scipy.signal import resample_poly

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.waveforms.steps.base import Context, Step

# Digitizers give rates such as 99.9999 Hz; over a window of a minute this is less than a sample.
RATE_TOLERANCE = 1e-4


class Resample(Step):
    """Bring records to waveforms.sampling_rate, with an anti-alias filter; else the last step."""

    resamples = True

    def apply(self, stream: Stream, context: Context) -> None:
        """Resample each trace.

        Raises
        ------
        RejectedEvent
            If a rate is no ratio of small numbers to the one asked for.
        """
        for trace in stream:
            _resample(trace, context.sampling_rate)


def _resample(trace: Trace, target: float) -> None:
    rate = trace.stats.sampling_rate
    if abs(rate - target) <= RATE_TOLERANCE * target:
        return
    ratio = Fraction(target / rate).limit_denominator(1000)
    if abs(float(ratio) * rate - target) > RATE_TOLERANCE * target:
        raise RejectedEvent(Kind.SAMPLING_RATE, f"{rate:g} Hz cannot be brought to {target:g} Hz")
    trace.data = resample_poly(trace.data, ratio.numerator, ratio.denominator)
    trace.stats.sampling_rate = float(ratio) * rate
