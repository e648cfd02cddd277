"""What the explorer shows, as plain data."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from specufex_pipe.numerics.types import Array, FloatArray
from specufex_pipe.plotting.views import Clock, Level, Places

Kind = Literal["number", "time", "cluster", "flag"]


@dataclass(frozen=True)
class Column:
    """What each event has one of.

    Attributes
    ----------
    key : str
        By which the page finds it: time, first_component, second_component, cluster, membership,
        silhouette, second_cluster, second_membership, outside, and if there are any
        repeater_family, first_umap, second_umap, latitude, longitude, depth, along_section,
        magnitude and other attributes.
    title : str
    unit : str
        Empty for a number.
    kind : str
        number, time (milliseconds since 1970, UTC), cluster or flag (0 or 1).
    values : ndarray of shape (n_events,)
        float64 of a time, float32 of a number, uint16 of a cluster, uint8 of a flag; NaN where an
        event has none.
    is_logarithmic : bool
        Whether events differ by factors.
    """

    key: str
    title: str
    unit: str
    kind: Kind
    values: Array
    is_logarithmic: bool = False


class ClusterNote(NamedTuple):
    """What is said of a cluster.

    Attributes
    ----------
    number : int
        0 for the events in none.
    name : str
        Given by the user; empty if none was.
    color, ink : str
        Of its points, and of text on that.
    word : str
        How steady it is; empty for 0.
    stability : float
        0 to 1.
    n_events : int
    """

    number: int
    name: str
    color: str
    ink: str
    word: str
    stability: float
    n_events: int


class Detail(NamedTuple):
    """An event to look at and to listen to.

    Attributes
    ----------
    samples : ndarray of shape (n_samples,)
    frames : ndarray of shape (n_frames, n_frequencies)
        The spectrogram.
    state_probabilities : ndarray of shape (n_frames, n_states)
    fingerprint : ndarray of shape (n_states, n_states)
    """

    samples: FloatArray
    frames: FloatArray
    state_probabilities: FloatArray
    fingerprint: FloatArray


@dataclass(frozen=True)
class Explored:
    """All that the explorer shows of a variant.

    Attributes
    ----------
    digest : str
        Of the assignments, under which labels are kept.
    clusters_digest : str
        Of the clusters, which names of clusters belong to.
    unit, variant : str
    event_ids : sequence of str
    columns : list of Column
    clusters : list of ClusterNote
    n_clusters : int
        0 where none were found.
    said : list of str
        How sure the clusters are, in sentences.
    points : ndarray of float32, shape (n_events, n_dimensions)
        Events as they were clustered, whose distances tell which are alike.
    clock : plotting.views.Clock
    frequencies : ndarray of shape (n_frequencies,)
        Hz.
    level : plotting.views.Level
    spectrogram_end, fingerprint_end : float
        Upper ends of the colour scales.
    waveform_unit : str
    n_states : int
    places : plotting.views.Places or None
    details : callable
        `details(rows)` gives a `Detail` of each of these events, a few of which are in memory.
    """

    digest: str
    clusters_digest: str
    unit: str
    variant: str
    event_ids: Sequence[str]
    columns: list[Column]
    clusters: list[ClusterNote]
    n_clusters: int
    said: list[str]
    points: Array
    clock: Clock
    frequencies: FloatArray
    level: Level
    spectrogram_end: float
    fingerprint_end: float
    waveform_unit: str
    n_states: int
    places: Places | None
    details: Callable[[range], Iterable[Detail]]

    @property
    def n_events(self) -> int:
        """Number of events."""
        return len(self.event_ids)
