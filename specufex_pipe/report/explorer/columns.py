"""The columns of the explorer: what each event has one of."""

from collections.abc import Iterator, Mapping

import numpy as np

from specufex_pipe.numerics.types import Array, FloatArray
from specufex_pipe.plotting.section import Section
from specufex_pipe.plotting.views import Places, Plane
from specufex_pipe.report.events import ClusteredEvents
from specufex_pipe.report.explorer.explored import Column

_MILLISECOND = np.timedelta64(1, "ms")


def columns_of(
    events: ClusteredEvents,
    space: Plane,
    umap_map: FloatArray | None = None,
    family_of: Mapping[str, int] | None = None,
) -> list[Column]:
    """Return what each event has one of; no two of them have the same key.

    Parameters
    ----------
    events : report.events.ClusteredEvents
    space : plotting.views.Plane
        Events on their principal components, two or more.
    umap_map : ndarray of shape (n_events, 2), optional
        Events on a map by UMAP.
    family_of : mapping of int, optional
        Family of repeating events, by the ids of the events that are in one.
    """
    columns = [
        Column("time", "Time", "", "time", _milliseconds(events.times)),
        *_measures(events),
        *([_families(events, family_of)] if family_of else []),
        *([] if events.places is None else _places(events.places)),
    ]
    # Last, since they are for plots and tell a reader of the table little.
    of_plots = [*_components(space), *([] if umap_map is None else _on_map(umap_map))]
    taken = {column.key for column in (*columns, *of_plots)}
    of_quantities = [
        Column(
            each.name, each.title, each.unit, "number", _single(each.values), each.is_logarithmic
        )
        for each in events.quantities
        if each.name not in taken
    ]
    return [*columns, *of_quantities, *of_plots]


def _milliseconds(times: Array) -> FloatArray:
    return (times - np.datetime64(0, "ms")) / _MILLISECOND


def _components(space: Plane) -> Iterator[Column]:
    for place, (key, name) in enumerate(
        (("first_component", "First"), ("second_component", "Second"))
    ):
        title = f"{name} principal component ({100 * space.shares[place]:.0f} %)"
        yield Column(key, title, "", "number", _single(space.points[:, place]))


def _on_map(umap_map: FloatArray) -> Iterator[Column]:
    for place, key in enumerate(("first_umap", "second_umap")):
        yield Column(key, f"UMAP {place + 1}", "", "number", _single(umap_map[:, place]))


def _measures(events: ClusteredEvents) -> list[Column]:
    """Return the cluster of each event, and how sure it is, where there are clusters."""
    assigned, labels = events.assignments, events.labels
    # Without clusters, those of the one group of all are no measures.
    are_sure = np.full(len(labels), events.n_clusters > 0)
    have_second = are_sure & (assigned.second_clusters > 0)
    second = np.where(have_second, assigned.second_clusters, 0).astype(np.uint16)
    return [
        Column("cluster", "Cluster", "", "cluster", labels.astype(np.uint16)),
        _number("membership", "Membership", assigned.memberships, are_sure),
        _number("silhouette", "Silhouette", assigned.silhouettes, labels > 0),
        Column("second_cluster", "Second cluster", "", "cluster", second),
        _number("second_membership", "Second membership", assigned.second_memberships, have_second),
        Column("outside", "Outside", "", "flag", assigned.are_outside.astype(np.uint8)),
    ]


def _families(events: ClusteredEvents, family_of: Mapping[str, int]) -> Column:
    numbers = [family_of.get(event_id, np.nan) for event_id in events.assignments.event_ids]
    return Column("repeater_family", "Repeater family", "", "number", _single(np.array(numbers)))


def _number(key: str, title: str, values: FloatArray, are_there: Array) -> Column:
    return Column(key, title, "", "number", _single(np.where(are_there, values, np.nan)))


def _places(places: Places) -> Iterator[Column]:
    yield Column("latitude", "Latitude", "degrees", "number", _single(places.latitudes))
    yield Column("longitude", "Longitude", "degrees", "number", _single(places.longitudes))
    if not places.depths_are_known:
        return
    along = np.full(len(places.depths), np.nan)
    along[places.are_in_section] = Section.of(places).distances
    yield Column("depth", "Depth", "km", "number", _single(places.depths))
    yield Column("along_section", "Along the section", "km", "number", _single(along))


def _single(values: FloatArray) -> Array:
    """Return numbers in single precision; NaN for what is too large for it, or infinite."""
    largest = np.finfo(np.float32).max
    return np.where(np.abs(values) <= largest, values, np.nan).astype(np.float32)
