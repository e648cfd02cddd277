"""A catalog of an event service is asked for politely, whole, and once."""

import json
import logging
import tempfile
from pathlib import Path

import pytest
from helpers.events import TIME, make_event
from helpers.fdsn_stubs import HTML, TEXT, XML, DataCentreStub, Reply, Request, quakeml, serving
from hypothesis import given, settings
from hypothesis import strategies as st
from obspy import UTCDateTime

from specufex_pipe.catalogs.event_download import download_events
from specufex_pipe.catalogs.event_request import EventRequest
from specufex_pipe.catalogs.fdsn import FDSNCatalog
from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.errors import StageError
from specufex_pipe.rejections import Kind
from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.webservices.manners import Manners

MANNERS = Manners(attempts=1)
SPAN = {"starttime": "2020-01-01", "endtime": "2020-01-02"}
START, END = UTCDateTime(2020, 1, 1), UTCDateTime(2020, 1, 2)


def named(number, time, **others):
    return make_event(f"smi:org.example/{number}", time, **others)


def some(n_events, seconds=60.0):
    return [named(number, TIME + seconds * number) for number in range(n_events)]


def ids(catalog):
    return [event.event_id for event in catalog]


@pytest.fixture
def serve(tmp_path):
    """Return what serves a stub, and makes a catalog of it."""
    opened = []

    def start(stub, **parameters):
        opened.append(serving(stub))
        opened[-1].__enter__()
        return FDSNCatalog(stub.address, **(SPAN | parameters), folder=str(tmp_path / "events"))

    yield start
    for each in opened:
        each.__exit__(None, None, None)


def test_the_events_of_a_service_are_those_of_its_file_by_their_own_ids(serve):
    stub = DataCentreStub([named(1, TIME), named(0, TIME + 60, magnitude=3.25)])
    catalog = serve(stub)
    assert catalog.download(MANNERS).n_events == 2
    assert ids(catalog) == ["smi:org.example/1", "smi:org.example/0"]
    first, second = list(catalog)
    assert (first.time, second.cells["magnitude"], second.cells["depth"]) == (TIME, "3.25", "1.5")
    (path,) = catalog.files
    record = json.loads(path.with_suffix(".json").read_text())
    assert record["n_events"] == 2
    assert record["query"]["starttime"] == "2020-01-01T00:00:00.000000"
    assert record["blake2b"] == catalog.digest


def test_a_file_that_is_damaged_is_said_with_what_to_do(serve):
    catalog = serve(DataCentreStub(some(2)))
    catalog.download(MANNERS)
    (path,) = catalog.files
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(StageError, match=rf"remove {path}, and run again"):
        list(catalog)


def test_a_request_has_the_names_that_services_have(serve):
    given_ones = {
        "minlatitude": -30, "maxlatitude": 0, "minlongitude": 50.5, "maxlongitude": 60.0,
        "mindepth": 0, "maxdepth": 10.0, "minmagnitude": 1, "maxmagnitude": 2.5,
        "event_type": "earthquake", "catalog": "ISC", "contributor": "ISC", "picks": True,
    }  # fmt: skip
    stub = DataCentreStub(some(1))
    serve(stub, **given_ones).download(MANNERS)
    (request,) = stub.requests
    assert request.path == "event/1/query"
    assert request.query == {
        "starttime": "2020-01-01T00:00:00.000000", "endtime": "2020-01-02T00:00:00.000000",
        "minlatitude": "-30", "maxlatitude": "0", "minlongitude": "50.5", "maxlongitude": "60",
        "mindepth": "0", "maxdepth": "10", "minmagnitude": "1", "maxmagnitude": "2.5",
        "eventtype": "earthquake", "catalog": "ISC", "contributor": "ISC",
        "includearrivals": "true",
    }  # fmt: skip


def test_picks_come_with_the_events(serve):
    stub = DataCentreStub([named(0, TIME, picks=[("STA", "P", 2.0)])])
    catalog = serve(stub, picks=True)
    catalog.download(MANNERS)
    (event,) = catalog
    assert [(pick.station, pick.phase, pick.time) for pick in event.picks] == [
        ("STA", "P", TIME + 2)
    ]


@pytest.mark.parametrize("status", [413, 400])
def test_more_events_than_a_service_sends_are_asked_for_by_slices(status, serve, tmp_path):
    def refuse_many(stub, request):
        reply = stub.answer_events(request)
        said = b"21 matching events exceeds search limit of 7. Modify the search."
        return Reply(status, said, TEXT) if reply.status == 413 else reply

    events = some(60, seconds=60 * 24)
    whole, sliced = DataCentreStub(events), DataCentreStub(events, limit=7)
    sliced.replies["event/1/query"] = refuse_many
    catalogs = [serve(whole), serve(sliced)]
    for catalog in catalogs:
        assert catalog.download(MANNERS).n_events == 60
    assert len(whole.requests) == 1 < len(sliced.requests)
    one, other = (catalog.files[0].read_bytes() for catalog in catalogs)
    assert one == other


def test_an_event_between_two_slices_is_there_once(serve):
    middle = START + (END - START) / 2
    stub = DataCentreStub([named(0, middle - 1), named(1, middle), named(2, middle + 1)], limit=2)
    catalog = serve(stub)
    catalog.download(MANNERS)
    assert len(stub.requests) == 3
    assert ids(catalog) == [f"smi:org.example/{number}" for number in range(3)]


def test_what_a_service_cuts_in_silence_is_asked_for_by_slices(serve):
    def cut(stub, request):
        start, end = (UTCDateTime(request.query[name]) for name in ("starttime", "endtime"))
        found = [each for each in stub.events if start <= each.origins[0].time <= end]
        return Reply(200, quakeml(found[:100])) if found else Reply(204)

    stub = DataCentreStub(some(230))
    stub.replies["event/1/query"] = cut
    catalog = serve(stub)
    assert catalog.download(MANNERS).n_events == 230
    assert ids(catalog) == [f"smi:org.example/{number}" for number in range(230)]


def test_a_service_that_does_not_heed_times_is_asked_once(serve, caplog):
    stub = DataCentreStub([*some(199), named(199, END + 60)])
    stub.replies["event/1/query"] = lambda stub, request: Reply(200, quakeml(stub.events))
    catalog = serve(stub)
    with caplog.at_level(logging.WARNING):
        assert catalog.download(MANNERS).n_events == 199
    assert len(stub.requests) == 1
    assert "1 event is left out, as the service does not heed all of the request" in caplog.text


def test_too_many_events_in_a_second_stop_the_download(serve):
    stub = DataCentreStub(some(5, seconds=0.01), limit=4)
    with pytest.raises(StageError, match="413"):
        serve(stub).download(MANNERS)


def test_the_same_answer_leaves_the_file_as_it_is(serve):
    stub = DataCentreStub(some(3))
    catalog = serve(stub)
    assert catalog.download(MANNERS).is_new
    (path,) = catalog.files
    before = path.read_bytes(), path.stat().st_mtime_ns
    stub.events.reverse()
    assert not catalog.download(MANNERS).is_new
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    stub.events.append(named(3, TIME + 600))
    assert catalog.download(MANNERS).is_new
    assert len(ids(catalog)) == 4


def test_an_event_whose_id_is_twice_in_an_answer_is_a_row_that_says_so(serve):
    stub = DataCentreStub([named(0, TIME), named(0, TIME + 60), named(1, TIME + 120)])
    catalog = serve(stub)
    catalog.download(MANNERS)
    kept, twice, other = catalog
    assert (twice.event_id, twice.kind) == ("smi:org.example/0", Kind.DUPLICATE)
    assert isinstance(kept, Event)
    assert isinstance(other, Event)


def test_an_event_without_origin_is_a_row_that_says_so(serve):
    bare = named(7, TIME)
    bare.origins, bare.preferred_origin_id = [], None
    stub = DataCentreStub()
    stub.replies["event/1/query"] = lambda *_: Reply(200, quakeml([bare, named(1, TIME)]))
    catalog = serve(stub)
    catalog.download(MANNERS)
    first, last = catalog
    assert first.event_id == "smi:org.example/1"
    assert (last.event_id, last.kind) == ("smi:org.example/7", Kind.CATALOG_TIME)


def test_what_was_not_asked_for_is_left_out_and_counted(serve, caplog):
    stub = DataCentreStub([named(0, TIME, magnitude=0.5), named(1, TIME + 60, magnitude=2.0),
                           named(2, TIME + 90, magnitude=None)])  # fmt: skip
    stub.replies["event/1/query"] = lambda stub, request: Reply(200, quakeml(stub.events))
    catalog = serve(stub, minmagnitude=1.5)
    with caplog.at_level(logging.WARNING):
        catalog.download(MANNERS)
    assert ids(catalog) == ["smi:org.example/1"]
    assert "2 events are left out" in caplog.text


class Service:
    """An event service without a network, which sends no more than so many events."""

    address = "https://example.org"

    def __init__(self, events, limit):
        self.stub = DataCentreStub(events, limit=limit)

    def get_events(self, query):
        reply = self.stub.answer_events(Request("event/1/query", query))
        if reply.status != 200:
            answer = Answer.TOO_LARGE if reply.status == 413 else Answer.NOTHING
            raise Unanswered(answer, str(reply.status))
        return reply.content


@settings(max_examples=25, deadline=None)
@given(
    seconds=st.lists(st.integers(0, 86_400), min_size=1, max_size=12, unique=True),
    limit=st.integers(1, 6),
)
def test_the_file_does_not_depend_on_how_many_events_come_at_once(seconds, limit):
    events = [named(number, START + each) for number, each in enumerate(seconds)]
    with tempfile.TemporaryDirectory() as folder:
        one, other = Path(folder, "one.xml"), Path(folder, "other.xml")
        for path, most in ((one, 100), (other, limit)):
            download_events(EventRequest(**SPAN), "X", Service(events, most), path, END)
        assert one.read_bytes() == other.read_bytes()


# As the service of the USGS answers, but for most of the values.
USGS = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<q:quakeml xmlns="http://quakeml.org/xmlns/bed/1.2"
 xmlns:catalog="http://anss.org/xmlns/catalog/0.1" xmlns:q="http://quakeml.org/xmlns/quakeml/1.2">
<eventParameters publicID="quakeml:earthquake.usgs.gov/fdsnws/event/1/query?starttime=2020-01-01">
<event catalog:datasource="us" catalog:eventsource="us" catalog:eventid="70006vkq"
 publicID="quakeml:earthquake.usgs.gov/fdsnws/event/1/query?eventid=us70006vkq&amp;format=quakeml">
<description><type>earthquake name</type><text>78 km W of Ierissos</text></description>
<origin catalog:datasource="us" publicID="quakeml:us.anss.org/origin/old">
<time><value>2019-12-30T00:00:00.000Z</value></time>
<longitude><value>2</value></longitude><latitude><value>1</value></latitude></origin>
<origin catalog:datasource="us" publicID="quakeml:us.anss.org/origin/70006vkq">
<time><value>2020-01-01T05:21:04.512Z</value></time><longitude><value>23.1</value></longitude>
<latitude><value>40.4</value></latitude><depth><value>10000</value></depth></origin>
<magnitude publicID="quakeml:us.anss.org/magnitude/70006vkq/mb"><mag><value>4.1</value></mag>
<type>mb</type></magnitude>
<preferredOriginID>quakeml:us.anss.org/origin/70006vkq</preferredOriginID>
<type>earthquake</type></event>
<creationInfo><creationTime>2024-05-01T12:00:00.000Z</creationTime></creationInfo>
</eventParameters></q:quakeml>"""


def test_an_event_is_kept_as_the_service_has_it_and_judged_by_its_preferred_origin(serve):
    stub = DataCentreStub()
    stub.replies["event/1/query"] = lambda *_: Reply(200, USGS)
    catalog = serve(stub, minlatitude=40.0, mindepth=5.0)
    catalog.download(MANNERS)
    (event,) = catalog
    assert event.event_id.endswith("query?eventid=us70006vkq&format=quakeml")
    assert event.time == UTCDateTime("2020-01-01T05:21:04.512Z")
    assert [event.cells[name] for name in ("latitude", "depth", "magnitude", "event_type")] == [
        "40.4", "10", "4.1", "earthquake",
    ]  # fmt: skip
    (path,) = catalog.files
    before = path.read_bytes()
    assert b'catalog:eventid="70006vkq"' in before
    later = USGS.replace(b"2024-05-01T12", b"2024-05-01T13")
    stub.replies["event/1/query"] = lambda *_: Reply(200, later)
    assert not catalog.download(MANNERS).is_new


QUAKEML = quakeml(some(3))
DOCTYPE = QUAKEML.replace(
    b"<q:quakeml", b'<!DOCTYPE quakeml [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n<q:quakeml', 1
)
ANSWERS = {
    "nothing": (Reply(204), "has no events for this request: starttime=2020-01-01T00:00:00"),
    "not found": (Reply(404, b"", TEXT), "has no events for this request"),
    "a page": (Reply(200, b"<html><body>we are back at noon</body></html>", HTML), "back at noon"),
    "a half": (Reply(200, QUAKEML[:-200]), "it is not whole XML"),
    "a document type": (Reply(200, DOCTYPE), "document type"),
    "stations": (Reply(200, b"<FDSNStationXML/>"), "FDSNStationXML, expected quakeml"),
    "an empty frame": (Reply(200, b"<quakeml/>"), "QuakeML without eventParameters"),
    "nothing at all": (Reply(200, b"", XML), "http://127.0.0.1"),
    "a refusal": (Reply(403, b"members only", TEXT), "403"),
    "a wrong parameter": (Reply(400, b"bad value of minmagnitude", TEXT), "bad value of minmag"),
    "a failure": (Reply(503, b"", TEXT), "503"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_another_answer_stops_the_download_in_one_line_and_keeps_what_was_there(name, serve):
    reply, said = ANSWERS[name]
    stub = DataCentreStub(some(3))
    catalog = serve(stub)
    catalog.download(MANNERS)
    before = [path.read_bytes() for path in sorted(catalog.folder.iterdir())]
    stub.replies["event/1/query"] = lambda *_: reply
    with pytest.raises(StageError) as error:
        catalog.download(MANNERS)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert [path.read_bytes() for path in sorted(catalog.folder.iterdir())] == before


def test_a_service_that_is_down_is_named(tmp_path):
    with serving(DataCentreStub()) as stub:
        pass
    catalog = FDSNCatalog(stub.address, **SPAN, folder=str(tmp_path))
    catalog.check()
    with pytest.raises(StageError, match=rf"{stub.address}: .*refused"):
        catalog.download(MANNERS)
    assert list(tmp_path.iterdir()) == []


def test_a_parameter_that_the_service_does_not_know_is_named(serve, monkeypatch):
    from helpers import fdsn_stubs

    known = {key: kind for key, kind in fdsn_stubs._OF_EVENTS.items() if key != "contributor"}
    monkeypatch.setitem(fdsn_stubs._PARAMETERS, "event", known)
    stub = DataCentreStub(some(1))
    with pytest.raises(StageError, match="has no parameter contributor"):
        serve(stub, contributor="ISC").download(MANNERS)


def test_an_end_that_is_yet_to_come_is_warned_of(caplog, tmp_path):
    request = EventRequest(**SPAN)
    for now, is_warned in ((END - 1, True), (END + 1, False)):
        caplog.clear()
        download_events(request, "X", Service(some(1), 9), tmp_path / "events.xml", now)
        assert ("the catalog can still grow" in caplog.text) == is_warned


@pytest.mark.parametrize(("parameters", "said"), [
    ({"service": "INGVV"}, "service is 'INGVV': "),
    ({"starttime": "noon"}, "starttime: 'noon' is not ISO 8601"),
    ({"endtime": "2019-01-01"}, "endtime is '2019-01-01', expected later than '2020-01-01'"),
    ({"minlatitude": -91.0}, "minlatitude is -91, expected -90 to 90 degrees"),
    ({"minlatitude": 3.0, "maxlatitude": 2.0}, "minlatitude is 3, expected at most maxlatitude 2"),
    ({"minlongitude": 170.0, "maxlongitude": -170.0}, "a box across 180 degrees goes beyond it"),
    ({"mindepth": 3.0, "maxdepth": 2.0}, "mindepth is 3, expected at most maxdepth 2"),
    ({"minmagnitude": 3.0, "maxmagnitude": 2.0}, "minmagnitude is 3, expected at most"),
    ({"latitude": 1.0}, "longitude is missing: a circle has latitude, longitude, maxradius"),
    ({"latitude": 1.0, "longitude": 1.0}, "maxradius is missing"),
    ({"latitude": 1.0, "longitude": 1.0, "maxradius": 0.0}, "maxradius is 0, expected more"),
    ({"latitude": 1.0, "longitude": 1.0, "maxradius": 181.0}, "maxradius is 181, expected 0 to"),
    ({"latitude": 1.0, "longitude": 1.0, "maxradius": 1.0, "maxlatitude": 2.0},
     "latitude is of a circle and maxlatitude of a box"),
    ({"event_type": " "}, "event_type is ' ', expected a name"),
    ({"contributor": "a\nb"}, "contributor is 'a\\nb', expected a name"),
])  # fmt: skip
def test_a_request_that_makes_no_sense_is_refused_without_asking(parameters, said):
    with pytest.raises(ValueError) as error:
        FDSNCatalog(**({"service": "INGV"} | SPAN | parameters)).check()
    assert said in str(error.value)


@given(number=st.floats(-3, 9).map(lambda x: round(x, 3)))
def test_however_numbers_and_times_are_written_a_request_has_one_file(number):
    def file(service="INGV", starttime="2020-01-01", minmagnitude=number):
        catalog = FDSNCatalog(service, starttime, "2020-01-02", minmagnitude=minmagnitude)
        return catalog.files[0].name

    assert file() == file(minmagnitude=float(f"{number:.9f}"))
    assert file() == file("ingv", "2020-01-01T01:00:00+01:00")
    assert file(minmagnitude=1) == file(minmagnitude=1.0)
    assert file() != file(minmagnitude=number + 1e-3)
    assert file() != file("USGS")


def test_what_asks_for_other_events_is_another_file():
    files = {
        FDSNCatalog("INGV", **SPAN, **others).files[0]
        for others in ({}, {"picks": True}, {"event_type": "earthquake"}, {"maxdepth": 5.0},
                       {"latitude": 1.0, "longitude": 1.0, "maxradius": 1.0})
    }  # fmt: skip
    assert len(files) == 5


def test_a_catalog_that_is_not_there_yet_says_how_to_get_it(tmp_path):
    catalog = FDSNCatalog("INGV", **SPAN, folder=str(tmp_path))
    for read in (list, lambda catalog: catalog.digest):
        with pytest.raises(StageError, match="have not been downloaded"):
            read(catalog)


@pytest.mark.parametrize(("region", "longitude", "is_in"), [
    ({"minlongitude": 170.0, "maxlongitude": 190.0}, -175.0, True),
    ({"minlongitude": 170.0, "maxlongitude": 190.0}, 165.0, False),
    ({"minlongitude": -10.0}, 20.0, True),
    ({"maxlongitude": 10.0}, 20.0, False),
    ({"latitude": -21.2, "longitude": 179.5, "maxradius": 2.0}, -179.5, True),
    ({"latitude": -21.2, "longitude": 179.5, "maxradius": 0.5}, -179.5, False),
])  # fmt: skip
def test_regions_across_180_degrees_are_regions(region, longitude, is_in, serve):
    event = named(0, TIME)
    event.origins[0].longitude = longitude
    catalog = serve(DataCentreStub([event, named(1, TIME)]), **region)
    FDSNCatalog("INGV", **SPAN, **region).check()
    try:
        catalog.download(MANNERS)
        found = ids(catalog)
    except StageError:
        found = []
    assert ("smi:org.example/0" in found) == is_in


def test_a_router_has_no_events():
    catalog = FDSNCatalog("eida-routing", "2020-01-01", "2020-02-01")
    with pytest.raises(ValueError, match=r"service is 'eida-routing', a router, .*name the data"):
        catalog.check()
