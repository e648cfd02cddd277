"""Lines of a map: GeoJSON and text as GMT writes it, and what is neither."""

import gzip
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.catalogs import map_lines
from specufex_pipe.catalogs.map_lines import read_map_lines
from specufex_pipe.errors import StageError

LINE = [[110.0, -7.5], [110.5, -7.25], [111.0, -7.0]]
RING = [[0, 0], [1, 0], [1, 1], [0, 0]]


def write(path, content):
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    return path


def feature(kind, coordinates):
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": {"name": "<b>"}, "geometry": geometry}


@pytest.mark.parametrize(
    "kind, coordinates, expected",
    [
        ("LineString", LINE, [LINE]),
        ("MultiLineString", [LINE, RING], [LINE, RING]),
        ("Polygon", [RING, LINE], [RING, LINE]),
        ("MultiPolygon", [[RING], [RING, LINE]], [RING, RING, LINE]),
        ("LineString", [[1, 2, 300.0], [3, 4, 400.0]], [[[1, 2], [3, 4]]]),
    ],
)
def test_lines_and_polygons_of_geojson_are_read(tmp_path, kind, coordinates, expected):
    whole = {"type": "FeatureCollection", "features": [feature(kind, coordinates)]}
    for content in (whole, whole["features"][0], whole["features"][0]["geometry"]):
        lines = read_map_lines(write(tmp_path / "a.geojson", content))
        assert [line.tolist() for line in lines] == expected


def test_collections_may_hold_collections_and_features_without_a_place(tmp_path):
    geometry = feature("LineString", LINE)["geometry"]
    collection = {"type": "GeometryCollection", "geometries": [geometry, geometry]}
    features = [{"type": "Feature", "geometry": each} for each in (None, collection)]
    path = write(tmp_path / "a.json", {"type": "FeatureCollection", "features": features})
    assert len(read_map_lines(path)) == 2
    assert read_map_lines(write(path, {"type": "FeatureCollection", "features": []})) == []


segments = st.lists(
    st.lists(st.tuples(st.floats(-360, 360), st.floats(-90, 90)), min_size=2, max_size=5),
    min_size=1, max_size=4,
)  # fmt: skip


@given(lines=segments, delimiter=st.sampled_from([" ", "\t", ", "]))
def test_segments_of_text_are_read_as_they_were_written(tmp_path_factory, lines, delimiter):
    written = "# coast\n"
    for number, line in enumerate(lines):
        written += f"> -L{number}\n" if number else ""
        written += "".join(f"{x!r}{delimiter}{y!r}\n" for x, y in line)
    path = write(tmp_path_factory.getbasetemp() / "coast.txt", written)
    assert [line.tolist() for line in read_map_lines(path)] == [
        [list(point) for point in line] for line in lines
    ]


def test_a_line_of_nan_ends_a_segment_and_a_point_alone_is_no_line(tmp_path):
    text = "1 2 0.5\n3 4 0.5\nNaN NaN\n5 6\nnan nan\n7 8\n9 10\n"
    lines = read_map_lines(write(tmp_path / "coast.txt", text))
    assert [line.tolist() for line in lines] == [[[1, 2], [3, 4]], [[7, 8], [9, 10]]]


def test_files_may_be_gzipped(tmp_path):
    path = tmp_path / "coast.txt.gz"
    path.write_bytes(gzip.compress(b"1 2\n3 4\n"))
    np.testing.assert_array_equal(read_map_lines(path)[0], [[1, 2], [3, 4]])
    path.write_bytes(gzip.compress(b"1 2\n3 4\n" * 100)[:-12])
    with pytest.raises(StageError, match=r"coast\.txt\.gz: damaged gzip data"):
        read_map_lines(path)


@pytest.mark.parametrize(
    "content, said",
    [
        ("110,4 -7,5\n", r"lines: line 1 is '110,4 -7,5', with decimal commas; expected GeoJSON"),
        ("1 2\n3 four\n", r"lines: line 2 is '3 four', expected GeoJSON, or lines of longitude"),
        ("1\n", r"line 1 is '1', expected"),
        ("lon,lat\n1,2\n", r"line 1 is 'lon,lat', expected"),
        ("1 2\n\n500000 9100000\n", r"line 3: longitude 500000 .* expected degrees"),
        ("2 110\n", r"line 1: .* latitude 110, expected degrees .* longitude first"),
        ("inf nan\n", r"expected degrees"),
        ('{"type": ', r"lines: not GeoJSON \("),
        ({"type": "Topology"}, r"the file has the type 'Topology', expected one of LineString"),
        (feature("Point", [1, 2]), r"the file has the type 'Point'"),
        ({"type": "FeatureCollection"}, r"without a list of features"),
        ({"type": "FeatureCollection", "features": [feature("LineString", LINE), 3]},
         r"features 2 has the type None"),
        (feature("LineString", [[1], [2]]), r"the file: \[1\] is not a point"),
        (feature("LineString", ["ab", "cd"]), r"'?ab'? is not a point"),
        (feature("LineString", [1, 2]), r"1 is not a point"),
        (feature("LineString", None), r"its coordinates hold 'None', expected a list"),
        (feature("Polygon", [1]), r"its coordinates hold '1', expected a list"),
        (feature("LineString", [[1, 2], ["3", 4]]), r"\['3', 4\] is not a point"),
        (feature("LineString", [[1, 2], [True, 4]]), r"\[True, 4\] is not a point"),
        (feature("LineString", [[1, 2], [10**400, 4]]), r"0 is not a point"),
        ({"type": {}}, r"the file has the type '{}', expected one of LineString"),
        ({"type": ["LineString"]}, r"the file has the type .*, expected one of LineString"),
        (feature("LineString", [[1, 2], [1e9, 0]]), r"longitude 1e\+09 .* expected degrees"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(tmp_path, content, said):
    with pytest.raises(StageError, match=said):
        read_map_lines(write(tmp_path / "lines", content))


@pytest.mark.parametrize("head", ["[" * 100_000, '{"a":' * 100_000])
def test_what_is_nested_without_end_is_refused(tmp_path, head):
    with pytest.raises(StageError, match=r"too deep|expected GeoJSON"):
        read_map_lines(write(tmp_path / "lines", head))


@pytest.mark.parametrize("content", ["1 2\n" * 11, feature("LineString", [[1, 2]] * 11)])
def test_more_points_than_a_map_shows_are_refused(tmp_path, monkeypatch, content):
    monkeypatch.setattr(map_lines, "_MOST_POINTS", 10)
    with pytest.raises(StageError, match="more than 10 points; cut it to the region"):
        read_map_lines(write(tmp_path / "lines", content))


def test_bytes_that_are_not_text_and_a_missing_file_are_named(tmp_path):
    (tmp_path / "lines").write_bytes(bytes(range(128, 256)))
    with pytest.raises(StageError, match=r"lines(: | is no text in UTF-8, expected GeoJSON)"):
        read_map_lines(tmp_path / "lines")
    with pytest.raises(StageError, match=r"none: there is no such file"):
        read_map_lines(tmp_path / "none")
