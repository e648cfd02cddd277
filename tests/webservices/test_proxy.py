"""The proxy of the tests misbehaves as it says, and notes what it was asked."""

import http.client
import socket
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
import pytest
from helpers.fdsn_misbehaviours import (
    answer,
    answer_html,
    by_lines,
    cut_between_records,
    cut_in_record,
    delay,
    die,
    die_after,
    never_answer,
    no_more_at_once,
    rename,
    repeat_records,
    reverse_records,
    send_half,
    shift_days,
    stall_after,
)
from helpers.fdsn_proxy import proxy
from helpers.fdsn_server import free_port, records_of, serve
from helpers.waveforms import START, noise, trace, write_file

BODY = b"quality=B\nXX STA 00 HHZ 2020-01-01T00:00:00 2020-01-01T00:01:00\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    write_file(folder / "data.mseed", trace(noise(60)))
    with serve(folder) as address:
        yield address


@pytest.fixture(scope="module")
def data(server):
    return ask(server)


@pytest.fixture
def centre(server):
    with proxy(dataselect=server) as centre:
        yield centre


def ask(address, body=BODY, timeout=30):
    request = urllib.request.Request(
        f"{address}/fdsnws/dataselect/1/query", body, {"User-Agent": "a test"}
    )
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return answer.read()


def test_it_passes_on_and_notes_what_was_asked(centre, server, data):
    assert ask(centre.address) == data
    (asked,) = centre.queries
    assert (asked.method, asked.service, asked.status) == ("POST", "dataselect", 200)
    assert asked.lines == ["XX STA 00 HHZ 2020-01-01T00:00:00 2020-01-01T00:01:00"]
    assert asked.parameters == {"quality": "B"}
    assert asked.headers["user-agent"] == "a test"
    assert asked.is_delivered and not asked.is_secure
    query = "fdsnws/dataselect/1/query?sta=STA&start=2020-01-01&end=2020-01-02"
    with urllib.request.urlopen(f"{centre.address}/{query}") as answer:
        assert answer.read() == urllib.request.urlopen(f"{server}/{query}").read()
    assert centre.queries[1].parameters["sta"] == "STA"


def test_nothing_and_other_services(centre):
    assert ask(centre.address, b"XX STA 00 HHN 2020-01-01 2020-01-02\n") == b""
    assert centre.queries[0].status == 204
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{centre.address}/fdsnws/station/1/query?net=XX")


def test_the_script_is_for_queries_alone_and_each_of_them_once(centre, data):
    centre.script += [answer(503), answer(500, "Oh.")]
    urllib.request.urlopen(f"{centre.address}/fdsnws/dataselect/1/version").close()
    for status in (503, 500):
        with pytest.raises(urllib.error.HTTPError, match=str(status)):
            ask(centre.address)
    assert ask(centre.address) == data
    assert [asked.status for asked in centre.queries] == [503, 500, 200]


@pytest.mark.parametrize(
    ("after", "header"),
    [
        (None, None),
        (3, "3"),
        (datetime(2030, 1, 2, tzinfo=UTC), "Wed, 02 Jan 2030 00:00:00 GMT"),
        ("soon", "soon"),
    ],
)
def test_retry_after(centre, after, header):
    centre.script.append(answer(429, retry_after=after))
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(centre.address)
    assert (refused.value.code, refused.value.headers["Retry-After"]) == (429, header)


@pytest.mark.parametrize("behaviour", [never_answer, stall_after(100)])
def test_silence_is_seen_by_the_timeout_of_the_client(centre, behaviour):
    centre.script.append(behaviour)
    with pytest.raises(TimeoutError):
        ask(centre.address, timeout=0.2)
    assert not centre.queries[0].is_delivered


@pytest.mark.parametrize("behaviour", [die, die_after(0), die_after(5000)])
def test_broken_connections_are_errors_and_not_delivered(centre, behaviour):
    centre.script.append(behaviour)
    with pytest.raises((OSError, http.client.HTTPException)):
        ask(centre.address)
    assert not centre.queries[0].is_delivered


def test_half_an_answer_is_seen_by_its_length(centre, data):
    centre.script.append(send_half)
    with pytest.raises(http.client.IncompleteRead) as error:
        ask(centre.address)
    assert error.value.partial == data[: len(data) // 2]
    assert not centre.queries[0].is_delivered


def test_cut_answers_have_lengths_that_match(centre, data):
    centre.script += [cut_in_record, cut_between_records]
    in_record, between = ask(centre.address), ask(centre.address)
    n_records = len(records_of(data))
    assert len(records_of(data)) >= 4
    assert data.startswith(in_record) and len(in_record) % 4096
    assert data.startswith(between) and records_of(between) == records_of(data)[: n_records // 2]


def test_records_in_another_order_and_twice(centre, data):
    centre.script += [reverse_records, repeat_records]
    times = [record.starttime for record in records_of(data)]
    assert [r.starttime for r in records_of(ask(centre.address))] == times[::-1]
    assert [r.starttime for r in records_of(ask(centre.address))] == sorted(times * 2)


def test_other_channels_and_times_with_the_same_samples(centre, data):
    centre.script += [rename(station="OTHER", channel="HHN"), shift_days(-1)]
    renamed, shifted = ask(centre.address), ask(centre.address)
    assert {r.channel for r in records_of(renamed)} == {("XX", "OTHER", "00", "HHN")}
    day = 86400 * 10**9
    expected = [record.starttime - day for record in records_of(data)]
    assert [record.starttime for record in records_of(shifted)] == expected
    # The last day of the year before.
    assert records_of(shifted)[0].starttime == (START - 86400).ns
    for changed in (renamed, shifted):
        assert np.array_equal(
            np.frombuffer(changed, "u1")[64:512], np.frombuffer(data, "u1")[64:512]
        )


def test_a_page_with_status_200(centre):
    centre.script.append(answer_html)
    assert ask(centre.address).startswith(b"<!DOCTYPE html>")


def test_requests_at_once_are_counted_and_limited(centre):
    n_clients = 4
    gate = threading.Barrier(n_clients)

    def wait_for_others(exchange):
        gate.wait(10)
        exchange.give(exchange.ask())

    centre.script += [wait_for_others] * n_clients
    with ThreadPoolExecutor(n_clients) as pool:
        list(pool.map(ask, [centre.address] * n_clients))
    assert centre.most_at_once == n_clients
    assert sorted(asked.at_once for asked in centre.asked) == [1, 2, 3, 4]
    for _ in range(20):
        ask(centre.address)
    assert {asked.at_once for asked in centre.asked[n_clients:]} == {1}


def test_above_the_limit_of_requests_at_once_is_429(centre):
    centre.rule = no_more_at_once(1)
    centre.script.append(never_answer)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, centre.address)
        while not centre.asked:
            pass
        with pytest.raises(urllib.error.HTTPError, match="429"):
            ask(centre.address)
        centre.closing.set()
        with pytest.raises(OSError, match="reset"):
            first.result()


def test_a_rule_for_some_channels(centre, data):
    centre.rule = by_lines({"HHN": answer(403)})
    assert ask(centre.address) == data
    with pytest.raises(urllib.error.HTTPError, match="403"):
        ask(centre.address, BODY.replace(b"HHZ", b"HHN"))


def test_a_delay_changes_nothing_else(centre, data):
    centre.script.append(delay(0.01))
    assert ask(centre.address) == data


def test_a_client_that_was_killed_did_not_get_its_answer(server):
    with proxy(dataselect=server) as centre:
        with socket.create_connection(("127.0.0.1", centre.server_port)) as client:
            head = (
                f"POST /fdsnws/dataselect/1/query HTTP/1.1\r\nContent-Length: {len(BODY)}\r\n\r\n"
            )
            client.sendall(head.encode() + BODY)
            # What is not read when a process ends makes the system reset the connection.
            client.recv(1)
        ask(centre.address)
    assert [asked.is_delivered for asked in centre.asked] == [False, True]


def test_a_mistake_in_a_rule_fails_the_test_that_has_it(server):
    with pytest.raises(ExceptionGroup, match="failed") as error, proxy(dataselect=server) as centre:
        centre.rule = lambda asked: asked.no_such_thing
        with pytest.raises((OSError, http.client.HTTPException)):
            ask(centre.address)
    assert "no_such_thing" in str(error.value.exceptions[0])


def test_a_server_behind_that_is_not_there_fails_the_test():
    address = f"http://127.0.0.1:{free_port()}"
    broken = pytest.raises((OSError, http.client.HTTPException))
    with pytest.raises(ExceptionGroup) as error, proxy(dataselect=address) as centre, broken:
        ask(centre.address)
    assert f"the server at {address} did not answer" in str(error.value.exceptions[0])
