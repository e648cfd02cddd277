"""How services are asked: when again, after which pause, how many at once, how much at most."""

import gzip
import socket
import threading
import tracemalloc

import pytest
from helpers.scripted_server import Reply
from helpers.web_documents import PATHS, miniseed, stationxml, wadl
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe import __version__
from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.webservices.data_centre import DataCentre
from specufex_pipe.webservices.handler import PoliteHandler
from specufex_pipe.webservices.hosts import Hosts
from specufex_pipe.webservices.manners import Manners

QUERY = f"{PATHS['dataselect']}/query"
DESCRIPTION = f"{PATHS['dataselect']}/application.wadl"
DATA = Reply(200, miniseed())


def scripted(server, *replies):
    server.script(QUERY, replies)
    return server


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_service_that_is_not_available_is_asked_again_after_growing_pauses(
    server, centre_of, lines, time, status
):
    centre = centre_of(scripted(server, *[Reply(status)] * 4, DATA), attempts=5, pause=2.0)
    assert centre.get_waveforms(lines) == DATA.content
    assert time.slept == [2.0, 4.0, 8.0, 16.0]
    assert len({asked.body for asked in server.asked_at(QUERY)}) == 1


def test_a_service_is_not_asked_more_often_than_the_manners_say(server, centre_of, unanswered):
    caught = unanswered(centre_of(scripted(server, Reply(503, b"Busy")), attempts=3))
    assert caught.answer is Answer.FAILED
    assert caught.said == f"{server.url}: 503 Service Unavailable, Busy (3 attempts)"
    assert len(server.asked_at(QUERY)) == 3


def test_an_internal_error_is_of_the_request_and_asked_for_once_more(
    server, centre_of, unanswered, time
):
    caught = unanswered(centre_of(scripted(server, Reply(500, b"ValueError at line 7"))))
    assert caught.said.endswith("500 Internal Server Error, ValueError at line 7 (2 attempts)")
    assert len(server.asked_at(QUERY)) == 2


@pytest.mark.parametrize(
    "wanted",
    ["7", " 7 ", "Thu, 01 Jan 2026 00:00:07 GMT", "Thu Jan  1 00:00:07 2026"],
)
def test_a_service_that_says_how_long_to_wait_is_waited_for(server, centre_of, lines, time, wanted):
    scripted(server, Reply(429, headers={"Retry-After": wanted}), DATA)
    assert centre_of(server, pause=2.0).get_waveforms(lines) == DATA.content
    assert time.slept == [7.0]


@pytest.mark.parametrize(
    "wanted", ["0", "1", "-5", "soon", "", "Thu, 01 Jan 1970 00:00:00 GMT", "7.5", "٣"]
)
def test_a_wait_that_is_short_or_means_nothing_is_no_reason_to_hurry(
    server, centre_of, lines, time, wanted
):
    headers = {"Retry-After": wanted.encode().decode("latin-1")}
    scripted(server, Reply(503, headers=headers), DATA)
    centre_of(server, pause=2.0).get_waveforms(lines)
    assert time.slept == [2.0]


def test_a_service_that_wants_a_long_rest_gets_it(server, centre_of, unanswered, lines, time):
    scripted(server, Reply(503, headers={"Retry-After": "3600"}), DATA)
    centre = centre_of(server, longest_pause=300.0)
    caught = unanswered(centre)
    assert "it wants to be left alone for 3600 s (1 attempt)" in caught.said
    time.seconds += 3200.0
    assert unanswered(centre).said == caught.said
    assert len(server.asked_at(QUERY)) == 1
    time.seconds += 200.0
    assert centre.get_waveforms(lines) == DATA.content
    assert time.slept == [200.0]


@given(st.floats(0.0, 1.0, exclude_max=True), st.integers(1, 20))
def test_jitter_is_at_most_half_and_no_pause_is_longer_than_the_longest(uniform, attempt):
    hosts = Hosts(uniform=lambda: uniform)
    pause = PoliteHandler(Manners(pause=2.0, longest_pause=300.0), hosts)._pause_after(attempt)
    plain = 2.0 * 2.0 ** (attempt - 1)
    assert min(plain, 300.0) <= pause <= min(1.5 * plain, 300.0)


def test_a_pause_holds_up_all_requests_to_the_host(server, centre_of, unanswered, lines, time):
    scripted(server, Reply(429, headers={"Retry-After": "60"}), DATA)
    assert unanswered(centre_of(server, attempts=1)).answer is Answer.FAILED
    assert time.slept == []
    assert centre_of(server).get_waveforms(lines) == DATA.content
    assert time.slept == [60.0]


def test_no_more_requests_at_once_than_connections(server, centre_of, lines):
    barrier = threading.Barrier(2)

    def meet():
        barrier.wait(5.0)  # broken unless two are there at once

    scripted(server, Reply(200, DATA.content, wait=meet))
    centres = [centre_of(server, connections=2) for _ in range(2)]
    got = []
    threads = [
        threading.Thread(target=lambda i=i: got.append(centres[i % 2].get_waveforms(lines)))
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [DATA.content] * 8
    assert server.most_at_once == 2


def test_a_connection_that_is_reset_is_made_again(server, centre_of, lines, time):
    scripted(server, Reply(is_reset=True), DATA)
    assert centre_of(server, pause=1.0).get_waveforms(lines) == DATA.content
    assert time.slept == [1.0]


def test_a_service_that_sends_nothing_has_failed(server, centre_of, unanswered):
    release = threading.Event()
    scripted(server, Reply(wait=release.wait))
    caught = unanswered(centre_of(server, timeout=0.05, attempts=2))
    release.set()
    assert caught.said == f"{server.url}: nothing came within 0.05 s (2 attempts)"


@pytest.mark.parametrize(
    "half",
    [
        Reply(200, DATA.content[:512], {"Content-Length": str(len(DATA.content))}),
        Reply(200, DATA.content[:512], is_chunked=True),
        Reply(200, gzip.compress(DATA.content)[:-20], {"Content-Encoding": "gzip"}),
        Reply(200, DATA.content, {"Content-Encoding": "gzip"}),
        Reply(200, DATA.content[:700], {"Content-Length": None}),
        Reply(200, DATA.content + b"Internal Server Error"),
    ],
    ids=["short", "chunked", "gzip", "not gzip", "without length", "with an error"],
)
def test_an_answer_that_breaks_off_is_asked_for_again(server, centre_of, unanswered, lines, half):
    scripted(server, half, DATA)
    assert centre_of(server).get_waveforms(lines) == DATA.content
    caught = unanswered(centre_of(scripted(server, half), attempts=2))
    assert caught.answer is Answer.FAILED
    assert "(2 attempts)" in caught.said


def test_half_a_document_is_asked_for_again(server, centre_of, lines):
    half = Reply(200, stationxml()[:-100], {"Content-Length": None})
    server.script(f"{PATHS['station']}/query", [half, Reply(200, stationxml())])
    assert centre_of(server).get_stations(lines, "channel") == stationxml()


def test_gzipped_answers_are_unpacked(server, centre_of, lines):
    scripted(server, Reply(200, gzip.compress(DATA.content), {"Content-Encoding": "gzip"}))
    assert centre_of(server).get_waveforms(lines) == DATA.content
    assert server.asked_at(QUERY)[0].headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize(
    "large",
    [
        Reply(200, b"", {"Content-Length": "2001"}),
        Reply(200, b"0" * 2001, is_chunked=True),
        Reply(200, gzip.compress(b"0" * 2001), {"Content-Encoding": "gzip"}),
    ],
    ids=["announced", "chunked", "gzip"],
)
def test_more_than_is_accepted_is_cut_off(server, centre_of, unanswered, large):
    caught = unanswered(centre_of(scripted(server, large), most_bytes=2000))
    assert caught.answer is Answer.TOO_LARGE
    assert "at most 2000 bytes" in caught.said
    assert len(server.asked_at(QUERY)) == 1


def test_what_unpacks_to_more_than_is_accepted_is_not_unpacked(server, centre_of, unanswered):
    packed = gzip.compress(bytes(1 << 26))
    scripted(server, Reply(200, packed, {"Content-Encoding": "gzip"}))
    centre = centre_of(server, most_bytes=1 << 20)
    tracemalloc.start()
    try:
        assert unanswered(centre).answer is Answer.TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < 1 << 24
    finally:
        tracemalloc.stop()


def test_a_host_that_leaves_two_requests_unanswered_is_down(server, centre_of, unanswered):
    centre = centre_of(scripted(server, Reply(503, b"Gone home")), attempts=3)
    said = [unanswered(centre).said for _ in range(5)]
    assert len(server.asked_at(QUERY)) == 6
    assert set(said) == {f"{server.url}: 503 Service Unavailable, Gone home (3 attempts)"}
    assert unanswered(centre_of(server)).said == said[0]  # whoever asks
    assert len(server.asked_at(QUERY)) == 6


def test_two_requests_that_meet_the_same_failure_are_no_proof_that_a_host_is_down():
    now = [0.0]
    hosts = Hosts(clock=lambda: now[0])
    host = hosts.at("http://host/a")
    assert host is hosts.at("http://HOST/b")
    now[0] = 30.0
    host.left_unanswered(0.0, "gone")
    host.left_unanswered(1.0, "gone")
    host.begin(Manners())
    host.end()
    now[0] = 61.0
    host.left_unanswered(31.0, "gone")
    with pytest.raises(Unanswered, match="gone"):
        host.begin(Manners())


def test_what_ends_a_wait_ends_the_request_and_gives_the_connection_back(
    server, centre_of, hosts, lines, monkeypatch
):
    def stop(_):
        raise KeyboardInterrupt

    centre = centre_of(scripted(server, Reply(503), DATA), connections=1)
    with monkeypatch.context() as context, pytest.raises(KeyboardInterrupt):
        context.setattr(hosts, "sleep", stop)
        centre.get_waveforms(lines)
    assert centre.get_waveforms(lines) == DATA.content


@pytest.mark.parametrize(
    "bad",
    [Reply(500), Reply(400), Reply(200, b"half", {"Content-Length": "99"}), Reply(403), Reply(413)],
    ids=["500", "400", "half", "403", "413"],
)
def test_bad_requests_do_not_condemn_a_host(server, centre_of, unanswered, lines, bad):
    centre = centre_of(scripted(server, bad), attempts=2)
    for _ in range(5):
        unanswered(centre)
    assert centre_of(scripted(server, DATA)).get_waveforms(lines) == DATA.content


def test_an_answer_between_two_failures_shows_that_a_host_is_there(
    server, centre_of, unanswered, lines
):
    centre = centre_of(scripted(server, Reply(503), Reply(204), Reply(503), DATA), attempts=1)
    answers = [unanswered(centre).answer for _ in range(3)]
    assert answers == [Answer.FAILED, Answer.NOTHING, Answer.FAILED]
    assert centre.get_waveforms(lines) == DATA.content


def test_a_host_where_nobody_listens_is_down_and_said_to_be(hosts, unanswered, time):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and not listened at
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        centre = DataCentre(url, Manners(attempts=2, pause=1.0), hosts=hosts)
        said = [unanswered(centre).said for _ in range(3)]
    assert set(said) == {f"{url}: ConnectionRefusedError: Connection refused (2 attempts)"}
    assert time.slept == [1.0, 2.0, 1.0]  # the third failed at once


def test_every_request_names_the_program(server, centre_of, lines):
    scripted(server, Reply(302, headers={"Location": "/moved"}))
    server.script("/moved", [Reply(503), DATA])
    server.script(DESCRIPTION, [Reply(503), Reply(200, wadl("dataselect"))])
    assert centre_of(server).get_waveforms(lines) == DATA.content
    assert len(server.asked) == 5
    for asked in server.asked:
        assert asked.headers["User-Agent"].startswith(f"specufex_pipe/{__version__} (ObsPy/")
