"""A data centre of canned answers, asked with a clock of the test."""

import os

import pytest
from helpers.scripted_server import Reply, ScriptedServer
from helpers.web_documents import PATHS, wadl
from obspy import UTCDateTime

from specufex_pipe.webservices.answers import Unanswered
from specufex_pipe.webservices.data_centre import DataCentre
from specufex_pipe.webservices.hosts import Hosts
from specufex_pipe.webservices.lines import Line
from specufex_pipe.webservices.manners import Manners


class Time:
    """A clock that only sleeping moves on; keeps what was slept."""

    def __init__(self):
        self.seconds = 1000.0
        self.slept = []

    def clock(self):
        return self.seconds

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Keep the credentials and proxies of whoever tests away."""
    for name in list(os.environ):
        if name.upper().startswith(("FDSN_", "EIDA_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def hosts(time):
    """Hosts without jitter, at 2026-01-01T00:00:00."""
    return Hosts(sleep=time.sleep, clock=time.clock, now=lambda: 1767225600.0, uniform=lambda: 0.0)


@pytest.fixture
def server():
    """A data centre that describes its services, and has nothing else yet."""
    with ScriptedServer() as server:
        for kind, path in PATHS.items():
            server.script(f"{path}/application.wadl", [Reply(200, wadl(kind))])
        yield server


@pytest.fixture
def centre_of(hosts):
    """Make a data centre that is asked with manners."""

    def make(server, is_sole=True, **manners):
        manners = Manners(**{"timeout": 5.0, **manners})
        return DataCentre(server.url, manners, is_sole=is_sole, hosts=hosts)

    return make


@pytest.fixture
def lines():
    start = UTCDateTime(2016, 1, 1)
    return [Line("IV", "ARCI", "", "HHZ", start, start + 10)]


@pytest.fixture
def unanswered(lines):
    """Ask for waveforms, and return why none came."""

    def ask(centre):
        with pytest.raises(Unanswered) as caught:
            centre.get_waveforms(lines)
        said = caught.value.said
        assert said.isprintable() and str(caught.value) == said and len(said) < 1000
        return caught.value

    return ask
