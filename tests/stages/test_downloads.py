"""The stages that download ask for what is not there, and otherwise for nothing."""

import json

import pytest
from helpers.events import TIME, make_event
from helpers.fdsn_stubs import TEXT, DataCentreStub, Reply, serving
from helpers.stations import make_inventory

from specufex_pipe.__main__ import main

CHANNEL = "YA.UV05.00.HHZ"
MAKE = {
    "download_events": lambda address: {
        "catalog": {"type": "fdsn", "service": address, "starttime": "2020-01-01",
                    "endtime": "2020-01-02"},
    },
    "download_stations": lambda address: {"stations": {"service": address}},
}  # fmt: skip
PATHS = {"download_events": "event/1/query", "download_stations": "station/1/query"}


@pytest.fixture
def stub():
    events = [make_event("smi:org.example/1", TIME)]
    with serving(DataCentreStub(events, make_inventory(CHANNEL))) as stub:
        yield stub


@pytest.fixture(params=MAKE)
def stage(request):
    return request.param


@pytest.fixture
def path(tmp_path):
    return tmp_path / "downloads/file.xml"


def run(stage, stub, path, **download):
    settings = MAKE[stage](stub.address) | {"download": {"attempts": 1} | download}
    given = ["--settings", json.dumps(settings), "--output", str(path)]
    channels = ["--channels", CHANNEL] if stage == "download_stations" else []
    return main([stage, *given, *channels])


def test_what_is_there_is_not_asked_for_again(stage, stub, path):
    assert run(stage, stub, path) == 0
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert run(stage, stub, path) == 0
    assert len(stub.requests) == 1
    assert run(stage, stub, path, ask_again=True) == 0
    assert len(stub.requests) == 2
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


@pytest.mark.parametrize("ending", ["xml", "json"])
def test_a_file_that_is_damaged_or_has_no_record_is_asked_for(ending, stage, stub, path):
    assert run(stage, stub, path) == 0
    before = path.read_bytes()
    path.with_suffix(f".{ending}").write_bytes(b"{}")
    assert run(stage, stub, path) == 0
    assert len(stub.requests) == 2
    assert path.read_bytes() == before


def test_a_service_that_fails_is_one_line_and_keeps_what_was_there(stage, stub, path, capsys):
    assert run(stage, stub, path) == 0
    before = path.read_bytes()
    stub.replies[PATHS[stage]] = lambda *_: Reply(503, b"we are back at noon", TEXT)
    capsys.readouterr()
    assert run(stage, stub, path, ask_again=True) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if " error: " in line]
    assert len(errors) == 1
    assert "503" in errors[0]
    assert stub.address in errors[0]
    assert path.read_bytes() == before


def test_nothing_to_be_had_is_an_error_that_says_the_request(stage, stub, path, capsys):
    stub.replies[PATHS[stage]] = lambda *_: Reply(204)
    assert run(stage, stub, path) == 1
    asked = {"download_events": "starttime=2020-01-01T00:00:00", "download_stations": CHANNEL}
    assert asked[stage] in capsys.readouterr().err
    assert not path.exists()


def test_what_is_not_downloaded_is_refused(tmp_path, capsys):
    settings = {"catalog": {"path": "catalog.csv"}, "download": {}}
    given = ["--settings", json.dumps(settings), "--output", str(tmp_path / "a.xml")]
    assert main(["download_events", *given]) == 1
    assert "catalog.type is 'csv', which is not downloaded" in capsys.readouterr().err
    settings = {"stations": "stations.xml", "download": {}}
    given = ["--settings", json.dumps(settings), "--output", str(tmp_path / "a.xml")]
    assert main(["download_stations", *given, "--channels", CHANNEL]) == 1
    assert "stations is 'stations.xml', expected the settings of a service" in (
        capsys.readouterr().err
    )
