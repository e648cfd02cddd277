"""Differential travel times of pairs of events, and the lists of them that relocation takes.

The travel time of an event to a station is its arrival there minus its time in the catalog. Both
lists have the first event's minus the second's, DT = T1 - T2:

- HypoDD, file dt.cc: "DT Differential time (s) between event 1 and event 2 at station STA.
  DT = T1-T2" (section B.3.2 of the user guide that comes with HypoDD 2; Waldhauser 2001). A header
  has OTC, which is subtracted, and is 0.0 "if cross-correlation and catalog origin times are
  identical", as they are here. The weight, "(0-1; e.g. squared coherency)", is the square of the
  coefficient.
- GrowClust, xcordata with xcordat_fmt = 1 and tdif_fmt = 12, "(event 1 - event 2)" (sections 2.2
  and 3.3 of its user guide; Trugman & Shearer 2017). It is "a text file format identical to the
  dt.cc format", whose OTC is read and not used. The weight is "simply" the coefficient.

Both read lines in free format. HypoDD's ids have up to nine digits [I9], GrowClust's are below
100 000 000 (`maxevid` in grow_params.f90), so events are numbered, from 1 in the order of the
catalog. HypoDD's station labels have up to seven characters [A7], and what is longer is cut off;
GrowClust's have three to five, in the first ten columns, and longer ones make it stop; those that
could be numbers are read as such by GrowClust3D (`readdlm`), which has the same format. So stations
get labels that suit all.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from specufex_pipe.numerics.types import BoolArray, FloatArray, IntArray
from specufex_pipe.repeaters.correlation import Correlations
from specufex_pipe.store import atomic_path, write_csv

PHASES = ("P", "S")
# Not a number, or a truth value, in any language.
_LABEL = re.compile(r"(?!(?i:nan|inf|true|false)$)[A-Za-z][A-Za-z0-9]{2,4}")


class DifferentialTimes(NamedTuple):
    """Differential travel times of pairs of events.

    Attributes
    ----------
    pairs : ndarray of int, shape (n_pairs, 2)
        Numbers of events from 0.
    seconds : ndarray of shape (n_pairs, n_stations)
        Travel time of the first event minus that of the second; NaN where there is none.
    coefficients : ndarray of shape (n_pairs, n_stations)
        Of the waveforms.
    """

    pairs: IntArray
    seconds: FloatArray
    coefficients: FloatArray


def differential_times(
    pairs: IntArray, correlations: Correlations, first_samples: FloatArray
) -> DifferentialTimes:
    """Return the differential travel times of pairs of events, T1 - T2.

    What is `t` after the first sample of the first event is `t` + lag after that of the second.

    Parameters
    ----------
    pairs : ndarray of int, shape (n_pairs, 2)
    correlations : Correlations
        Of the pairs.
    first_samples : ndarray of shape (n_events, n_stations)
        Time of the first sample after the event's time in the catalog, s.

    Returns
    -------
    DifferentialTimes

    Raises
    ------
    ValueError
        If there are times of another number of stations.
    """
    n_stations = correlations.lags.shape[1]
    if first_samples.ndim != 2 or first_samples.shape[1] != n_stations:
        raise ValueError(
            f"first_samples have shape {first_samples.shape}, expected (n_events, {n_stations})"
        )
    first, second = first_samples[pairs[:, 0]], first_samples[pairs[:, 1]]
    return DifferentialTimes(pairs, first - second - correlations.lags, correlations.coefficients)


def station_labels(stations: Sequence[str]) -> list[str]:
    """Return names of stations that HypoDD, GrowClust and GrowClust3D can read.

    Parameters
    ----------
    stations : sequence of str
        Network and station code, such as XX.STA, and what may follow.

    Returns
    -------
    list of str
        The station code, if it is a letter and two to four more letters or digits, and of no other
        of the stations; else S0001 and so on.
    """
    codes = [station.split(".")[1] if "." in station else station for station in stations]
    counts = Counter(codes)
    labels: list[str] = []
    number = 0
    for code in codes:
        label = code
        if counts[code] > 1 or not _LABEL.fullmatch(code):
            number += 1
            while (label := f"S{number:04d}") in counts:
                number += 1
        labels.append(label)
    return labels


def write_hypodd(
    path: str | Path,
    times: DifferentialTimes,
    labels: Sequence[str],
    *,
    phase: str,
    coefficient_min: float,
) -> int:
    """Write a file dt.cc for HypoDD, atomically; see the module for its conventions.

    Parameters
    ----------
    path : str or Path
    times : DifferentialTimes
    labels : sequence of str
        Of the stations, as `station_labels` returns them.
    phase : str
        "P" or "S": what the waveforms were placed by.
    coefficient_min : float
        Times with lower coefficients are left out, and so are pairs that then have none.

    Returns
    -------
    int
        Number of times written.

    Raises
    ------
    ValueError
        If the phase is another, or coefficient_min is not above 0.
    """
    return _write(path, times, times.coefficients**2, labels, phase, coefficient_min)


def write_growclust(
    path: str | Path,
    times: DifferentialTimes,
    labels: Sequence[str],
    *,
    phase: str,
    coefficient_min: float,
) -> int:
    """Write a file xcordata for GrowClust, atomically; see the module for its conventions.

    It is to be read with xcordat_fmt = 1 and tdif_fmt = 12. Parameters, what is returned and
    errors are those of `write_hypodd`.
    """
    return _write(path, times, times.coefficients, labels, phase, coefficient_min)


def _write(
    path: str | Path,
    times: DifferentialTimes,
    weights: FloatArray,
    labels: Sequence[str],
    phase: str,
    coefficient_min: float,
) -> int:
    if phase not in PHASES:
        raise ValueError(f"phase is {phase!r}, expected {' or '.join(map(repr, PHASES))}")
    if not coefficient_min > 0:
        raise ValueError(f"coefficient_min is {coefficient_min}, expected a coefficient above 0")
    is_kept = np.isfinite(times.seconds) & (times.coefficients >= coefficient_min)
    with atomic_path(path) as temporary, temporary.open("w", encoding="ascii") as file:
        for line in _lines(times, weights, is_kept, labels, phase):
            file.write(line)
    return int(is_kept.sum())


def _lines(
    times: DifferentialTimes,
    weights: FloatArray,
    is_kept: BoolArray,
    labels: Sequence[str],
    phase: str,
) -> Iterator[str]:
    last = None
    for pair, station in np.argwhere(is_kept).tolist():
        if pair != last:
            first, second = (times.pairs[pair] + 1).tolist()
            yield f"# {first:9d} {second:9d} 0.0\n"
            last = pair
        time, weight = times.seconds[pair, station], weights[pair, station]
        yield f"{labels[station]:<7} {time:12.6f} {weight:7.4f} {phase}\n"


def write_event_numbers(path: str | Path, event_ids: Sequence[str]) -> None:
    """Write which event has which number in the lists, atomically.

    Parameters
    ----------
    path : str or Path
    event_ids : sequence of str
        In the order of the catalog.
    """
    write_csv(path, ["number", "event_id"], enumerate(event_ids, start=1))


def write_station_labels(path: str | Path, labels: Sequence[str], stations: Sequence[str]) -> None:
    """Write which station has which label in the lists, atomically.

    Parameters
    ----------
    path : str or Path
    labels : sequence of str
        As `station_labels` returns them.
    stations : sequence of str
    """
    write_csv(path, ["label", "station"], zip(labels, stations, strict=True))
