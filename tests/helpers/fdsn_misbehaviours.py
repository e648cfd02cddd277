"""What data centres do that they should not; for `rule` and `script` of a proxy.

Those that change records expect miniSEED 2 in big-endian order, as dataselect servers send it.
"""

import struct
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime

from helpers.fdsn_proxy import Asked, Behaviour, Exchange, Reply, Rule, pass_on
from helpers.fdsn_server import records_of

LOGIN_PAGE = """<!DOCTYPE html>
<html><head><title>Welcome</title></head><body><p>Please log in to the network.</p></body></html>
"""
# Where the fixed header of a record has its codes, and how long they are.
CODES = {"station": (8, 5), "location": (13, 2), "channel": (15, 3), "network": (18, 2)}
YEAR_AND_DAY = slice(20, 24)


def answer(
    status: int,
    body: str = "",
    *,
    retry_after: int | str | datetime | None = None,
    content_type: str = "text/plain",
) -> Behaviour:
    """Answer with a status; Retry-After is seconds, a date whose zone is UTC, or any text."""
    headers = {"Content-Type": content_type}
    if isinstance(retry_after, datetime):
        headers["Retry-After"] = format_datetime(retry_after, usegmt=True)
    elif retry_after is not None:
        headers["Retry-After"] = str(retry_after)

    def behave(exchange: Exchange) -> None:
        exchange.give(Reply(status, headers, body.encode()))

    return behave


# What a network says that wants a login first.
answer_html = answer(200, LOGIN_PAGE, content_type="text/html")


def never_answer(exchange: Exchange) -> None:
    """Say nothing until the test is over."""
    exchange.server.closing.wait()
    exchange.reset()


def stall_after(n_bytes: int) -> Behaviour:
    """Send the first bytes of the answer, and then nothing until the test is over."""

    def behave(exchange: Exchange) -> None:
        reply = exchange.ask()
        exchange.send_head(reply)
        exchange.wfile.write(reply.body[:n_bytes])
        exchange.server.closing.wait()
        exchange.reset()

    return behave


def die(exchange: Exchange) -> None:
    """Break the connection before anything is said."""
    exchange.reset()


def die_after(n_bytes: int) -> Behaviour:
    """Break the connection after so many bytes of the answer."""

    def behave(exchange: Exchange) -> None:
        reply = exchange.ask()
        exchange.send_head(reply)
        exchange.wfile.write(reply.body[:n_bytes])
        exchange.reset()

    return behave


def send_half(exchange: Exchange) -> None:
    """Announce the whole answer, send half of it, and close the connection as if all was well."""
    reply = exchange.ask()
    exchange.send_head(reply)
    exchange.send_body(reply.body[: len(reply.body) // 2], is_all=False)


def delay(seconds: float) -> Behaviour:
    """Pass on, but late."""

    def behave(exchange: Exchange) -> None:
        exchange.server.closing.wait(seconds)
        pass_on(exchange)

    return behave


def rewrite(change: Callable[[bytes], bytes]) -> Behaviour:
    """Give an answer of the server with another body, and a length that matches it."""

    def behave(exchange: Exchange) -> None:
        reply = exchange.ask()
        if reply.status == 200:
            reply = reply._replace(body=change(reply.body))
        exchange.give(reply)

    return behave


def records(data: bytes) -> list[bytearray]:
    """Return the records of miniSEED."""
    return [bytearray(data[r.offset : r.offset + r.length]) for r in records_of(data)]


def cut_in_half(data: bytes) -> bytes:
    """Return the first half of the records."""
    pieces = records(data)
    return b"".join(pieces[: len(pieces) // 2])


def cut_in_a_record(data: bytes) -> bytes:
    """Return miniSEED up to the middle of a record in its middle."""
    pieces = records(data)
    middle = len(pieces) // 2
    return b"".join(pieces[:middle]) + pieces[middle][: len(pieces[middle]) // 2]


# With lengths that match what is sent: nothing in HTTP says that something is missing or wrong.
cut_in_record = rewrite(cut_in_a_record)
cut_between_records = rewrite(cut_in_half)  # of two or more
reverse_records = rewrite(lambda data: b"".join(reversed(records(data))))
repeat_records = rewrite(lambda data: b"".join(record * 2 for record in records(data)))


def rename(**codes: str) -> Behaviour:
    """Give the records as those of another channel: rename(station="OTHER")."""

    def change(data: bytes) -> bytes:
        pieces = records(data)
        for record in pieces:
            for name, code in codes.items():
                start, length = CODES[name]
                record[start : start + length] = code.ljust(length).encode()
        return b"".join(pieces)

    return rewrite(change)


def shift_days(days: int) -> Behaviour:
    """Give the records as those of another day."""

    def change(data: bytes) -> bytes:
        pieces = records(data)
        for record in pieces:
            year, day = struct.unpack(">HH", record[YEAR_AND_DAY])
            date = datetime(year, 1, 1) + timedelta(days=day - 1 + days)
            record[YEAR_AND_DAY] = struct.pack(">HH", date.year, date.timetuple().tm_yday)
        return b"".join(pieces)

    return rewrite(change)


def no_more_at_once(most: int, otherwise: Behaviour | None = None) -> Rule:
    """Return a rule: above so many requests at once, 429, or what is given."""
    behaviour = otherwise or answer(429, "Too many requests at once.\n")
    return lambda asked: behaviour if asked.at_once > most else None


def by_lines(behaviours: dict[str, Behaviour]) -> Rule:
    """Return a rule: what to do with queries that have a text in one of their lines."""

    def rule(asked: Asked) -> Behaviour | None:
        found = [b for text, b in behaviours.items() if any(text in li for li in asked.lines)]
        return found[0] if found else None

    return rule
