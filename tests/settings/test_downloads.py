"""What is downloaded is named in the settings, and need not be there."""

import pytest
import yaml
from helpers.paths import REPOSITORY

from specufex_pipe.errors import SettingsError
from specufex_pipe.settings import read_sections, read_settings, sections_as_json

CATALOG = """
type: fdsn
service: INGV
starttime: 2016-08-24
endtime: 2016-08-25T12:00:00
minmagnitude: 2
"""


def settings(catalog=CATALOG, **others):
    return read_settings(
        {
            "channels": ["IV.ARCI..HHZ"],
            "catalog": yaml.safe_load(catalog),
            "source": {"path": str(REPOSITORY / "resources/demo/waveforms")},
        }
        | others
    )


def test_times_may_be_those_of_yaml_or_text():
    names = {
        settings(CATALOG.replace("2016-08-24\n", f"{time}\n")).catalog.open().files[0]
        for time in ("2016-08-24", "'2016-08-24'", "2016-08-24T00:00:00", "2016-08-24 00:00:00",
                     "2016-08-24T02:00:00+02:00")
    }  # fmt: skip
    assert len(names) == 1
    (name,) = names
    assert str(name.parent) == "downloads/events"


def test_a_catalog_that_is_downloaded_need_not_be_there_and_comes_back_from_json():
    found = settings()
    assert found.catalog.open().is_downloaded
    sections = read_sections(sections_as_json(found, ("catalog", "download")))
    assert sections["catalog"].open().files == found.catalog.open().files


@pytest.mark.parametrize(("change", "said"), [
    ("starttime: noon", "catalog.starttime: 'noon' is not ISO 8601"),
    ("service: INGVV", "catalog.service is 'INGVV': "),
    ("maxradius: 2", "catalog.latitude is missing"),
    ("minlatitud: 2", "catalog.minlatitud is not a setting; did you mean minlatitude?"),
])  # fmt: skip
def test_a_request_that_makes_no_sense_is_named_by_its_key(change, said):
    key = change.partition(":")[0]
    lines = [line for line in CATALOG.splitlines() if not line.startswith(f"{key}:")]
    with pytest.raises(SettingsError) as error:
        settings("\n".join([*lines, change]))
    assert said in str(error.value)


def test_stations_of_a_service_are_a_file_that_is_named_by_the_request():
    found = settings(stations={"service": "INGV"})
    path = found.stations_path
    assert path.startswith("downloads/stations/")
    assert path.endswith(".xml")
    later = CATALOG.replace("2016-08-25T12", "2016-08-26T12")
    assert settings(later, stations={"service": "INGV"}).stations_path == path
    others = [
        settings(stations={"service": "eida-routing"}),
        settings(stations={"service": "eida-routing", "url": "http://router"}),
        settings(stations={"service": "INGV"}, channels=["IV.ARCI..HHN"]),
    ]
    assert len({path, *(each.stations_path for each in others)}) == 4
    sections = read_sections(sections_as_json(found, ("stations", "download")))
    assert sections["stations"] == found.stations


def test_stations_may_be_a_path_or_nothing_as_before(tmp_path):
    table = tmp_path / "stations.csv"
    table.write_text("network,station,latitude,longitude,elevation\nIV,ARCI,42,12,100\n")
    assert settings(stations=str(table)).stations_path == str(table)
    assert settings().stations_path is None
    with pytest.raises(SettingsError, match="stations: nowhere: there is no such file"):
        settings(stations="nowhere")


def test_of_a_sensor_whose_components_are_turned_all_are_asked_for():
    turned = {"waveforms": {"processing": ["rotate"]}, "stations": {"service": "INGV"}}
    assert settings(**turned).channels_of_stations == ["IV.ARCI..HH?"]
    assert settings(**turned, channels=["IV.*..*"]).channels_of_stations == ["IV.*..*"]
    assert settings(stations={"service": "INGV"}).channels_of_stations == ["IV.ARCI..HHZ"]
    variant = {"variants": {"turned": {"waveforms.processing": ["rotate"]}}}
    assert settings(**variant, stations={"service": "INGV"}).channels_of_stations == [
        "IV.ARCI..HH?"
    ]


@pytest.mark.parametrize(("stations", "said"), [
    ({"service": "INGVV"}, "stations.service is 'INGVV': "),
    ({"service": "INGV", "url": "http://x"}, "stations.url is 'http://x', which is for a router"),
    ({"folder": "x"}, "stations.service is missing"),
    ({"service": "INGV", "fold": "x"}, "stations.fold is not a setting; did you mean folder?"),
    ({"service": "INGV", "folder": "a{b}"}, "stations is 'a{b}/"),
    ("", "stations is ''"),
    (3, "stations is 3: "),
])  # fmt: skip
def test_a_wrong_service_of_stations_is_named_by_its_key(stations, said):
    with pytest.raises(SettingsError) as error:
        settings(stations=stations)
    assert said in str(error.value)


def test_arrivals_may_have_their_stations_from_a_service():
    arrival = {"waveforms": {"reference": "arrival"}}
    assert settings(**arrival, stations={"service": "INGV"}).waveforms.needs_stations
    with pytest.raises(SettingsError, match="stations is missing"):
        settings(**arrival)


def test_stations_that_are_there_are_checked(tmp_path):
    given = {"service": "INGV", "folder": str(tmp_path)}
    path = settings(stations=given).stations.path(["IV.ARCI..HHZ"])
    path.write_text("<html/>")
    with pytest.raises(SettingsError, match="XML with the root html"):
        settings(stations=given)
