"""The section spectrograms."""

from typing import Literal, Self

from pydantic import model_validator

from specufex_pipe.settings.section import Section, setting
from specufex_pipe.spectrograms import FrequencyAxis, Scale


class SpectrogramSettings(Section):
    """How a waveform becomes a spectrogram."""

    fmin: float = setting(2.0, "lowest frequency", "Hz", ge=0)
    fmax: float = setting(
        45.0, "highest frequency, at most half of waveforms.sampling_rate", "Hz", gt=0
    )
    window: float = setting(1.28, "longer: finer frequencies, coarser time", "s", gt=0)
    window_shape: Literal["hann", "hamming", "blackman", "boxcar"] = setting(
        "hann", "hann, hamming, blackman or boxcar"
    )
    overlap: float = setting(0.75, "share of the window by which frames overlap", ge=0, lt=1)
    zero_padding: float = setting(
        2.0, "length of the transform over the window's; more: smoother spectra", ge=1
    )
    scale: Scale = setting(
        "median", "median: decibels above the event's median; noise: decibels above the noise "
        "before its onset, at each frequency; power: spectral density; amplitude: its square root",
    )  # fmt: skip
    frequency_axis: FrequencyAxis = setting(
        "linear", "linear, or logarithmic: mean power in bands equally wide in octaves"
    )
    bands_per_octave: int = setting(3, "of the logarithmic axis", ge=1)

    @model_validator(mode="after")
    def _band_is_not_empty(self) -> Self:
        if self.fmin >= self.fmax:
            raise ValueError(f"fmin is {self.fmin:g} Hz, expected less than fmax {self.fmax:g} Hz")
        return self
