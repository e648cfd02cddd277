"""Write the differential times of pairs of events for HypoDD and GrowClust."""

import logging
from pathlib import Path

from specufex_pipe.errors import StageError
from specufex_pipe.repeaters.differential_times import (
    DifferentialTimes,
    station_labels,
    write_event_numbers,
    write_growclust,
    write_hypodd,
    write_station_labels,
)
from specufex_pipe.settings import RepeaterSettings
from specufex_pipe.store import read_families
from specufex_pipe.words import counted

log = logging.getLogger(__name__)


def run(
    settings: RepeaterSettings,
    output: Path,
    *,
    families: Path,
    phase: str,
    growclust: Path,
    events: Path,
    stations: Path,
) -> None:
    """Write lists of differential times.

    Parameters
    ----------
    settings : settings.RepeaterSettings
    output : Path
        dt.cc, as HypoDD reads it.
    families : Path
        families.h5
    phase : str
        What the waveforms are of, P or S.
    growclust : Path
        xcordata.txt, as GrowClust reads it.
    events : Path
        event_numbers.csv: which event has which number in the lists.
    stations : Path
        station_labels.csv: which station has which label in the lists.

    Raises
    ------
    StageError
        If the phase is another.
    """
    found = read_families(families)
    times = DifferentialTimes(found.pairs, found.seconds, found.coefficients)
    labels = station_labels(found.stations)
    least = settings.differential_times
    try:
        n_times = write_hypodd(output, times, labels, phase=phase, coefficient_min=least)
        write_growclust(growclust, times, labels, phase=phase, coefficient_min=least)
    except ValueError as error:
        raise StageError(f"differential_times: {error}") from error
    write_event_numbers(events, found.event_ids)
    write_station_labels(stations, labels, found.stations)
    log.info("%s of %s", counted(n_times, "differential time"), phase)
