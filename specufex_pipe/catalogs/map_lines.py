"""Lines of a map, such as coastlines, faults and wells: GeoJSON, or text as GMT writes it."""

import io
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from specufex_pipe.catalogs.files import GZIP_ERRORS, open_content
from specufex_pipe.errors import StageError
from specufex_pipe.numerics.types import FloatArray

_MOST_POINTS = 2_000_000
_MOST_BYTES = 200_000_000
_LONGEST_LINE = 100_000
# How deep the coordinates of a geometry lie, as lists of points.
_DEPTHS = {"LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}
_DEEPEST = 20
# Such as 110,4 -7,5, which is not the longitude 110 and the latitude 4.
_DECIMAL_COMMAS = re.compile(r"[-+]?\d+,\d+\s+[-+]?\d+,\d+$")
_EXPECTED = (
    "expected GeoJSON, or lines of longitude and latitude in degrees, with > before each segment"
)


def read_map_lines(path: str | Path) -> list[FloatArray]:
    """Read the lines of a map.

    Parameters
    ----------
    path : str or Path
        GeoJSON with lines and polygons, or text as GMT writes it: a longitude and a latitude each
        line, and > at the start of each segment. Either may be gzipped.

    Returns
    -------
    list of ndarray of shape (n_points, 2)
        Longitudes and latitudes, degrees; two points each at least.

    Raises
    ------
    StageError
        If the file is not there, is neither of these, or has more points than a map can show. The
        message names the file, and the line or the geometry.
    """
    path = Path(path)
    if not path.is_file():
        raise StageError(f"{path}: there is no such file; expected coastlines or other lines")
    try:
        with open_content(path) as content:
            head = content.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        with open_content(path) as content:
            lines = _of_geojson(content) if head.startswith(b"{") else _of_text(content)
            return [line for line in lines if len(line) > 1]
    except UnicodeDecodeError as error:
        raise StageError(f"{path} is no text in UTF-8, {_EXPECTED}") from error
    except ValueError as error:
        raise StageError(f"{path}: {error}") from error
    except GZIP_ERRORS as error:
        raise StageError(f"{path}: damaged gzip data ({error})") from error


def _of_text(content: BinaryIO) -> list[FloatArray]:
    segments: list[list[tuple[float, float]]] = [[]]
    n_points = 0
    for number, line in _numbered(content):
        if line.startswith(">"):
            segments.append([])
            continue
        cells = line.replace(",", " ").split()
        if _DECIMAL_COMMAS.match(line):
            raise ValueError(f"line {number} is {line[:60]!r}, with decimal commas; {_EXPECTED}")
        try:
            point = float(cells[0]), float(cells[1])
        except (ValueError, IndexError):
            raise ValueError(f"line {number} is {line[:60]!r}, {_EXPECTED}") from None
        if all(map(math.isnan, point)):  # as Matlab and GMT break a line
            segments.append([])
            continue
        try:
            segments[-1].append(_checked(*point))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        n_points = _count(n_points + 1)
    return [np.array(points) for points in segments if points]


def _numbered(content: BinaryIO) -> Iterator[tuple[int, str]]:
    """Return the lines that are neither blank nor comments, with their numbers."""
    text = io.TextIOWrapper(content, encoding="utf-8-sig")
    number = 0
    while line := text.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE:
            raise ValueError(f"line {number} has {_LONGEST_LINE} characters or more, {_EXPECTED}")
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.strip()


def _of_geojson(content: BinaryIO) -> list[FloatArray]:
    text = content.read(_MOST_BYTES + 1)
    if len(text) > _MOST_BYTES:
        raise ValueError(
            f"it has more than {_MOST_BYTES / 1e6:.0f} MB; cut it to the region of the events"
        )
    try:
        found = json.loads(text)
    except RecursionError:
        raise ValueError("not GeoJSON: it is nested too deep") from None
    except ValueError as error:
        raise ValueError(f"not GeoJSON ({error})") from None
    lines, n_points = [], 0
    for name, geometry in _geometries(found, "the file", 0):
        for points in _lines_of(name, geometry):
            n_points = _count(n_points + len(points))
            lines.append(np.array([_point(name, point) for point in points]).reshape(-1, 2))
    return lines


def _geometries(found: Any, name: str, depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the geometries in a GeoJSON object, with what messages call them."""
    kind = found.get("type") if isinstance(found, dict) else None
    if not isinstance(kind, str | None):  # a list cannot be looked up
        kind = str(kind)[:60]
    members = {"FeatureCollection": "features", "GeometryCollection": "geometries"}
    if kind in members and depth < _DEEPEST:
        parts = found.get(members[kind])
        if not isinstance(parts, list):
            raise ValueError(f"{name} is a {kind} without a list of {members[kind]}")
        for number, part in enumerate(parts, start=1):
            yield from _geometries(part, f"{members[kind]} {number}", depth + 1)
    elif kind == "Feature" and depth < _DEEPEST:
        if found.get("geometry") is not None:  # a feature may have no place
            yield from _geometries(found["geometry"], name, depth + 1)
    elif kind in _DEPTHS:
        yield name, found
    else:
        raise ValueError(f"{name} has the type {kind!r}, expected one of {', '.join(_DEPTHS)}")


def _lines_of(name: str, geometry: dict[str, Any]) -> Iterator[list[Any]]:
    parts = [geometry.get("coordinates")]
    for _ in range(_DEPTHS[geometry["type"]]):
        parts = [part for each in parts for part in _list(name, each)]
    yield from (_list(name, each) for each in parts)


def _list(name: str, found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise ValueError(f"{name}: its coordinates hold {str(found)[:60]!r}, expected a list")
    return found


def _point(name: str, found: Any) -> tuple[float, float]:
    try:
        longitude, latitude, *_ = found
        # Python takes text and true for numbers.
        if {type(longitude), type(latitude)} - {int, float}:
            raise TypeError
        return _checked(float(longitude), float(latitude))
    except (TypeError, ValueError, OverflowError) as error:
        said = str(error) if "degrees" in str(error) else f"{str(found)[:60]} is not a point"
        raise ValueError(f"{name}: {said}") from None


def _checked(longitude: float, latitude: float) -> tuple[float, float]:
    if not (abs(longitude) <= 360 and abs(latitude) <= 90):
        raise ValueError(
            f"longitude {longitude:g} and latitude {latitude:g}, expected degrees (WGS 84), the "
            "longitude first"
        )
    return longitude, latitude


def _count(n_points: int) -> int:
    if n_points > _MOST_POINTS:
        raise ValueError(
            f"it has more than {_MOST_POINTS:,} points; cut it to the region of the events, or "
            "take a coarser one"
        )
    return n_points
