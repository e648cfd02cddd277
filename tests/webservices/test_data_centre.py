"""What is asked of a data centre, and what becomes of its answers."""

import socket

import pytest
from helpers.scripted_server import Reply, ScriptedServer
from helpers.web_documents import PATHS, miniseed, quakeml, stationxml, wadl

from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.webservices.data_centre import DataCentre
from specufex_pipe.webservices.manners import Manners

QUERY = f"{PATHS['dataselect']}/query"
DOCUMENT_TYPE = "document type|a document of"
HTML = b"""<!DOCTYPE html><html><head><style>body {color: red}</style><title>Sorry</title>
</head><body><h1>We are\x1b[31m moving</h1></body></html>"""


def test_waveforms_are_asked_for_in_bulk_and_come_as_they_were_sent(server, centre_of, lines):
    server.script(QUERY, [Reply(200, miniseed())])
    lines += [lines[0]._replace(location="00", channel="HH?")]
    assert centre_of(server).get_waveforms(lines) == miniseed()
    (asked,) = server.asked_at(QUERY)
    assert asked.method == "POST"
    assert asked.headers["Content-Type"] == "text/plain"
    assert asked.body.decode().splitlines() == [
        "IV ARCI -- HHZ 2016-01-01T00:00:00.000000 2016-01-01T00:00:10.000000",
        "IV ARCI 00 HH? 2016-01-01T00:00:00.000000 2016-01-01T00:00:10.000000",
    ]


def test_stations_are_asked_for_in_bulk_with_their_level(server, centre_of, lines):
    path = f"{PATHS['station']}/query"
    server.script(path, [Reply(200, stationxml())])
    assert centre_of(server).get_stations(lines, "response") == stationxml()
    (asked,) = server.asked_at(path)
    assert asked.body.decode().splitlines()[0] == "level=response"


def test_events_are_asked_for_with_the_parameters_as_they_are(server, centre_of):
    path = f"{PATHS['event']}/query"
    server.script(path, [Reply(200, quakeml())])
    query = {"starttime": "2016-08-24T00:00:00", "minmagnitude": "4.0"}
    assert centre_of(server).get_events(query) == quakeml()
    assert server.asked_at(path)[0].path == (
        f"{path}?starttime=2016-08-24T00%3A00%3A00&minmagnitude=4.0"
    )


def test_a_parameter_that_the_service_does_not_have_is_not_sent(server, centre_of):
    with pytest.raises(Unanswered) as caught:
        centre_of(server).get_events({"minlatitude": "42", "minradius": "1"})
    assert caught.value.answer is Answer.FAILED
    assert "no parameter minradius; it has endtime, limit, maxlatitude" in caught.value.said
    assert server.asked_at(f"{PATHS['event']}/query") == []


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (204, Answer.NOTHING), (404, Answer.NOTHING), (401, Answer.REFUSED),
        (403, Answer.REFUSED), (413, Answer.TOO_LARGE), (400, Answer.FAILED),
        (414, Answer.FAILED), (418, Answer.FAILED), (501, Answer.FAILED), (202, Answer.FAILED),
        (304, Answer.FAILED), (407, Answer.FAILED),
    ],
)  # fmt: skip
def test_a_status_has_its_answer(server, centre_of, unanswered, status, answer):
    content = b"" if status in (204, 304) else b"Error:\n\n  what the <b>service</b> says\x07"
    server.script(QUERY, [Reply(status, content)])
    caught = unanswered(centre_of(server))
    assert caught.answer is answer
    assert caught.said.startswith(f"{server.url}: {status} ")
    if content:
        assert "Error: what the service says\\x07" in caught.said
    assert len(server.asked_at(QUERY)) == 1


def test_an_answer_without_content_is_nothing(server, centre_of, unanswered):
    server.script(QUERY, [Reply(200)])
    caught = unanswered(centre_of(server))
    assert caught.answer is Answer.NOTHING
    assert caught.said == f"{server.url}: 200 OK, without content"


def test_a_page_in_the_place_of_waveforms_is_no_answer(server, centre_of, unanswered):
    server.script(QUERY, [Reply(200, HTML)])
    caught = unanswered(centre_of(server))
    assert caught.answer is Answer.FAILED
    assert caught.said == (
        f"{server.url}: 200, but it is not miniSEED; it begins: Sorry We are\\x1b[31m moving "
        "(1 attempt)"
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (HTML, "it is a document of html, expected"),
        (b"<html/>", "XML of the root html, expected"),
        (b"Internal error", "it is not XML"),
        (b"<?xml version='1.0'?>", "it is not XML"),
        (b"<!-- --><!DOCTYPE FDSNStationXML [<!ENTITY a 'b'>]><FDSNStationXML/>", DOCUMENT_TYPE),
        ("<!DOCTYPE quakeml><quakeml/>".encode("utf-16"), DOCUMENT_TYPE),
        (b"\x00\x01\xff", "it is not XML"),
    ],
)
@pytest.mark.parametrize("kind", ["station", "event"])
def test_what_is_not_the_document_is_no_answer(server, centre_of, lines, kind, content, problem):
    server.script(f"{PATHS[kind]}/query", [Reply(200, content)])
    centre = centre_of(server)
    with pytest.raises(Unanswered, match=problem) as caught:
        if kind == "station":
            centre.get_stations(lines, "channel")
        else:
            centre.get_events({})
    assert caught.value.answer is Answer.FAILED
    assert caught.value.said.isprintable()


def test_only_the_service_that_is_asked_is_discovered_and_once(server, centre_of, lines):
    server.script(QUERY, [Reply(200, miniseed())])
    centre = centre_of(server)
    assert server.asked == []
    for _ in range(3):
        centre.get_waveforms(lines)
    described = [a.path for a in server.asked if a.path.endswith("application.wadl")]
    assert described == [f"{PATHS['dataselect']}/application.wadl"]


def test_an_address_without_services_is_no_data_centre_without_data(centre_of, unanswered):
    with ScriptedServer() as server:
        centre = centre_of(server)
        said = {unanswered(centre).said for _ in range(3)}
        described = f"{server.url}{PATHS['dataselect']}/application.wadl"
        assert said == {
            f"{server.url}: 404 Not Found, nothing is here; there is no service dataselect: it "
            f"should be described at {described}"
        }
        assert unanswered(centre).answer is Answer.FAILED
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(503, b"Maintenance"), "503 Service Unavailable, Maintenance (5 attempts)"),
        (Reply(400, b"Go away"), "400 Bad Request, Go away"),
        (
            Reply(200, HTML),
            "should describe the service dataselect, but it is a document of html",
        ),
        (Reply(200, b"<html/>"), "root html, expected application"),
    ],
)
def test_a_service_that_does_not_describe_itself_says_why(
    server, centre_of, unanswered, reply, said
):
    server.script(f"{PATHS['dataselect']}/application.wadl", [reply])
    caught = unanswered(centre_of(server))
    assert caught.answer is Answer.FAILED
    assert said in caught.said


def test_a_service_that_was_down_is_discovered_when_it_is_back(
    server, centre_of, unanswered, lines
):
    path = f"{PATHS['dataselect']}/application.wadl"
    server.script(path, [Reply(503), Reply(200, wadl("dataselect"))])
    server.script(QUERY, [Reply(200, miniseed())])
    centre = centre_of(server, attempts=1)
    assert unanswered(centre).answer is Answer.FAILED
    assert centre.get_waveforms(lines) == miniseed()


def test_parameters_may_be_described_by_their_short_names(server, centre_of):
    described = wadl("event", ["start", "minmag"])
    server.script(f"{PATHS['event']}/application.wadl", [Reply(200, described)])
    server.script(f"{PATHS['event']}/query", [Reply(200, quakeml())])
    query = {"starttime": "2016-08-24", "minmagnitude": "4"}
    assert centre_of(server).get_events(query) == quakeml()


def test_a_description_that_says_nothing_of_parameters_is_enough(server, centre_of, lines):
    described = b'<application xmlns="http://wadl.dev.java.net/2009/02"/>'
    server.script(f"{PATHS['event']}/application.wadl", [Reply(200, described)])
    server.script(f"{PATHS['event']}/query", [Reply(200, quakeml())])
    assert centre_of(server).get_events({"minradius": "1"}) == quakeml()


def test_redirects_are_followed_with_what_was_sent(server, centre_of, lines):
    with ScriptedServer() as other:
        other.script("/new", [Reply(200, miniseed())])
        for status in (301, 302, 303, 307, 308):
            server.script(QUERY, [Reply(status, headers={"Location": f"{other.url}/new"})])
            assert centre_of(server).get_waveforms(lines) == miniseed()
        assert {asked.method for asked in other.asked} == {"POST"}
        assert {asked.body for asked in other.asked} == {server.asked_at(QUERY)[0].body}
        assert {asked.headers["Content-Type"] for asked in other.asked} == {"text/plain"}


@pytest.mark.parametrize(
    "place", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,000001D ", QUERY]
)
def test_redirects_lead_to_no_files_and_not_in_circles(server, centre_of, unanswered, place):
    server.script(QUERY, [Reply(302, headers={"Location": place})])
    assert unanswered(centre_of(server)).answer is Answer.FAILED


@pytest.mark.parametrize(
    ("service", "address"),
    [
        ("INGV", "https://webservices.ingv.it"),
        ("EARTHSCOPE+USGS", "https://service.earthscope.org"),
        ("ingv", "https://webservices.ingv.it"),
        ("https://example.org/", "https://example.org"),
        ("http://127.0.0.1:8080/inner", "http://127.0.0.1:8080/inner"),
    ],
)
def test_a_data_centre_is_a_name_of_obspy_or_an_address(service, address):
    assert DataCentre(service, Manners()).address == address


@pytest.mark.parametrize(
    "service", ["INVG", "", "example.org", "ftp://example.org", "https://", "a b"]
)
def test_what_is_neither_is_refused(service):
    with pytest.raises(ValueError, match="not a"):
        DataCentre(service, Manners())


def test_events_of_earthscope_are_asked_for_where_obspy_knows_them(hosts, monkeypatch):
    asked = []

    def answer(url, *_):
        asked.append(url)
        return wadl("event") if url.endswith("wadl") else quakeml()

    centre = DataCentre("EARTHSCOPE+USGS", Manners(), hosts=hosts)
    monkeypatch.setattr(centre._client, "_ask", answer)
    centre.get_events({"minmagnitude": "5"})
    address = "https://earthquake.usgs.gov/fdsnws/event/1"
    assert asked == [f"{address}/application.wadl", f"{address}/query?minmagnitude=5"]


def test_an_address_with_a_password_is_refused_and_not_repeated():
    with pytest.raises(ValueError, match="FDSN_PASSWORD") as caught:
        DataCentre("https://me:hidden@example.org", Manners())
    assert "hidden" not in str(caught.value)


def test_a_name_that_is_not_resolved_is_said(hosts, unanswered, monkeypatch):
    def fail(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    centre = DataCentre("https://nowhere.example", Manners(attempts=2), hosts=hosts)
    assert unanswered(centre).said == (
        "https://nowhere.example: gaierror: Name or service not known (2 attempts)"
    )


def test_codes_that_lead_out_of_their_line_are_refused(server, centre_of, lines):
    for code in ("A B", "A\nIV * * *", "é"):
        with pytest.raises(ValueError, match="not a code"):
            centre_of(server).get_waveforms([lines[0]._replace(station=code)])
    with pytest.raises(ValueError, match="without a line"):
        centre_of(server).get_waveforms([])
    assert server.asked == []
