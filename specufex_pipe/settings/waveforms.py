"""The section waveforms."""

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import field_validator, model_validator

from specufex_pipe.settings.members import MemberSettings, member_settings
from specufex_pipe.settings.section import Section, setting
from specufex_pipe.waveforms.attributes import HIGH_BAND, LOW_BAND
from specufex_pipe.waveforms.earth_models import require_earth_model
from specufex_pipe.waveforms.steps.registry import STEPS
from specufex_pipe.waveforms.window import Length, Reference

if TYPE_CHECKING:
    StepSettings = MemberSettings
else:
    StepSettings = member_settings(STEPS, default="")


class WaveformSettings(Section):
    """The window of an event, and how its waveform is prepared."""

    reference: Reference = setting(
        "time", 'what places a window: the "time" of the event, its column "start", the "pick" of '
        'a phase at the station, or its predicted "arrival"',
    )  # fmt: skip
    phase: str = setting(
        "P", "of the pick or arrival; P and S stand for the first of their kind, as Pn and Pg",
        min_length=1,
    )  # fmt: skip
    before: float = setting(5.0, "from the start of the window to its reference", "s")
    length: Length = setting(
        "fixed", 'what ends a window: a "fixed" duration from its start; the column "duration", '
        'counted from the reference; the column "end"; or the "pick" of end_phase. "file": the '
        "whole file of the event",
    )  # fmt: skip
    duration: float = setting(
        20.0, "length of a window that is fixed; of others about the longest, for what jobs ask "
        "for", "s", gt=0,
    )  # fmt: skip
    end_phase: str = setting("S", "of the pick that ends a window", min_length=1)
    after: float = setting(0.0, "from what ends a window to its last sample", "s")
    max_duration: float = setting(600.0, "a longer window is a mistake, and rejected", "s", gt=0)
    velocity: float | None = setting(
        None, "of the arrivals, along a straight line; null: their times are those of earth_model",
        "km/s", ge=0.1, le=20,
    )  # fmt: skip
    earth_model: str = setting(
        "iasp91", "of the arrivals, as TauP names it: iasp91, ak135, prem, ...", min_length=1
    )
    margin: float = setting(
        5.0, "data read on either side, where there are any, for the filter's edge effects", "s",
        ge=0,
    )  # fmt: skip
    sampling_rate: float = setting(
        100.0, "rate of all traces after resampling; slower records are rejected", "Hz", gt=0
    )
    processing: list[StepSettings] = setting(
        [{"type": "detrend"}, {"type": "filter", "kind": "highpass", "fmin": 1.0}],
        "steps in their order, each a name or {type: name, ...}; records are resampled last, "
        "unless resample is one of them. The types:",
        validate_default=True,
    )  # fmt: skip
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

    @field_validator("processing", mode="before")
    @classmethod
    def _names_are_steps(cls, steps: Any) -> Any:
        if not isinstance(steps, list | tuple):
            return steps
        return [{"type": step} if isinstance(step, str) else step for step in steps]

    @field_validator("processing")
    @classmethod
    def _parameters_fit(cls, steps: list[MemberSettings]) -> list[MemberSettings]:
        for number, step in enumerate(steps, start=1):
            try:
                step.open().check()
            except ValueError as error:
                raise ValueError(f"step {number}, {step.type}: {error}") from error
        return steps

    @model_validator(mode="after")
    def _filters_leave_something(self) -> Self:
        nyquist = self.sampling_rate / 2
        for step in self.processing:
            fmin = step.parameters().get("fmin")
            if fmin is not None and step.parameters()["kind"] != "bandstop" and fmin >= nyquist:
                raise ValueError(
                    f"processing: fmin of the filter is {fmin:g} Hz, expected less than the "
                    f"Nyquist frequency {nyquist:g} Hz, half of sampling_rate"
                )
        return self

    @model_validator(mode="after")
    def _window_fits(self) -> Self:
        if self.length == "fixed" and self.duration > self.max_duration:
            raise ValueError(
                f"duration is {self.duration:g} s, expected at most max_duration "
                f"{self.max_duration:g} s"
            )
        if self.reference == "arrival" and self.velocity is None:
            require_earth_model(self.earth_model)
        return self

    def relevant(self) -> dict[str, Any]:
        """Return the keys that the waveforms depend on."""
        by_picks = self.length == "pick"
        unused = {
            "phase": self.reference not in ("pick", "arrival"),
            "before": self.length == "file",
            "duration": self.length != "fixed",
            "end_phase": not by_picks,
            "after": self.length in ("fixed", "file"),
            "velocity": self.reference != "arrival",
            "earth_model": self.reference != "arrival" or self.velocity is not None,
        }
        return self.model_dump(mode="json", exclude={key for key, is_so in unused.items() if is_so})

    @property
    def placed_by(self) -> Literal["P", "S"] | None:
        """The phase that windows are placed by, if there is one."""
        if self.reference not in ("pick", "arrival"):
            return None
        return "P" if self.phase.startswith("P") else "S" if self.phase.startswith("S") else None

    @property
    def needs_components(self) -> bool:
        """Whether a channel is made of the components of its sensor, and need not be recorded."""
        return any(STEPS[step.type].needs_components for step in self.processing)

    @property
    def needs_stations(self) -> bool:
        """Whether metadata of the stations are needed."""
        return self.reference == "arrival" or any(
            STEPS[step.type].needs_stations for step in self.processing
        )
