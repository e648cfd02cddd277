"""Reading stations: StationXML, RESP, a table of coordinates, or a folder of these."""

import csv
import glob
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.parsers import expat

import obspy
from obspy import Inventory
from obspy.core.inventory import Network, Station

from specufex_pipe.sources.files import find_files, raise_if_machine_fails

_COLUMNS = ("network", "station", "latitude", "longitude", "elevation")
_FIRST_LINE_OF_RESP = re.compile(rb"(#.*\s+)*[bB]0[1-6][0-9]F[0-9]{2}")
_BYTES_AT_A_TIME = 1 << 16


class _RootElement(Exception):
    """The parser has come to the first element, before which all declarations stand."""


def read_stations(path: str | Path) -> Inventory:
    """Read stations.

    Parameters
    ----------
    path : str or Path
        A file in StationXML or RESP, a CSV file with the columns network, station, latitude,
        longitude (degrees) and elevation (m), or a folder of these. RESP has no coordinates.

    Returns
    -------
    obspy.Inventory

    Raises
    ------
    ValueError
        If a file is not there, or is none of these; the message names it.
    OSError
        If the machine is to blame.
    """
    inventory = Inventory(networks=[])
    for file in _files(path):
        with _named(file):
            if _is_table(file):
                inventory += _read_table(file)
            else:
                # ObsPy takes brackets in a name for a pattern.
                name = glob.escape(str(file))
                inventory += obspy.read_inventory(name, format=_format_of(file))
    return inventory


def check_stations(path: str | Path) -> None:
    """Make sure that files of stations are there, and look like it; tables are read.

    Raises
    ------
    ValueError
        If a file is not there, or is none that `read_stations` reads; the message names it.
    OSError
        If the machine is to blame.
    """
    for file in _files(path):
        with _named(file):
            if _is_table(file):
                _read_table(file)
            else:
                _format_of(file)


def _files(path: str | Path) -> list[Path]:
    path = Path(path)
    if not path.exists():
        raise ValueError(f"{path}: there is no such file or folder")
    files = find_files(path, follow_links=True).paths
    if not files:
        raise ValueError(f"{path}: the folder has no files")
    return files


def _is_table(path: Path) -> bool:
    return path.suffix.lower() == ".csv"


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn whatever reading a file raises into a ValueError that names it."""
    try:
        if not path.is_file():  # a pipe would never end
            raise ValueError("not a file")
        yield
    except Exception as error:  # a reader of ObsPy raises whatever the damage leads it to
        raise_if_machine_fails(error, [path])
        said = str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}"
        if path.with_suffix(".json").is_file():  # the record of a download
            said += "; remove it, and run again to have it downloaded anew"
        raise ValueError(f"{path}: {said}") from error


def _format_of(path: Path) -> str:
    """Return ObsPy's name of the format of a file.

    ObsPy's own guess would have all its readers try the file, and follow entities in XML.
    """
    with path.open("rb") as file:
        head = file.read(_BYTES_AT_A_TIME)
    if _FIRST_LINE_OF_RESP.match(head.lstrip()):
        return "RESP"
    try:
        root = _root_of_xml(path)
    except expat.ExpatError as error:
        raise ValueError(f"not StationXML, RESP or a .csv file ({error})") from error
    if root != "FDSNStationXML":
        raise ValueError(f"XML with the root {root}, expected FDSNStationXML")
    return "STATIONXML"


def _root_of_xml(path: Path) -> str:
    """Return the name of the first element of an XML file, and refuse a document type.

    Entities, which may name other files or grow without bound, are declared in a document type;
    StationXML needs none.
    """
    names = []

    def refuse(*_: object) -> None:
        raise ValueError("XML with a document type (DOCTYPE), which may lead to other files")

    def stop(name: str, _: object) -> None:
        names.append(name.rpartition(" ")[2])
        raise _RootElement

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = stop
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except _RootElement:
        return names[0]
    raise ValueError("XML without an element")


def _read_table(path: Path) -> Inventory:
    networks: dict[str, list[Station]] = {}
    seen: dict[tuple[str, str], int] = {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file, strict=True, skipinitialspace=True)
        names = [name.strip() for name in rows.fieldnames or ()]
        if missing := [name for name in _COLUMNS if name not in names]:
            raise ValueError(f"no column {' and no '.join(missing)}; expected {','.join(_COLUMNS)}")
        rows.fieldnames = names
        for row in rows:
            codes = (_code(row, "network"), _code(row, "station"))
            if codes in seen:
                raise ValueError(
                    f"{'.'.join(codes)} stands in line {seen[codes]} and in line {rows.line_num}"
                )
            seen[codes] = rows.line_num
            place = [
                _number(row, "latitude", 90.0, rows.line_num),
                _number(row, "longitude", 360.0, rows.line_num),
                _number(row, "elevation", 10_000.0, rows.line_num),
            ]
            place[1] = math.remainder(place[1], 360.0)
            networks.setdefault(codes[0], []).append(Station(codes[1], *place))
    if not seen:
        raise ValueError("no station below the header")
    return Inventory(networks=[Network(code, stations) for code, stations in networks.items()])


def _code(row: dict[str, str | None], name: str) -> str:
    return (row[name] or "").strip()


def _number(row: dict[str, str | None], name: str, most: float, line: int) -> float:
    try:
        value = float(row[name] or "")
    except ValueError:
        value = math.nan
    if not abs(value) <= most:
        raise ValueError(f"{name} is {row[name]!r} in line {line}, expected at most {most:g}")
    return value
