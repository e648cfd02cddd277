"""The change of sampling rate."""

from fractions import Fraction

from obspy import Stream, Trace

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.waveforms.steps.base import Context, Step

# Digitizers give rates such as 99.9999 Hz, which are taken for what they are meant to be ...
RATE_TOLERANCE = 1e-4
# ... as long as the last sample of a record is not moved by more than this.
_MOST_SAMPLES_OFF = 0.5
_DENOMINATORS = (1000, 100_000)


class Resample(Step):
    """Bring records to waveforms.sampling_rate, with an anti-alias filter; else the last step."""

    resamples = True

    @property
    def in_words(self) -> str:
        """The change of rate; the rate itself is no parameter of the step."""
        return "resampling"

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
    from scipy.signal import resample_poly  # takes a while to load, and settings do without

    rate, n_samples = trace.stats.sampling_rate, trace.stats.npts
    tolerance = min(RATE_TOLERANCE, _MOST_SAMPLES_OFF / max(n_samples, 1))
    if abs(rate - target) <= tolerance * target:
        return
    for most in _DENOMINATORS:
        ratio = Fraction(target / rate).limit_denominator(most)
        if abs(float(ratio) * rate - target) <= tolerance * target:
            trace.data = resample_poly(trace.data, ratio.numerator, ratio.denominator)
            trace.stats.sampling_rate = float(ratio) * rate
            return
    raise RejectedEvent(Kind.SAMPLING_RATE, f"{rate:g} Hz cannot be brought to {target:g} Hz")
