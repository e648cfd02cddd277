"""Stations of a service are asked for politely, in all their epochs, and kept as they are."""

import json
import logging

import pytest
from helpers.fdsn_proxy import proxy
from helpers.fdsn_routers import Centre, EidaRouter, Federator
from helpers.fdsn_stubs import HTML, TEXT, DataCentreStub, Reply, serving
from helpers.stations import make_inventory
from obspy import UTCDateTime

from specufex_pipe.errors import StageError
from specufex_pipe.stations import channels, read_stations
from specufex_pipe.stations.download import StationRequest, download_stations
from specufex_pipe.webservices.manners import Manners

MANNERS = Manners(attempts=1)
NOW = UTCDateTime(2024, 1, 1)
CHANNELS = ["YA.UV05.00.HHZ", "YA.UV10..HHZ", "G.RER.10.BHZ"]


@pytest.fixture
def stub():
    with serving(DataCentreStub(inventory=make_inventory(*CHANNELS))) as stub:
        yield stub


@pytest.fixture
def path(tmp_path):
    return tmp_path / "stations/file.xml"


def ask(stub, path, names=("YA.*..HHZ",), url=None, service=None):
    request = StationRequest(service or stub.address, url, list(names))
    return download_stations(request, MANNERS, path, NOW)


def test_the_channels_that_match_come_with_their_responses_in_all_epochs(stub, path):
    found = ask(stub, path, ["YA.*.*.HH?"])
    assert (found.n_channels, found.is_new, found.failed) == (2, True, {})
    inventory = read_stations(path)
    assert channels(inventory) == {"YA.UV05.00.HHZ", "YA.UV10..HHZ"}
    sent = stub.inventory.select("YA", "UV05")[0][0][0].response.instrument_sensitivity
    came = inventory.select("YA", "UV05")[0][0][0].response.instrument_sensitivity
    assert came.value == pytest.approx(sent.value)
    (request,) = stub.requests
    assert "level=response" in request.lines
    asked = [line.split() for line in request.lines if "=" not in line]
    assert [line[:4] for line in asked] == [["YA", "*", "*", "HH?"]]
    first, last = (UTCDateTime(time) for time in asked[0][4:])
    assert first.year <= 1900
    assert last.year == 2599
    record = json.loads(path.with_suffix(".json").read_text())
    assert (record["channels"], record["n_channels"], record["failed"]) == (["YA.*.*.HH?"], 2, {})


def test_empty_codes_stand_for_any_but_for_that_of_the_location(stub, path):
    ask(stub, path, [".UV10..", "..00.HHZ"])
    (request,) = stub.requests
    asked = [line.split()[:4] for line in request.lines if "=" not in line]
    assert sorted(asked) == [["*", "*", "00", "HHZ"], ["*", "UV10", "--", "*"]]
    assert channels(read_stations(path)) == set(CHANNELS[:2])


def test_a_request_is_the_same_in_any_order():
    one, other = (StationRequest("INGV", None, names) for names in (CHANNELS, CHANNELS[::-1]))
    assert one.digest == other.digest
    assert one.digest != StationRequest("INGV", None, CHANNELS[:2]).digest
    assert one.digest != StationRequest("eida-routing", None, CHANNELS).digest


def test_the_same_answer_leaves_the_file_as_it_is(stub, path):
    ask(stub, path)
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert not ask(stub, path).is_new
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_too_many_channels_for_an_answer_are_asked_for_in_parts(stub, path):
    def refuse_many(stub, request):
        lines = [line for line in request.lines if "=" not in line]
        if len(lines) > 1:
            return Reply(413, b"too much", TEXT)
        return stub.answer_stations(request)

    stub.replies["station/1/query"] = refuse_many
    assert ask(stub, path, CHANNELS).n_channels == 3
    assert len(stub.requests) == 5
    assert channels(read_stations(path)) == set(CHANNELS)
    stub.replies["station/1/query"] = lambda *_: Reply(413, b"too much", TEXT)
    with pytest.raises(StageError, match="413"):
        ask(stub, path)


DOCTYPE = b'<!DOCTYPE FDSNStationXML [<!ENTITY e SYSTEM "file:///etc/passwd">]><FDSNStationXML/>'
OTHER = b'<FDSNStationXML xmlns="http://example.org"/>'
WRONG = (
    b'<FDSNStationXML xmlns="http://www.fdsn.org/xml/station/1" schemaVersion="1.1"><Source>x'
    b'</Source><Created>2020-01-01T00:00:00</Created><Network code="YA"><Station code="A">'
    b"<Latitude>north</Latitude></Station></Network></FDSNStationXML>"
)
ANSWERS = {
    "nothing": (Reply(204), "there are none for this request: YA.*..HHZ from http://127.0.0.1"),
    "a page": (Reply(200, b"<html>we are back at noon</html>", HTML), "back at noon"),
    "a half": (Reply(200, OTHER.replace(b"/>", b"><Network>")), "it is not whole XML"),
    "a document type": (Reply(200, DOCTYPE), "document type"),
    "another namespace": (Reply(200, OTHER), "its namespace is http://example.org"),
    "what ObsPy cannot read": (Reply(200, WRONG), "ObsPy cannot read what came"),
    "a failure": (Reply(503, b"", TEXT), "503"),
    "a refusal": (Reply(403, b"", TEXT), "403"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_another_answer_stops_the_download_in_one_line_and_keeps_what_was_there(name, stub, path):
    ask(stub, path)
    before = path.read_bytes()
    reply, said = ANSWERS[name]
    stub.replies["station/1/query"] = lambda *_: reply
    with pytest.raises(StageError) as error:
        ask(stub, path)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert path.read_bytes() == before


@pytest.fixture(params=[("eida-routing", "routing", EidaRouter),
                        ("earthscope-federator", "fedcatalog", Federator)])  # fmt: skip
def routed(request, stub):
    """Two data centres, and how to ask them by a router that sends each channel to one of them."""
    name, service, router = request.param
    stub.inventory = make_inventory(*CHANNELS[:2])
    other = DataCentreStub(inventory=make_inventory(CHANNELS[2]))
    with serving(other):
        centres = [
            Centre("ONE", stub.address, ["YA.*.*.*"]),
            Centre("TWO", other.address, ["G.RER.*.*"]),
        ]
        with proxy(**{service: router(centres)}) as server:
            url = server.address + router.path
            yield other, lambda path: ask(None, path, CHANNELS, url=url, service=name)


def test_what_several_data_centres_have_is_one_file(routed, path):
    _, ask_both = routed
    assert ask_both(path).n_channels == 3
    assert channels(read_stations(path)) == set(CHANNELS)


def test_a_data_centre_that_is_down_does_not_keep_out_what_others_have(routed, path, caplog):
    other, ask_both = routed
    other.replies["station/1/query"] = lambda *_: Reply(503, b"", TEXT)
    with caplog.at_level(logging.WARNING):
        found = ask_both(path)
    assert list(found.failed) == [other.address]
    assert "503" in caplog.text
    assert channels(read_stations(path)) == set(CHANNELS[:2])
    assert list(json.loads(path.with_suffix(".json").read_text())["failed"]) == [other.address]


def test_a_data_centre_that_stays_down_does_not_stop_the_next_run(routed, path):
    other, ask_both = routed
    other.replies["station/1/query"] = lambda *_: Reply(503, b"", TEXT)
    ask_both(path)
    found = ask_both(path)
    assert (list(found.failed), found.is_new) == ([other.address], False)
    other.replies["station/1/query"] = lambda *_: Reply(200, OTHER)
    assert "namespace" in ask_both(path).failed[other.address]
    del other.replies["station/1/query"]
    assert ask_both(path).failed == {}
    assert channels(read_stations(path)) == set(CHANNELS)


def test_what_is_whole_is_not_replaced_by_less(routed, path):
    other, ask_both = routed
    ask_both(path)
    other.replies["station/1/query"] = lambda *_: Reply(503, b"", TEXT)
    with pytest.raises(StageError, match="503"):
        ask_both(path)
    assert channels(read_stations(path)) == set(CHANNELS)


def test_credentials_that_are_not_whole_are_an_error_of_one_line(routed, path, monkeypatch):
    _, ask_both = routed
    monkeypatch.setenv("EIDA_TOKEN", "gone/token")
    with pytest.raises(StageError, match=r"stations: http.*EIDA_TOKEN is neither"):
        ask_both(path)


def test_a_router_that_does_not_answer_is_named(path):
    with serving(DataCentreStub()) as gone:
        pass
    with pytest.raises(StageError, match=f"stations: {gone.address}"):
        ask(None, path, CHANNELS, url=gone.address, service="eida-routing")


def test_channels_that_no_data_centre_has_are_named(path):
    with (
        proxy(routing=EidaRouter([])) as server,
        pytest.raises(StageError, match=r"stations: .*204"),
    ):
        ask(None, path, url=server.address + EidaRouter.path, service="eida-routing")


def test_a_damaged_file_that_was_downloaded_says_how_to_have_it_anew(tmp_path):
    path = tmp_path / "stations.xml"
    path.write_text("<FDSNStationXML><Network", encoding="utf-8")
    path.with_suffix(".json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"stations\.xml: .*; remove it, and run again"):
        read_stations(path)
