"""Derivative and integral over time."""

from obspy import Stream

from specufex_pipe.waveforms.steps.base import Context, Step, Unit


class Differentiate(Step):
    """Differentiate: displacement to velocity, velocity to acceleration."""

    @property
    def in_words(self) -> str:
        """The derivative."""
        return "differentiation"

    def apply(self, stream: Stream, context: Context) -> None:
        """Differentiate each trace, by second-order central differences."""
        stream.differentiate()

    def unit_after(self, unit: Unit) -> Unit:
        """Return the unit over seconds."""
        return unit.differentiated(1)


class Integrate(Step):
    """Integrate: acceleration to velocity, velocity to displacement; filter drifts out first."""

    @property
    def in_words(self) -> str:
        """The integral."""
        return "integration"

    def apply(self, stream: Stream, context: Context) -> None:
        """Integrate each trace, by the trapezoidal rule."""
        stream.integrate()

    def unit_after(self, unit: Unit) -> Unit:
        """Return the unit times seconds."""
        return unit.differentiated(-1)
