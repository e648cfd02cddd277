"""Where events are, by the columns of the catalog."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from specufex_pipe.catalogs.table import read_numbers, summarize_event_table
from specufex_pipe.catalogs.types import NUMBER
from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.views import Places
from specufex_pipe.words import counted

LATITUDE, LONGITUDE, DEPTH = "latitude", "longitude", "depth"


def read_columns_of(
    catalog: Path, columns: Sequence[str], event_ids: Sequence[str]
) -> dict[str, FloatArray]:
    """Return the numbers of events in those columns that a catalog has and that hold numbers.

    Parameters
    ----------
    catalog : Path
        catalog.h5, which has all of the events.
    columns : sequence of str
    event_ids : sequence of str

    Returns
    -------
    dict of ndarray of shape (n_events,)
        NaN where a cell is empty.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of another format.
    """
    table = summarize_event_table(catalog)
    types = dict(zip(table.columns, table.types, strict=True))
    there = [column for column in columns if types.get(column) == NUMBER]
    if not there:
        return {}
    ids, numbers = read_numbers(catalog, there)
    rows = {event_id: row for row, event_id in enumerate(ids)}
    numbers = numbers[[rows[event_id] for event_id in event_ids]]
    return dict(zip(there, numbers.T, strict=True))


def places_of(columns: Mapping[str, FloatArray]) -> Places | None:
    """Return where events are, or None if it is not known of any.

    Parameters
    ----------
    columns : dict of ndarray of shape (n_events,)
        Of the catalog, by name. An event has no epicentre if its latitude is not from -90 to 90
        degrees, or its longitude not from -360 to 360.
    """
    if LATITUDE not in columns or LONGITUDE not in columns:
        return None
    latitudes, longitudes = columns[LATITUDE], columns[LONGITUDE]
    known = (np.abs(latitudes) <= 90) & (np.abs(longitudes) <= 360)
    if not known.any():
        return None
    nowhere = np.full(len(known), np.nan)
    return Places(
        np.where(known, latitudes, np.nan),
        np.where(known, longitudes, np.nan),
        columns.get(DEPTH, nowhere),
    )


def said_of_places(places: Places | None) -> str:
    """Return which events are not on the map, in a sentence; nothing if all are.

    Parameters
    ----------
    places : plotting.views.Places or None
    """
    if places is None:
        return "There is no map of epicentres: the catalog has no latitudes and longitudes."
    unknown = int(np.count_nonzero(~places.are_known))
    if not unknown:
        return ""
    return f"{counted(unknown, 'event has', 'events have')} no epicentre in the catalog."
