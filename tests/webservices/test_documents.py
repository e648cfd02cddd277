"""What services send is looked through from the begin to the end."""

import io

import numpy as np
import obspy
import pytest
from helpers.paths import REPOSITORY
from helpers.web_documents import miniseed, quakeml, stationxml, wadl
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.webservices.documents import (
    BrokenOff,
    NotTheDocument,
    excerpt,
    require_miniseed,
    require_xml,
)

DEMO = sorted((REPOSITORY / "resources" / "demo").rglob("*HHZ*"))


def records(length, byteorder, n_samples=3000):
    trace = obspy.Trace(np.arange(n_samples, dtype=np.int32))
    content = io.BytesIO()
    obspy.Stream([trace]).write(content, format="MSEED", reclen=length, byteorder=byteorder)
    return content.getvalue()


@pytest.mark.parametrize("byteorder", [">", "<"])
def test_records_of_any_length_and_order_are_miniseed(byteorder):
    require_miniseed(b"".join(records(length, byteorder) for length in (256, 4096, 512)))


def test_real_records_are_miniseed():
    assert DEMO
    for path in DEMO[:5]:
        require_miniseed(path.read_bytes())


def test_records_that_do_not_say_their_length_are_taken_as_they_are():
    old = bytearray(records(512, ">")[:512])
    old[46:48] = b"\0\0"  # no blockette
    require_miniseed(bytes(old) + b"whatever")


@given(st.integers(1, len(miniseed()) - 1), st.sampled_from([">", "<"]))
def test_records_that_are_cut_are_broken_off(n_bytes, byteorder):
    content = records(512, byteorder)
    n_bytes %= len(content)
    if n_bytes % 512 == 0:
        if n_bytes:
            require_miniseed(content[:n_bytes])
        return
    with pytest.raises(BrokenOff if n_bytes >= 8 else NotTheDocument):
        require_miniseed(content[:n_bytes])


def test_what_follows_records_is_said():
    with pytest.raises(BrokenOff, match="'Error 500'"):
        require_miniseed(miniseed() + b"<h1>Error 500</h1>")


@given(st.binary(max_size=600))
def test_no_bytes_lead_the_check_of_records_astray(content):
    for text in (content, miniseed()[:47] + content, miniseed()[:512] + content):
        try:
            require_miniseed(text)
        except NotTheDocument as error:
            assert str(error).isprintable()


@pytest.mark.parametrize(
    ("content", "root"),
    [(stationxml(), "FDSNStationXML"), (quakeml(), "quakeml"), (wadl("event"), "application")],
)
def test_xml_is_taken_whole_alone(content, root):
    require_xml(content, root)
    require_xml(content + b"<!-- the end -->\n", root)
    for n_bytes in range(len(content.rstrip())):
        with pytest.raises(NotTheDocument):
            require_xml(content[:n_bytes], root)
    with pytest.raises(BrokenOff):
        require_xml(content[:-30], root)


@given(st.binary(max_size=400) | st.text(max_size=400))
def test_whatever_is_sent_is_shown_in_one_short_printable_line(content):
    line = excerpt(content)
    assert line.isprintable() and len(line) <= 203


def test_secrets_are_left_out_of_what_is_shown():
    assert (
        excerpt("Who is me with pass <b>word</b>?", ["pass <b>word</b>"]) == "Who is me with ***?"
    )
