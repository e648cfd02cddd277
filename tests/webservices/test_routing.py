"""Routers are asked for routes; what of them was asked for is asked of whom."""

import pytest
from helpers.scripted_server import Reply
from hypothesis import given
from hypothesis import strategies as st
from obspy import UTCDateTime

from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.webservices.lines import Line
from specufex_pipe.webservices.manners import Manners
from specufex_pipe.webservices.routes import NotALine, RoutedLine, intersect, parse_line
from specufex_pipe.webservices.routing import ROUTERS, route

START = UTCDateTime(2017, 1, 1)
# As the router of ORFEUS and the federator of EarthScope answer.
EIDA = b"""https://geofon.gfz.de/fdsnws/dataselect/1/query
GE APE -- HHZ 2017-01-01T00:00:00 2017-01-01T00:10:00

http://webservices.ingv.it/fdsnws/dataselect/1/query
IV ARCI -- HHZ 2017-01-01T00:00:00 2017-01-01T00:10:00
"""
FEDERATOR = b"""minlat=0.0
level=channel

DATACENTER=GEOFON,https://geofon.gfz.de
DATASELECTSERVICE=https://geofon.gfz.de/fdsnws/dataselect/1/
STATIONSERVICE=https://geofon.gfz.de/fdsnws/station/1/
GE APE -- HHZ 2016-06-01T00:00:00 2017-01-01T00:05:00
GE APE -- HHZ 2017-01-01T00:05:00 2599-12-31T23:59:59

DATACENTER=STATIONSONLY,https://example.org
STATIONSERVICE=https://example.org/fdsnws/station/1/
GE APE -- HHZ 2017-01-01T00:00:00 2017-01-01T00:10:00

DATACENTER=INGV,http://www.ingv.it
DATASELECTSERVICE=http://webservices1.rm.ingv.it/fdsnws/dataselect/1/
STATIONSERVICE=http://webservices2.rm.ingv.it/fdsnws/station/1/
EVENTSERVICE=http://webservices.rm.ingv.it/fdsnws/event/1/
IV ARCI -- HHZ 2017-01-01T00:00:00 2017-01-01T00:10:00
"""


def line(codes="GE.APE..HHZ", start=0.0, end=600.0):
    return Line(*codes.split("."), START + start, START + end)


ASKED = [line(), line("IV.ARCI..HHZ")]


@pytest.fixture
def ask(server, hosts):
    """Ask a router that answers so."""

    def routes(router, content, lines=tuple(ASKED), service="dataselect", status=200):
        server.script("/router/1/query", [Reply(status, content)])
        url = f"{server.url}/router/1/"
        return route(router, url, list(lines), service, Manners(attempts=2), hosts=hosts)

    return routes


def test_eida_says_which_data_centre_has_what(ask, server):
    assert ask("eida-routing", EIDA) == {
        "https://geofon.gfz.de": [line()],
        "http://webservices.ingv.it": [line("IV.ARCI..HHZ")],
    }
    (asked,) = server.asked
    assert asked.method == "POST"
    assert asked.headers["User-Agent"].startswith("specufex_pipe/")
    assert asked.body.decode().splitlines() == [
        "service=dataselect",
        "format=post",
        "alternative=false",
        "GE APE -- HHZ 2017-01-01T00:00:00.000000 2017-01-01T00:10:00.000000",
        "IV ARCI -- HHZ 2017-01-01T00:00:00.000000 2017-01-01T00:10:00.000000",
    ]


def test_the_federator_says_which_data_centre_has_what(ask, server):
    assert ask("earthscope-federator", FEDERATOR) == {
        "https://geofon.gfz.de": [line(end=300.0), line(start=300.0)],
        "http://webservices1.rm.ingv.it": [line("IV.ARCI..HHZ")],
    }
    assert server.asked[0].body.decode().splitlines()[0] == "format=request"


def test_the_federator_is_asked_for_stations_of_other_data_centres(ask):
    assert set(ask("earthscope-federator", FEDERATOR, service="station")) == {
        "https://geofon.gfz.de", "https://example.org", "http://webservices2.rm.ingv.it",
    }  # fmt: skip


def test_eida_is_asked_for_stations(ask, server):
    ask("eida-routing", EIDA.replace(b"dataselect", b"station"), service="station")
    assert server.asked[0].body.startswith(b"service=station\n")


@pytest.mark.parametrize("router", ROUTERS)
@pytest.mark.parametrize(
    ("status", "answer"),
    [(204, Answer.NOTHING), (404, Answer.FAILED), (400, Answer.FAILED), (503, Answer.FAILED)],
)
def test_a_router_that_does_not_answer_is_said(ask, router, status, answer):
    with pytest.raises(Unanswered) as caught:
        ask(router, b"" if status == 204 else b"No", status=status)
    assert caught.value.answer is answer
    assert f" {status} " in caught.value.said


@pytest.mark.parametrize("router", ROUTERS)
@pytest.mark.parametrize(
    "content",
    [
        b"<html><a href='http://x/fdsnws/'>moved</a></html>", b"Nothing\n", b"\xff\xfe\x00",
        b"<html>\n<p>http://x/fdsnws/dataselect/1/query</p></html>",
    ],
)  # fmt: skip
def test_what_is_no_route_is_no_answer(ask, router, content):
    with pytest.raises(Unanswered, match="this is not a route") as caught:
        ask(router, content)
    assert caught.value.answer is Answer.FAILED


@pytest.mark.parametrize(
    "bad",
    [
        "GE APE -- HHZ 2017-01-01T00:00:00 tomorrow", "GE APE", "GE APE -- HHZ 1 2 3",
        "GE A;E -- HHZ 2017-01-01T00:00:00 2017-01-01T00:10:00", "level=channel",
        "GE APE -- HHZ 2017-13-01T00:00:00 2017-01-01T00:10:00",
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_named(ask, bad):
    with pytest.raises(Unanswered) as caught:
        ask("eida-routing", EIDA + bad.encode())
    assert caught.value.answer is Answer.FAILED
    assert caught.value.said.endswith(f"this is not a route: {bad}")


@pytest.mark.parametrize(
    "address",
    [
        "ftp+http://x", "http://", "http://me:pw@x", "xhttp", "http://x\x1b[31m", "http://\u0435.org",
        "http://-x-",
    ],
)  # fmt: skip
def test_other_addresses_than_of_the_web_are_refused(ask, address):
    with pytest.raises(Unanswered, match="not a route"):
        ask("eida-routing", EIDA.replace(b"https://geofon.gfz.de", address.encode()))


def test_routes_of_what_was_not_asked_for_are_nothing(ask):
    with pytest.raises(Unanswered) as caught:
        ask("eida-routing", EIDA, lines=[line("XX.APE..HHZ"), line(start=600.0, end=700.0)])
    assert caught.value.answer is Answer.NOTHING


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("GE * -- HH? 2017-01-01T00:00:00 2017-01-01T00:10:00", 0.0, 600.0),
        ("GE * -- HH? 2017-01-01T00:00:00.5Z *", 0.5, None),
        ("GE * -- HH? 2017-01-01T00:00:00", 0.0, None),
        ("GE * -- HH?  2017-01-01T00:10:00", None, 600.0),
        ("GE * -- HH? * 2017-01-01T00:10:00", None, 600.0),
        ("GE * -- HH?", None, None),
        ("GE  *   --  HH?  2017-01-01T00:00:00  2017-01-01", 0.0, 0.0),
    ],
)
def test_lines_may_leave_times_open(text, start, end):
    times = [None if time is None else START + time for time in (start, end)]
    assert parse_line(text) == RoutedLine(("GE", "*", "", "HH?"), *times)


@given(st.text())
def test_a_line_is_read_or_refused(text):
    try:
        parse_line(text)
    except NotALine as error:
        assert str(error) == text


@pytest.mark.parametrize(
    ("asked", "routed", "found"),
    [
        ("GE.APE..HHZ", "GE.*.*.*", "GE.APE..HHZ"),
        ("GE.*.*.HH?", "GE.APE..HHZ", "GE.APE..HHZ"),
        ("GE.*..HHZ", "GE.APE.*.*", "GE.APE..HHZ"),
        ("GE.APE.00.HHZ", "GE.APE..HHZ", None),
        ("GE.APE..HHZ", "GE.APE..HHz", None),
    ],
)
def test_codes_are_the_narrower_ones(asked, routed, found):
    expected = [] if found is None else [line(found)]
    assert intersect([line(asked)], [RoutedLine(tuple(routed.split(".")), None, None)]) == expected


SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30)), min_size=1, max_size=6)


@given(SPANS, SPANS)
def test_times_are_what_was_asked_for_and_is_routed(asked, routed):
    found = intersect(
        [line(start=start, end=start + n) for start, n in asked],
        [RoutedLine(line()[:4], START + start, START + start + n) for start, n in routed],
    )

    def seconds(spans):
        return {second for start, n in spans for second in range(start, start + n)}

    spans = [(round(f.starttime - START), round(f.endtime - f.starttime)) for f in found]
    assert seconds(spans) == seconds(asked) & seconds(routed)
    assert len(spans) == len(set(spans))
