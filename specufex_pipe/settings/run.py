"""The settings of a run as a whole, its variants among them."""

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, Discriminator, Field, Tag, field_validator, model_validator

from specufex_pipe.catalogs.registry import CATALOGS
from specufex_pipe.factorizations.registry import FACTORIZATIONS
from specufex_pipe.numerics.randomness import seed_of_model
from specufex_pipe.settings.background import BackgroundSettings
from specufex_pipe.settings.channels import check_channel, of_sensor
from specufex_pipe.settings.classifier import ClassifierSettings
from specufex_pipe.settings.clusters import ClusterSettings
from specufex_pipe.settings.distances import DistanceSettings
from specufex_pipe.settings.download import DownloadSettings
from specufex_pipe.settings.fingerprints import FingerprintSettings
from specufex_pipe.settings.hmm import HMMSettings
from specufex_pipe.settings.members import MemberSettings, member_settings
from specufex_pipe.settings.neighbours import NeighbourSettings
from specufex_pipe.settings.nmf import NMFSettings
from specufex_pipe.settings.repeaters import RepeaterSettings
from specufex_pipe.settings.report import ReportSettings
from specufex_pipe.settings.section import Section, setting
from specufex_pipe.settings.sources import SourceMemberSettings
from specufex_pipe.settings.spectrograms import SpectrogramSettings
from specufex_pipe.settings.stations import StationServiceSettings
from specufex_pipe.settings.waveforms import WaveformSettings
from specufex_pipe.sources.registry import SOURCES
from specufex_pipe.spectrograms import SpectrogramMaker

if TYPE_CHECKING:
    CatalogSettings = MemberSettings
    SourceSettings = SourceMemberSettings
else:
    CatalogSettings = member_settings(CATALOGS, default="csv")
    SourceSettings = member_settings(SOURCES, default="folder", base=SourceMemberSettings)

# The variant that is the settings as they are.
MAIN = "main"
# The sections that a variant may change.
VARIABLE_SECTIONS = (
    "waveforms", "spectrograms", "nmf", "hmm", "fingerprints", "clusters", "repeaters",
)  # fmt: skip
_VARIANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


# A path, or a service that they are downloaded from.
StationSettings = Annotated[
    Annotated[str, Field(min_length=1), Tag("path")]
    | Annotated[StationServiceSettings, Tag("service")],
    Discriminator(
        lambda given: "service" if isinstance(given, dict | StationServiceSettings) else "path"
    ),
]


class Settings(Section):
    """All settings of a run."""

    channels: list[str] = setting(
        description="SEED ids, NET.STA.LOC.CHA; each channel is a unit, with results of its own. "
        "* and ? stand for what the source has",
        min_length=1,
    )
    catalog: CatalogSettings = setting(description="which events there are")
    source: SourceSettings = setting(description="where waveforms come from")
    stations: StationSettings | None = setting(
        None, "where they are and how they respond: StationXML or RESP, a CSV with the columns "
        "network, station, latitude, longitude and elevation, or a folder of these; or a service "
        "that they are downloaded from, {service: INGV}",
    )  # fmt: skip
    results: str = setting("results", "folder for all results", min_length=1)
    shard_size: int = setting(
        10_000, "events in a shard; each shard is a job of its own. Changes no result", ge=1
    )
    model: str = setting(
        "fit", '"fit"; "update": start from the models of the last run; "frozen": keep them and '
        "only assign events; or the folder of results whose models to keep", min_length=1,
    )  # fmt: skip
    time_budget: float | None = setting(
        None, "after which a fit stops, and is resumed by a new job; null: 90 % of the job's "
        "runtime", "min", gt=0,
    )  # fmt: skip
    labels: str | None = setting(
        None, "CSV with the columns event_id and label, for events whose label is known: a "
        "classifier learns them, the others are given labels, and the report says how well",
    )  # fmt: skip
    variants: dict[str, dict[str, Any]] = setting(
        {}, "the settings with some keys changed, by name, to be run beside them and compared: "
        "{seq: {nmf.method: seq}, ten_states: {hmm.n_states: 10}}",
    )  # fmt: skip
    download: DownloadSettings = DownloadSettings()
    waveforms: WaveformSettings = WaveformSettings()
    spectrograms: SpectrogramSettings = SpectrogramSettings()
    nmf: NMFSettings = NMFSettings()
    hmm: HMMSettings = HMMSettings()
    fingerprints: FingerprintSettings = FingerprintSettings()
    clusters: ClusterSettings = ClusterSettings()
    neighbours: NeighbourSettings = NeighbourSettings()
    repeaters: RepeaterSettings = RepeaterSettings()
    distances: DistanceSettings = DistanceSettings()
    classifier: ClassifierSettings = ClassifierSettings()
    background: BackgroundSettings = BackgroundSettings()
    report: ReportSettings = ReportSettings()

    @field_validator("channels")
    @classmethod
    def _are_seed_ids(cls, channels: list[str]) -> list[str]:
        for channel in channels:
            check_channel(channel)
        if len(set(channels)) < len(channels):
            raise ValueError("a channel is named twice")
        return channels

    @field_validator("variants")
    @classmethod
    def _change_what_varies(cls, variants: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for name, changes in variants.items():
            if name == MAIN or not _VARIANT.fullmatch(name):
                raise ValueError(
                    f"{name!r} is not a valid name of a variant; expected letters, digits, _ and "
                    f"-, and not {MAIN!r}, which is the settings as they are"
                )
            if unknown := sorted(changes.keys() - set(VARIABLE_SECTIONS)):
                raise ValueError(
                    f"{name} changes {', '.join(unknown)}; a variant may change keys of "
                    f"{', '.join(VARIABLE_SECTIONS)}"
                )
        return variants

    @model_validator(mode="after")
    def _stages_fit(self) -> Self:
        rate, spectrograms = self.waveforms.sampling_rate, self.spectrograms
        if spectrograms.fmax > rate / 2:
            raise ValueError(
                f"spectrograms.fmax is {spectrograms.fmax:g} Hz, expected at most the Nyquist "
                f"frequency {rate / 2:g} Hz, half of waveforms.sampling_rate"
            )
        is_fixed = self.waveforms.length == "fixed"
        if is_fixed and spectrograms.window > self.waveforms.duration:
            raise ValueError(
                f"spectrograms.window is {spectrograms.window:g} s, expected at most "
                f"waveforms.duration {self.waveforms.duration:g} s"
            )
        if round(spectrograms.window * rate) < 2:
            raise ValueError(
                f"spectrograms.window is {spectrograms.window:g} s, expected at least two samples "
                f"of waveforms.sampling_rate {rate:g} Hz"
            )
        if self.waveforms.needs_stations and self.stations is None:
            raise ValueError(
                "stations is missing: arrivals, responses and rotations need StationXML, or a "
                "service that has it, or, for arrivals alone, a table of coordinates"
            )
        # It says what is wrong with its frequencies.
        SpectrogramMaker(rate, **spectrograms.model_dump())
        if self.model == "update" and not FACTORIZATIONS[self.nmf.method].can_be_updated:
            able = [name for name in FACTORIZATIONS if FACTORIZATIONS[name].can_be_updated]
            raise ValueError(
                f"model is 'update', but nmf.method {self.nmf.method} cannot start from an earlier "
                f"fit: expected model fit or frozen, or nmf.method {' or '.join(able)}"
            )
        return self

    @property
    def stations_path(self) -> str | None:
        """The file or folder of the stations; what is downloaded need not be there yet."""
        if isinstance(self.stations, StationServiceSettings):
            return str(self.stations.path(self.channels_of_stations))
        return self.stations

    @property
    def channels_of_stations(self) -> list[str]:
        """The channels whose metadata are needed, all of a sensor's where some are made of them."""
        if any(self.variant(name).waveforms.needs_components for name in self.variant_names):
            return [of_sensor(channel) for channel in self.channels]
        return self.channels

    @property
    def phase(self) -> Literal["P", "S"] | None:
        """The phase whose waveforms are compared; None if that is not known."""
        if self.repeaters.phase is not None:
            return self.repeaters.phase
        return self.waveforms.placed_by

    @property
    def fits_models(self) -> bool:
        """Whether models are fitted, and not taken as they are."""
        return self.model in ("fit", "update")

    @property
    def models(self) -> str:
        """Folder of the results in which the models are."""
        return self.results if self.fits_models or self.model == "frozen" else self.model

    @property
    def variant_names(self) -> list[str]:
        """The names of all variants, `main` first."""
        return [MAIN, *self.variants]

    def nmf_names(self, variant: str) -> list[str]:
        """Return the names under which the NMFs of a variant are kept, with all that follows.

        The first is the variant itself; VARIANT.2 and so on differ from it in the seed of the NMF.
        """
        numbers = range(2, self.variant(variant).clusters.n_nmfs + 1)
        return [variant, *(f"{variant}.{number}" for number in numbers)]

    @property
    def all_names(self) -> list[str]:
        """The names of all variants, and of the NMFs of each."""
        return [name for variant in self.variant_names for name in self.nmf_names(variant)]

    def variant(self, name: str) -> "Settings":
        """Return the settings of a variant, or of another NMF of it; see `nmf_names`.

        Raises
        ------
        pydantic.ValidationError
            If what it changes is not valid.
        """
        variant, _, number = name.partition(".")
        if number:
            return self.variant(variant)._with_nmf(int(number))
        if variant == MAIN:
            return self
        changed = _merged(self, self.variants[variant])
        return Settings.model_validate(changed | {"variants": {}})

    def _with_nmf(self, number: int) -> "Settings":
        """Return these settings with the seed of one of the NMFs, which count from 1."""
        seed = seed_of_model(self.nmf.random_state, number - 1)
        nmf = self.nmf.model_copy(update={"random_state": seed})
        return self.model_copy(update={"nmf": nmf, "variants": {}})


def _merged(section: BaseModel, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a section with some of them changed; sections within it key by key.

    A value that is a dict, such as the weights of features, is replaced as a whole.
    """
    result = section.model_dump()
    for key, change in changes.items():
        old = getattr(section, key, None)
        both = isinstance(old, BaseModel) and isinstance(change, dict)
        result[key] = _merged(old, change) if both else change  # type: ignore[arg-type]
    return result
