"""Grids of heights: netCDF of both kinds and ESRI ASCII, and the part that a map needs."""

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import netcdf_file

from specufex_pipe.catalogs import relief
from specufex_pipe.catalogs.relief import check_relief, read_relief
from specufex_pipe.errors import StageError

LONGITUDES, LATITUDES = np.linspace(110, 111, 11), np.linspace(-8, -7, 11)
HEIGHTS = np.round(np.add.outer(1000 * LATITUDES, 10 * LONGITUDES))
REGION = {"west": 110.25, "east": 110.75, "south": -7.75, "north": -7.25}


def write_hdf5(path, longitudes, latitudes, heights, names=("lon", "lat", "z"), **attributes):
    with h5py.File(path, "w") as file:
        for name, values in zip(names, (longitudes, latitudes, heights), strict=True):
            file[name] = values
        file["crs"] = b"WGS 84"
        for key, value in attributes.items():
            file[names[2]].attrs[key] = value


def write_classic(path, longitudes, latitudes, heights, names=("lon", "lat", "z"), **attributes):
    with netcdf_file(str(path), "w") as file:
        for name, values in zip(names[:2], (longitudes, latitudes), strict=True):
            file.createDimension(name, len(values))
            file.createVariable(name, "d", (name,))[:] = values
        kind = "h" if heights.dtype == np.int16 else "d"
        file.createVariable(names[2], kind, names[1::-1])[:] = heights
        for key, value in attributes.items():
            setattr(file.variables[names[2]], key, value)


def write_ascii(path, longitudes, latitudes, heights, names=None, **attributes):
    step = longitudes[1] - longitudes[0]
    header = {
        "ncols": len(longitudes), "nrows": len(latitudes),
        "xllcorner": longitudes[0] - step / 2, "YLLCENTER": min(latitudes), "cellsize": step,
        "NODATA_value": attributes.get("_FillValue", -9999),
    }  # fmt: skip
    rows = heights if latitudes[0] > latitudes[-1] else heights[::-1]
    lines = [f"{key}  {value}" for key, value in header.items()]
    lines += [" ".join(f"{value:g}" for value in row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


WRITERS = [write_hdf5, write_classic, write_ascii]


@pytest.fixture(params=WRITERS, ids=["netCDF-4", "classic netCDF", "ESRI ASCII"])
def write(request):
    return request.param


@pytest.mark.parametrize("falling", [False, True])
def test_the_part_around_a_region_is_read_with_its_places(tmp_path, write, falling):
    turn = slice(None, None, -1 if falling else 1)
    write(tmp_path / "grid", LONGITUDES, LATITUDES[turn], HEIGHTS[turn])
    check_relief(tmp_path / "grid")
    found = read_relief(tmp_path / "grid", **REGION)
    np.testing.assert_allclose(found.longitudes, LONGITUDES[2:9])
    np.testing.assert_allclose(found.latitudes, LATITUDES[2:9])
    np.testing.assert_allclose(found.heights, HEIGHTS[2:9, 2:9])


def test_where_there_is_no_height_there_is_nan(tmp_path, write):
    heights = HEIGHTS.copy()
    heights[5, 5] = -32768
    write(tmp_path / "grid", LONGITUDES, LATITUDES, heights, _FillValue=-32768.0)
    found = read_relief(tmp_path / "grid", **REGION).heights
    assert np.isnan(found[3, 3])
    assert np.isnan(found).sum() == 1


@pytest.mark.parametrize("write", WRITERS[:2])
def test_packed_heights_are_unpacked(tmp_path, write):
    packed = HEIGHTS.astype(np.int16)
    write(tmp_path / "grid", LONGITUDES, LATITUDES, packed, scale_factor=0.5, add_offset=100.0)
    found = read_relief(tmp_path / "grid", **REGION)
    np.testing.assert_allclose(found.heights, 100 + packed[2:9, 2:9] / 2)


@pytest.mark.parametrize("write", WRITERS[:2])
@pytest.mark.parametrize(
    "names", [("x", "y", "z"), ("lon", "lat", "elevation"), ("longitude", "latitude", "any")]
)
def test_variables_of_gmt_gebco_and_etopo_are_known(tmp_path, write, names):
    write(tmp_path / "grid", LONGITUDES, LATITUDES, HEIGHTS, names)
    assert read_relief(tmp_path / "grid", **REGION).heights.shape == (7, 7)


def height_at(longitudes, latitudes):
    return np.add.outer(latitudes, 100 * np.cos(np.deg2rad(longitudes)))


@given(
    west=st.floats(-200, 200),
    width=st.floats(20, 150),
    start=st.sampled_from([-180, 0]),
    is_repeated=st.booleans(),
    most=st.sampled_from([7, 1000]),
)
def test_a_grid_around_the_globe_serves_every_region(
    tmp_path_factory, west, width, start, is_repeated, most
):
    longitudes = start + np.arange(0, 361 if is_repeated else 360, 2.0)
    latitudes = np.arange(-90, 91, 2.0)
    path = tmp_path_factory.getbasetemp() / f"globe{start}{is_repeated}.nc"
    if not path.exists():
        write_hdf5(path, longitudes, latitudes, height_at(longitudes, latitudes))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relief, "_MOST_CELLS", most)
        found = read_relief(path, west=west, east=west + width, south=-30, north=30)
    np.testing.assert_allclose(
        found.heights, height_at(found.longitudes, found.latitudes), atol=1e-6
    )
    steps = np.diff(found.longitudes)
    np.testing.assert_allclose(steps, steps[0])
    assert found.longitudes[0] <= west + steps[0]
    assert found.longitudes[-1] >= west + width - steps[0]
    assert max(found.heights.shape) <= most + 2


def test_a_large_grid_is_thinned(tmp_path, write, monkeypatch):
    monkeypatch.setattr(relief, "_MOST_CELLS", 4)
    write(tmp_path / "grid", LONGITUDES, LATITUDES, HEIGHTS)
    found = read_relief(tmp_path / "grid", **REGION)
    assert max(found.heights.shape) <= 4
    rows = [np.abs(LATITUDES - each).argmin() for each in found.latitudes]
    columns = [np.abs(LONGITUDES - each).argmin() for each in found.longitudes]
    np.testing.assert_allclose(found.heights, HEIGHTS[np.ix_(rows, columns)])


def test_elsewhere_there_is_no_relief(tmp_path, write):
    write(tmp_path / "grid", LONGITUDES, LATITUDES, HEIGHTS)
    assert read_relief(tmp_path / "grid", west=0, east=1, south=-8, north=-7) is None
    assert read_relief(tmp_path / "grid", west=110, east=111, south=50, north=51) is None


def test_a_grid_in_metres_is_refused(tmp_path, write):
    write(tmp_path / "grid", 1000 * LONGITUDES, LATITUDES, HEIGHTS)
    with pytest.raises(StageError, match=r"grid: its longitudes are from .* expected degrees"):
        check_relief(tmp_path / "grid")


@pytest.mark.parametrize("most", [3, 1000])
def test_a_grid_in_chunks_is_read_as_one_without(tmp_path, monkeypatch, most):
    monkeypatch.setattr(relief, "_MOST_CELLS", most)
    write_hdf5(tmp_path / "whole", LONGITUDES, LATITUDES, HEIGHTS)
    write_hdf5(tmp_path / "chunks", LONGITUDES, LATITUDES, HEIGHTS)
    with h5py.File(tmp_path / "chunks", "a") as file:
        del file["z"]
        file.create_dataset("z", data=HEIGHTS, chunks=(4, 3), compression="gzip")
    one, other = (read_relief(tmp_path / name, **REGION) for name in ("whole", "chunks"))
    np.testing.assert_array_equal(one.heights, other.heights)
    np.testing.assert_array_equal(one.latitudes, other.latitudes)


@pytest.mark.parametrize("write", WRITERS[:2])
def test_grids_that_are_uneven_or_have_no_heights_are_refused(tmp_path, write):
    write(tmp_path / "grid", np.append(LONGITUDES[:-1], 112), LATITUDES, HEIGHTS)
    with pytest.raises(StageError, match="its longitudes are not evenly spaced"):
        check_relief(tmp_path / "grid")
    write(tmp_path / "grid", LONGITUDES, LATITUDES[:5], HEIGHTS[:5], ("lon", "row", "z"))
    with pytest.raises(StageError, match="expected one of lat, latitude, y with one dimension"):
        check_relief(tmp_path / "grid")


def test_of_several_grids_one_has_to_be_known(tmp_path):
    write_hdf5(tmp_path / "grid", LONGITUDES, LATITUDES, HEIGHTS, ("lon", "lat", "a"))
    with h5py.File(tmp_path / "grid", "a") as file:
        file["b"] = HEIGHTS
    with pytest.raises(StageError, match="it has a, b with the dimensions of lat and lon"):
        check_relief(tmp_path / "grid")
    with h5py.File(tmp_path / "grid", "a") as file:
        file["Elevation"] = HEIGHTS
    check_relief(tmp_path / "grid")


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("ncols  11\n", "", "it has no ncols; expected netCDF, or ESRI ASCII"),
        ("ncols  11", "ncols  eleven", "line 1 is not part of a header"),
        ("ncols  11", "ncols  1e12", r"it has 1e\+12 as ncols"),
        ("ncols  11", "ncols  12", r"line 7 has 11 numbers, expected 12 as ncols says"),
        ("nrows  11", "nrows  12", "its rows end before row 12"),
        ("cellsize", "cell", "it has no cellsize above 0"),
        ("YLLCENTER", "xllcenter", "it has no yllcorner and no yllcenter"),
    ],
)
def test_what_is_wrong_in_text_is_named(tmp_path, old, new, said):
    path = tmp_path / "grid.asc"
    write_ascii(path, LONGITUDES, LATITUDES, HEIGHTS)
    text = path.read_text(encoding="ascii")
    assert old in text
    path.write_text(text.replace(old, new), encoding="ascii")
    with pytest.raises(StageError, match=rf"grid\.asc: {said}"):
        check_relief(path)


def test_a_height_that_is_no_number_is_named_with_its_line(tmp_path):
    path = tmp_path / "grid.asc"
    write_ascii(path, LONGITUDES, LATITUDES, HEIGHTS)
    lines = path.read_text(encoding="ascii").splitlines()
    lines[9] = lines[9].replace(lines[9].split()[5], "high")
    path.write_text("\n".join(lines), encoding="ascii")
    with pytest.raises(StageError, match=r"line 10: .*high"):
        read_relief(path, **REGION)


@pytest.mark.parametrize("write", WRITERS[:2])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_a_damaged_file_is_named(tmp_path, write, share):
    path = tmp_path / "grid"
    write(path, LONGITUDES, LATITUDES, HEIGHTS)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(StageError, match="grid: "):
        check_relief(path)


def test_other_files_are_named(tmp_path):
    for content in (b"", b"CDF\x05" + bytes(90), b"\x89PNG\r\n", bytes(range(256))):
        (tmp_path / "grid").write_bytes(content)
        with pytest.raises(StageError, match=r"grid: .*expected netCDF"):
            check_relief(tmp_path / "grid")
    with pytest.raises(StageError, match="there is no such file"):
        check_relief(tmp_path / "none")
