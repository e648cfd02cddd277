"""What figures show of events and clusters: plain data, wherever they come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Self

import numpy as np

from specufex_pipe.catalogs.relief import Relief
from specufex_pipe.numerics.types import BoolArray, FloatArray


@dataclass(frozen=True)
class Clock:
    """When samples and frames are, in seconds after the time that their window was placed by.

    Attributes
    ----------
    before : float
        Time from the first sample to the reference, s.
    sampling_rate : float
        Hz.
    first_frame, frame_interval : float
        Time from the first sample to the middle of the first frame, and between frames, s.
    reference : str
        What the window was placed by.
    """

    before: float
    sampling_rate: float
    first_frame: float
    frame_interval: float
    reference: str = "catalog time"

    @property
    def label(self) -> str:
        """Label of an axis of times."""
        return f"Time after the {self.reference} (s)"

    def samples(self, n_samples: int) -> FloatArray:
        """Return the times of samples, ndarray of shape (n_samples,), s."""
        return np.arange(n_samples) / self.sampling_rate - self.before

    def frames(self, n_frames: int) -> FloatArray:
        """Return the times of the middles of frames, ndarray of shape (n_frames,), s."""
        return self.first_frame - self.before + self.frame_interval * np.arange(n_frames)


@dataclass(frozen=True)
class Level:
    """What the values of spectrograms are.

    Attributes
    ----------
    label : str
        For colour bars.
    unit : str
    """

    label: str = "dB above median"
    unit: str = "dB"

    @classmethod
    def of(cls, scale: str, unit: str) -> Self:
        """Return that of spectrograms on a scale, as `SpectrogramMaker` names it."""
        labels = {"median": "dB above median", "noise": "dB above noise"}
        # Longer labels do not fit beside the panels of an event.
        return cls(labels.get(scale, unit), unit)

    @property
    def is_in_decibels(self) -> bool:
        """Whether values are in decibels."""
        return self.unit == "dB"

    @property
    def energy_label(self) -> str:
        """For colour bars of energies, sums over the frequencies."""
        return "Energy (dB summed)" if self.is_in_decibels else "Energy (summed)"

    def end(self, value: np.floating | float) -> float:
        """Return the upper end of a colour scale for values up to this one."""
        if self.is_in_decibels:
            return float(max(5.0, 5 * np.ceil(value / 5)))
        return float(value) if value > 0 else 1.0


ABOVE_MEDIAN = Level()


@dataclass(frozen=True)
class Example:
    """An event that is shown: one that represents its cluster, or is least certain to be in it.

    Attributes
    ----------
    event_id : str
    time : numpy.datetime64
        Catalog time, UTC.
    distance, silhouette, membership : float
    second_cluster : int
        The cluster that it is in most often otherwise; 0 for none.
    second_membership : float
    samples : ndarray of shape (n_samples,)
        In the unit of the waveforms.
    frames : ndarray of shape (n_frames, n_frequencies)
        The spectrogram.
    energies : ndarray of shape (n_frames, n_components)
        What each component explains of a frame, summed over the frequencies.
    state_probabilities : ndarray of shape (n_frames, n_states)
        From 0 to 1.
    fingerprint : ndarray of shape (n_states, n_states)
        From the state of the row to that of the column.
    """

    event_id: str
    time: np.datetime64
    distance: float
    silhouette: float
    membership: float
    second_cluster: int
    second_membership: float
    samples: FloatArray
    frames: FloatArray
    energies: FloatArray
    state_probabilities: FloatArray
    fingerprint: FloatArray


@dataclass(frozen=True)
class Cluster:
    """A cluster and the means over its events; or the events that are in none.

    Attributes
    ----------
    number : int
        From 1; 0 for the events that are in none.
    size : int
        Number of events.
    stability : float
        Mean best Jaccard similarity over resamples; 0 for the events that are in none.
    median_membership, median_silhouette : float
    mean_spectrogram : ndarray of shape (n_frames, n_frequencies)
    mean_fingerprint : ndarray of shape (n_states, n_states)
    occupancy : ndarray of shape (n_states,)
        Mean share of the frames of an event.
    mean_spectrum, median_spectrum : ndarray of shape (n_frequencies,)
        Of the mean spectra of its events; the median may be of a sample of them.
    examples : list of Example
        Those that represent it, the highest silhouette first; of the events that are in none, the
        nearest to the centre of a cluster first.
    uncertain : list of Example
        Those that are least certain to be in it, the least certain first.
    """

    number: int
    size: int
    stability: float
    median_membership: float
    median_silhouette: float
    mean_spectrogram: FloatArray
    mean_fingerprint: FloatArray
    occupancy: FloatArray
    mean_spectrum: FloatArray
    median_spectrum: FloatArray
    examples: list[Example]
    uncertain: list[Example]

    @property
    def shown(self) -> list[Example]:
        """All events of it that are shown."""
        return [*self.examples, *self.uncertain]


@dataclass(frozen=True)
class Plane:
    """Events in the plane of the first two principal components of their features, or of more.

    Attributes
    ----------
    points : ndarray of shape (n_events, n_dimensions)
    shares : ndarray of shape (n_dimensions,)
        Share of the variance along each.
    """

    points: FloatArray
    shares: FloatArray


@dataclass(frozen=True)
class Quantity:
    """What each event has a number of, such as a magnitude or a duration, compared by cluster.

    Attributes
    ----------
    name : str
    unit : str
        Empty for a number.
    values : ndarray of shape (n_events,)
        NaN where an event has none.
    is_logarithmic : bool
        Whether events differ by factors.
    is_clustered_on : bool
        Whether it is a feature that the clusters were made from.
    effect : float
        Epsilon squared of the Kruskal-Wallis test between clusters, 0 to 1; NaN without a test.
    p_value : float
        Of the test, corrected for the number of quantities; NaN without a test.
    """

    name: str
    unit: str
    values: FloatArray
    is_logarithmic: bool = False
    is_clustered_on: bool = False
    effect: float = nan
    p_value: float = nan

    @property
    def title(self) -> str:
        """Its name, as figures and text have it."""
        return self.name.replace("_", " ").capitalize().replace("Rms", "RMS")

    @property
    def n_values(self) -> int:
        """Number of events that have one."""
        return int(np.count_nonzero(np.isfinite(self.values)))

    @property
    def is_tested(self) -> bool:
        """Whether clusters were compared by it."""
        return isfinite(self.effect)


@dataclass(frozen=True)
class Station:
    """Where a station is.

    Attributes
    ----------
    code : str
        Of the network and the station, with a dot between.
    latitude, longitude : float
        Degrees.
    is_own : bool
        Whether the waveforms are of this one.
    """

    code: str
    latitude: float
    longitude: float
    is_own: bool = False


@dataclass(frozen=True)
class Places:
    """Where events are, and what else a map of them shows.

    Attributes
    ----------
    latitudes, longitudes : ndarray of shape (n_events,)
        Degrees; both are NaN where one is not known.
    depths : ndarray of shape (n_events,)
        km; NaN where it is not known.
    stations : sequence of Station
    lines : sequence of ndarray of shape (n_points, 2)
        Longitudes and latitudes of coastlines and the like, degrees.
    relief : catalogs.relief.Relief or None
        Heights around the events.
    section_azimuth : float or None
        Of the section of depths, degrees from north over east; None for that along which the
        epicentres extend farthest.
    """

    latitudes: FloatArray
    longitudes: FloatArray
    depths: FloatArray
    stations: Sequence[Station] = ()
    lines: Sequence[FloatArray] = ()
    relief: Relief | None = None
    section_azimuth: float | None = None

    @property
    def are_known(self) -> BoolArray:
        """Which events have an epicentre, ndarray of bool, shape (n_events,)."""
        return np.isfinite(self.latitudes)

    @property
    def are_in_section(self) -> BoolArray:
        """Which events have an epicentre and a depth, ndarray of bool, shape (n_events,)."""
        return self.are_known & np.isfinite(self.depths)

    @property
    def depths_are_known(self) -> bool:
        """Whether an event that has an epicentre has a depth as well."""
        return bool(self.are_in_section.any())


@dataclass(frozen=True)
class Limits:
    """Upper ends of the colour scales that figures of the same clusters share.

    Attributes
    ----------
    spectrogram, mean_spectrogram : float
        Of the spectrograms of events, and of mean spectrograms.
    energy : float
        Of the energies of events.
    fingerprint : float
        Of all fingerprints, of clusters and events.
    """

    spectrogram: float
    mean_spectrogram: float
    energy: float
    fingerprint: float

    @classmethod
    def of(cls, clusters: Sequence[Cluster], level: Level) -> Self:
        """Return the limits for the examples and the means of clusters."""
        examples = [example for cluster in clusters for example in cluster.shown]
        means = [cluster.mean_fingerprint for cluster in clusters]
        return cls(
            spectrogram=level.end(np.percentile(np.concatenate([e.frames for e in examples]), 98)),
            mean_spectrogram=level.end(
                np.nanpercentile(np.concatenate([c.mean_spectrogram for c in clusters]), 96)
            ),
            energy=level.end(np.percentile(np.concatenate([e.energies for e in examples]), 99)),
            fingerprint=float(
                max(matrix.max() for matrix in (*means, *(e.fingerprint for e in examples)))
            ),
        )
