"""Stations are read from StationXML, RESP and tables, and bad files are named."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from obspy import UTCDateTime, read_inventory
from obspy.core.inventory import Channel, Inventory, Network, Station

from specufex_pipe.stations import (
    Coordinates,
    channels,
    coordinates,
    places_of_stations,
    read_stations,
)

TIME = UTCDateTime(2020, 1, 1)
HEADER = "network,station,latitude,longitude,elevation"
CODES = ("XX", "STA", "00", "HHZ")


def made_up_inventory():
    """A station that moved in 2015, with an instrument in a borehole."""
    moved = UTCDateTime(2015, 1, 1)

    def instrument(latitude, elevation, **epoch):
        return Channel(
            "HHZ", "00", latitude, 8.5, elevation, 100.0, azimuth=0.0, dip=-90.0,
            sample_rate=100.0, **epoch,
        )  # fmt: skip

    old, new = instrument(46.0, 380.0, end_date=moved), instrument(47.0, 390.0, start_date=moved)
    station = Station("STA", 47.0, 8.5, 490.0, channels=[old, new])
    return Inventory(networks=[Network("XX", [station])])


def write_station_xml(path):
    made_up_inventory().write(str(path), format="STATIONXML")
    return path


def write_text(path, text):
    path.write_text(text, encoding="utf-8")
    return path


# The first lines of a RESP file as a data centre gives it, with a response of one stage.
RESP = """\
#\t\t<< made up >>
B050F03     Station:     STA
B050F16     Network:     XX
B052F03     Location:    00
B052F04     Channel:     HHZ
B052F22     Start date:  2010,001,00:00:00
B052F23     End date:    No Ending Time
B053F03     Transfer function type:                A [Laplace Transform (Rad/sec)]
B053F04     Stage sequence number:                 1
B053F05     Response in units lookup:              M/S - Velocity in Meters Per Second
B053F06     Response out units lookup:             V - Volts
B053F07     A0 normalization factor:               +1.0E+00
B053F08     Normalization frequency:               +1.0E+00
B053F09     Number of zeroes:                      0
B053F14     Number of poles:                       0
B058F03     Stage sequence number:                 1
B058F04     Gain:                                  +1.5E+03
B058F05     Frequency of gain:                     +1.0E+00 HZ
B058F06     Number of calibrations:                0
B058F03     Stage sequence number:                 0
B058F04     Sensitivity:                           +1.5E+03
B058F05     Frequency of sensitivity:              +1.0E+00 HZ
B058F06     Number of calibrations:                0
"""


def test_the_epoch_of_a_channel_is_that_of_the_time(tmp_path):
    inventory = read_stations(write_station_xml(tmp_path / "stations.xml"))
    assert channels(inventory) == {"XX.STA.00.HHZ"}
    assert coordinates(inventory, *CODES, TIME) == Coordinates(47.0, 8.5, 390.0)
    assert coordinates(inventory, *CODES, UTCDateTime(2014, 1, 1)).latitude == 46.0


def test_a_channel_that_is_not_listed_stands_where_its_station_does(tmp_path):
    inventory = read_stations(write_station_xml(tmp_path / "stations.xml"))
    assert coordinates(inventory, "XX", "STA", "", "BHZ", TIME) == Coordinates(47.0, 8.5, 490.0)


def test_a_table_has_coordinates(tmp_path):
    path = write_text(tmp_path / "s.csv", f"{HEADER}\nXX,STA,47,8.5,490\n,OTHER,-1,350,-20\n")
    inventory = read_stations(path)
    assert channels(inventory) == set()
    assert coordinates(inventory, *CODES, TIME) == Coordinates(47.0, 8.5, 490.0)
    assert coordinates(inventory, "", "OTHER", "", "HHZ", TIME) == Coordinates(-1.0, -10.0, -20.0)


def test_responses_and_coordinates_may_come_from_different_files_of_a_folder(tmp_path):
    write_text(tmp_path / "RESP.XX.STA.00.HHZ", RESP)
    inventory = read_stations(tmp_path)
    assert channels(inventory) == {"XX.STA.00.HHZ"}
    response = inventory.get_response("XX.STA.00.HHZ", TIME)
    assert response.instrument_sensitivity.value == 1500.0
    with pytest.raises(LookupError, match=r"no coordinates of XX\.STA"):
        coordinates(inventory, *CODES, TIME)
    write_text(tmp_path / "s.csv", f"{HEADER}\nXX,STA,47,8.5,490\n")
    inventory = read_stations(tmp_path)
    assert coordinates(inventory, *CODES, TIME) == Coordinates(47.0, 8.5, 490.0)
    assert inventory.get_response("XX.STA.00.HHZ", TIME).instrument_sensitivity.value == 1500.0


def test_a_station_that_is_not_there_is_named():
    with pytest.raises(LookupError, match=r"the stations have no XX\.GONE"):
        coordinates(made_up_inventory(), "XX", "GONE", "00", "HHZ", TIME)


def test_a_station_of_another_time_is_named_with_its_epochs():
    inventory = made_up_inventory()
    inventory[0][0].end_date = UTCDateTime(2018, 1, 1)
    with pytest.raises(LookupError, match=r"to 2018-01-01T.*, not at 2020-01-01T"):
        coordinates(inventory, *CODES, TIME)


def test_names_of_files_are_no_patterns(tmp_path):
    path = write_station_xml(tmp_path / "st[1].xml")
    assert [network.code for network in read_stations(path)] == ["XX"]


@pytest.mark.parametrize(("name", "text", "said"), [
    ("a.xml", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>', "DOCTYPE"),
    ("a.xml", "<q:quakeml xmlns:q='http://quakeml.org/xmlns/quakeml/1.2'/>", "root quakeml"),
    ("a.xml", "<FDSNStationXML xmlns='http://www.fdsn.org/xml/station/1'/>", "AttributeError"),
    ("a.txt", "hello", "not StationXML, RESP or a .csv file"),
    ("a.txt", "", "not StationXML, RESP or a .csv file"),
    ("RESP.X", "B050F03     Station:     STA\nB052F04 \n", "RESP.X: "),
    ("a.csv", "network,station,latitude\nXX,STA,1\n", "no column longitude and no elevation"),
    ("a.csv", HEADER + "\n", "no station below the header"),
    ("a.csv", HEADER + "\nXX,STA,91,8,0\n", "latitude is '91' in line 2"),
    ("a.csv", HEADER + "\nXX,STA,nan,8,0\n", "latitude is 'nan' in line 2"),
    ("a.csv", HEADER + "\nXX,STA,1,8\n", "elevation is None in line 2"),
    ("a.csv", HEADER + "\nXX,STA,1,8,0\nXX,STA,2,8,0\n", "XX.STA stands in line 2 and in line 3"),
])  # fmt: skip
def test_a_file_that_is_no_station_file_is_named(tmp_path, name, text, said):
    with pytest.raises(ValueError, match=name) as error:
        read_stations(write_text(tmp_path / name, text))
    assert said in str(error.value)


def test_a_document_type_in_another_encoding_is_refused(tmp_path):
    text = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY e "1">]><x>&e;</x>'
    (tmp_path / "a.xml").write_bytes(text.encode("utf-16"))
    with pytest.raises(ValueError, match="DOCTYPE"):
        read_stations(tmp_path)


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match="nowhere: there is no such file or folder"):
        read_stations(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="the folder has no files"):
        read_stations(tmp_path)


def test_station_xml_cut_at_any_place_is_read_or_named(tmp_path):
    whole = write_station_xml(tmp_path / "whole.xml").read_bytes()

    @given(st.integers(0, len(whole) - 2))
    def cut(length):
        path = tmp_path / "cut.xml"
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"cut\.xml: "):
            read_stations(path)

    cut()


@given(st.floats(-90, 90), st.floats(-360, 360))
def test_longitudes_are_between_minus_180_and_180(tmp_path_factory, latitude, longitude):
    path = tmp_path_factory.getbasetemp() / "stations.csv"
    write_text(path, f"{HEADER}\nXX,STA,{latitude!r},{longitude!r},0\n")
    found = coordinates(read_stations(path), *CODES, TIME)
    assert found.latitude == latitude
    assert -180 <= found.longitude <= 180
    assert math.isclose(math.cos(math.radians(found.longitude - longitude)), 1.0)


def test_obspy_reads_what_is_read_here(tmp_path):
    path = write_station_xml(tmp_path / "stations.xml")
    assert read_stations(path)[0] == read_inventory(str(path))[0]


def test_stations_of_a_time_are_where_they_were_last():
    moved, later = UTCDateTime(2015, 1, 1), UTCDateTime(2022, 1, 1)
    stations = [
        Station("STA", 46.0, 8.0, 0.0, end_date=moved),
        Station("STA", 47.0, 8.0, 0.0, start_date=moved),
        Station("OLD", 1.0, 2.0, 0.0, end_date=moved),
        Station("NEW", 1.0, 2.0, 0.0, start_date=later),
        Station("NONE", 0.0, 0.0, 123456.0),  # as ObsPy reads RESP
    ]
    inventory = Inventory(networks=[Network("XX", stations)])
    assert places_of_stations(inventory, TIME, TIME + 60) == {"XX.STA": Coordinates(47.0, 8.0, 0.0)}
    found = places_of_stations(inventory, UTCDateTime(2014, 1, 1), TIME)
    assert {name: place.latitude for name, place in found.items()} == {"XX.OLD": 1, "XX.STA": 47}
