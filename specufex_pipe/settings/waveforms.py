"""The section waveforms."""

from typing import Self

from pydantic import field_validator, model_validator

from specufex_pipe.settings.section import Section, setting
from specufex_pipe.waveforms.attributes import HIGH_BAND, LOW_BAND


class WaveformSettings(Section):
    """The window of an event, and how its waveform is prepared."""

    before: float = setting(5.0, "from the start of the window to the time of the event", "s")
    duration: float = setting(20.0, "length of the window", "s", gt=0)
    margin: float = setting(
        5.0, "data read on either side, where there are any, for the filter's edge effects", "s",
        ge=0,
    )  # fmt: skip
    sampling_rate: float = setting(
        100.0, "rate of all traces after resampling; slower records are rejected", "Hz", gt=0
    )
    fmin: float | None = setting(1.0, "corner of the high-pass filter, null for none", "Hz", gt=0)
    fmax: float | None = setting(None, "corner of the low-pass filter, null for none", "Hz", gt=0)
    max_gap: float = setting(
        0.05, "more missing data than this in a window and the event is rejected", "s", ge=0
    )
    max_clipped: float = setting(
        0.005, "share of clipped samples above which an event is rejected", ge=0, lt=1
    )
    max_flat: float = setting(
        1.0, "a trace that is constant for longer has lost data, and is rejected", "s", gt=0
    )
    low_band: tuple[float, float] = setting(
        LOW_BAND, "low band of the frequency index, an attribute of each event", "Hz"
    )
    high_band: tuple[float, float] = setting(
        HIGH_BAND, "high band of the frequency index; beyond the Nyquist frequency there is none",
        "Hz",
    )  # fmt: skip

    @field_validator("low_band", "high_band")
    @classmethod
    def _is_a_band(cls, band: tuple[float, float]) -> tuple[float, float]:
        if not 0 <= band[0] < band[1]:
            raise ValueError(
                f"{list(band)} is not a band; expected its lowest and its highest frequency"
            )
        return band

    @model_validator(mode="after")
    def _filter_fits(self) -> Self:
        nyquist = self.sampling_rate / 2
        for key in ("fmin", "fmax"):
            value = getattr(self, key)
            if value is not None and value >= nyquist:
                raise ValueError(
                    f"{key} is {value:g} Hz, expected less than the Nyquist frequency "
                    f"{nyquist:g} Hz, half of sampling_rate"
                )
        if self.fmin and self.fmax and self.fmin >= self.fmax:
            raise ValueError(f"fmin is {self.fmin:g} Hz, expected less than fmax {self.fmax:g} Hz")
        return self
