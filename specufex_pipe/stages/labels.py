"""The labels that people gave to events, for the stages that learn or show them."""

import logging
from collections.abc import Sequence
from pathlib import Path

from specufex_pipe.classification.labels import match_labels, read_labels
from specufex_pipe.errors import StageError
from specufex_pipe.numerics.types import Array
from specufex_pipe.words import counted

log = logging.getLogger(__name__)


def labels_of_events(path: Path | None, event_ids: Sequence[str]) -> Array:
    """Return the labels that events were given.

    Parameters
    ----------
    path : Path or None
        CSV with the columns event_id and label.
    event_ids : sequence of str

    Returns
    -------
    ndarray of str, shape (n_events,)
        Empty for an event without one; of all events if there is no table.

    Raises
    ------
    StageError
        If the table is not valid, or names no event of these.
    """
    given = {} if path is None else labels_in(path)
    labels, unknown_ids = match_labels(given, event_ids)
    if unknown_ids:
        said = (
            f"{path} has labels of {counted(len(unknown_ids), 'event')} that are not here, such as "
            f"{unknown_ids[0]!r}"
        )
        if len(unknown_ids) == len(given):
            raise StageError(
                f"labels: {said}, and of no other; event_id has to be that of the catalog"
            )
        log.warning("labels: %s: rejected, or of another catalog", said)
    return labels


def labels_in(path: Path) -> dict[str, str]:
    """Return the labels of a table by the ids of events.

    Raises
    ------
    StageError
        If it is not valid.
    """
    try:
        return read_labels(path)
    except ValueError as error:
        raise StageError(f"labels: {error}") from error
