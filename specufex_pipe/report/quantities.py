"""What separates the clusters: attributes of the waveforms, magnitude and depth, and a test."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import kruskal

from specufex_pipe.features.blocks import OF_CATALOG
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.views import Quantity, Station
from specufex_pipe.report.places import DEPTH, distances_of
from specufex_pipe.store import FrameStore
from specufex_pipe.waveforms.attributes import ATTRIBUTES

MAGNITUDE, DISTANCE, EPICENTRAL_DISTANCE = "magnitude", "distance", "epicentral_distance"
_UNITS_OF_COLUMNS = {MAGNITUDE: "", DEPTH: "km", DISTANCE: "km"}
# Values of a cluster that takes part in a test: with fewer, the statistic of Kruskal and Wallis is
# far from the chi-squared that its p-value is taken from.
FEWEST_VALUES = 5
SIGNIFICANT = 0.05


def gather_quantities(
    waveforms: Path,
    columns: Mapping[str, FloatArray],
    event_ids: Sequence[str],
    labels: IntArray,
    features: Collection[str],
    stations: Sequence[Station] = (),
) -> list[Quantity]:
    """Gather what events have a number of, and test how far it differs between clusters.

    Parameters
    ----------
    waveforms : Path
        waveforms.h5, which has all of the events.
    columns : dict of ndarray of shape (n_events,)
        Of the catalog, by name; magnitude, depth and distance are taken, and the epicentres.
    event_ids : sequence of str
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1; events in none, 0, take no part in the tests.
    features : collection of str
        What the clusters were made from.
    stations : sequence of plotting.views.Station
        Distances are those from the one that the waveforms are of, where it and epicentres are
        known, and of the catalog otherwise.

    Returns
    -------
    list of plotting.views.Quantity
        Those that separate the clusters most first; last those that were not tested. What no event
        has a number of is left out.
    """
    of_catalog = [
        Quantity(name, unit, columns[name], is_clustered_on=OF_CATALOG + name in features)
        for name, unit in _UNITS_OF_COLUMNS.items()
        if name in columns
    ]
    distances = distances_of(columns, stations)
    if distances is not None:  # of the same events, and so not beside those of the catalog
        of_catalog = [each for each in of_catalog if each.name != DISTANCE]
        of_catalog.append(
            Quantity(
                EPICENTRAL_DISTANCE,
                "km",
                distances,
                is_clustered_on=OF_CATALOG + DISTANCE in features,
            )
        )
    found = [
        quantity
        for quantity in (*of_catalog, *_read_attributes(waveforms, event_ids, features))
        if np.isfinite(quantity.values).any()
    ]
    tests = [compare_clusters(quantity.values, labels) for quantity in found]
    p_values = correct_for_number(np.array([p_value for _, p_value in tests]))
    tested = [
        replace(quantity, effect=effect, p_value=float(p_value))
        for quantity, (effect, _), p_value in zip(found, tests, p_values, strict=True)
    ]
    return sorted(tested, key=lambda each: -np.nan_to_num(each.effect, nan=-1.0))


def _read_attributes(
    waveforms: Path, event_ids: Sequence[str], features: Collection[str]
) -> list[Quantity]:
    logarithmic = {attribute.name for attribute in ATTRIBUTES if attribute.is_logarithmic}
    with FrameStore(waveforms, "waveforms") as store:
        rows = {event_id: row for row, event_id in enumerate(store.event_ids)}
        values = store.array("attributes")[[rows[event_id] for event_id in event_ids]]
        described = store.attributes_of("attributes")
    return [
        Quantity(str(name), str(unit), of_events, name in logarithmic, name in features)
        for name, unit, of_events in zip(
            described["names"], described["units"], values.T, strict=True
        )
    ]


def compare_clusters(values: FloatArray, labels: IntArray) -> tuple[float, float]:
    """Test whether values differ between clusters (Kruskal & Wallis, 1952).

    Parameters
    ----------
    values : ndarray of shape (n_events,)
        NaN where an event has none.
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1; 0 for none. Clusters with fewer than five values are left out.

    Returns
    -------
    effect : float
        Epsilon squared, H / (n - 1): the share of the variance of the ranks that lies between
        clusters (Tomczak & Tomczak, 2014). NaN if fewer than two clusters have five values, or all
        values are the same.
    p_value : float
    """
    usable = np.isfinite(values) & (labels > 0)
    values, labels = values[usable], labels[usable]
    groups = [values[labels == number] for number in np.unique(labels)]
    groups = [group for group in groups if len(group) >= FEWEST_VALUES]
    if len(groups) < 2 or np.ptp(np.concatenate(groups)) == 0:
        return np.nan, np.nan
    statistic, p_value = kruskal(*groups)
    return float(statistic / (sum(map(len, groups)) - 1)), float(p_value)


def correct_for_number(p_values: FloatArray) -> FloatArray:
    """Return p-values that are corrected for how many there are (Holm, 1979).

    Parameters
    ----------
    p_values : ndarray of shape (n_tests,)
        NaN where there was no test.
    """
    tested = np.flatnonzero(np.isfinite(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    corrected = np.full(len(p_values), np.nan)
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(factors * p_values[order]), 1)
    return corrected


def said_of_quantities(quantities: Sequence[Quantity]) -> list[str]:
    """Return what separates the clusters most, in sentences.

    Parameters
    ----------
    quantities : sequence of plotting.views.Quantity
        Those that separate them most first.
    """
    tested = [each for each in quantities if each.is_tested]
    if not tested:
        return [
            "Nothing is tested: that takes two clusters with five values or more that are not all "
            "the same."
        ]
    clustered_on = [each.title for each in tested if each.is_clustered_on]
    others = [each for each in tested if not each.is_clustered_on]
    said = [_of_largest(others)] if others else []
    if clustered_on:
        said.append(
            "What clusters were made from proves nothing where it separates them: "
            f"{', '.join(clustered_on)}."
        )
    return said


def _of_largest(others: Sequence[Quantity]) -> str:
    largest = others[0]
    if largest.p_value >= SIGNIFICANT:
        return "No attribute differs between the clusters by more than chance would have it."
    n_more = sum(each.p_value < SIGNIFICANT for each in others)
    return (
        f"{largest.title} separates the clusters most: {100 * largest.effect:.0f} % of the "
        f"variance of its ranks lies between clusters. {n_more} of {len(others)} attributes "
        "differ between clusters by more than chance would have it."
    )
