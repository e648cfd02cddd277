"""Restricted data of the tests is had by who may, in the ways of ObsPy's client."""

import ssl
import urllib.error
import urllib.request

import pytest
from helpers.fdsn_misbehaviours import answer
from helpers.fdsn_proxy import proxy
from helpers.fdsn_restricted import TOKEN, Restricted, certificate
from helpers.fdsn_server import serve
from helpers.waveforms import START, noise, trace, write_file
from obspy.clients.fdsn import Client
from obspy.clients.fdsn.header import (
    FDSNException,
    FDSNForbiddenException,
    FDSNNoAuthenticationServiceException,
    FDSNUnauthorizedException,
)

LINE = ("XX", "STA", "00", "HHZ", START, START + 10)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    write_file(folder / "data.mseed", trace(noise(60)))
    with serve(folder) as address:
        yield address


@pytest.fixture
def centre(server, tmp_path, monkeypatch):
    tls = certificate(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    access = Restricted(users={"me": "my: secret"}, tokens={TOKEN: ("id", "key")})
    with proxy(dataselect=server, access=access, tls=tls) as centre:
        yield centre


def connect(centre, **credentials):
    # The client caches what services there are by their address, and a port may come again.
    mappings = {"event": None, "station": None}
    Client._Client__service_discovery_cache.clear()
    return Client(centre.address, service_mappings=mappings, **credentials)


def test_a_user_with_the_password_gets_data_in_two_requests(centre):
    client = connect(centre, user="me", password="my: secret")
    assert client.get_waveforms_bulk([LINE])[0].stats.npts == 1001
    assert [(asked.path, asked.status) for asked in centre.queries] == [
        ("/fdsnws/dataselect/1/queryauth", 401), ("/fdsnws/dataselect/1/queryauth", 200),
    ]  # fmt: skip
    start, end = LINE[-2:]
    assert client.get_waveforms("XX", "STA", "00", "HHZ", start, end)[0].stats.npts == 1001


@pytest.mark.parametrize(("user", "password"), [("me", "wrong"), ("you", "my: secret")])
def test_others_are_refused(centre, user, password):
    client = connect(centre, user=user, password=password)
    with pytest.raises(FDSNUnauthorizedException):
        client.get_waveforms_bulk([LINE])
    assert {asked.status for asked in centre.queries} == {401}


def test_a_token_is_exchanged_by_https_for_a_user_and_a_password(centre):
    client = connect(centre, eida_token=TOKEN)
    assert client.get_waveforms_bulk([LINE])[0].stats.npts == 1001
    secure = [asked.path for asked in centre.asked if asked.is_secure]
    assert secure == ["/fdsnws/dataselect/1/auth"]
    assert not any(TOKEN in asked.body for asked in centre.asked if not asked.is_secure)


def test_a_token_that_is_not_known_is_refused(centre):
    with pytest.raises(FDSNException, match="400"):
        connect(centre, eida_token=TOKEN.replace("aaaa", "bbbb"))


def test_a_token_is_not_taken_in_the_clear(centre):
    request = f"{centre.address}/fdsnws/dataselect/1/auth"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, TOKEN.encode())


def test_what_a_token_was_exchanged_for_may_expire(centre):
    client = connect(centre, eida_token=TOKEN)
    centre.access.forget()
    with pytest.raises(FDSNUnauthorizedException):
        client.get_waveforms_bulk([LINE])


def test_clients_that_do_not_trust_the_certificate_send_nothing(centre, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(urllib.error.URLError) as error:
        urllib.request.urlopen(f"{centre.secure_address}/fdsnws/dataselect/1/auth", TOKEN.encode())
    assert isinstance(error.value.reason, ssl.SSLCertVerificationError)
    assert centre.asked == []


def test_a_data_centre_without_tokens_has_no_auth(server):
    with proxy(dataselect=server, access=Restricted(users={"me": "secret"})) as centre:
        with pytest.raises(FDSNNoAuthenticationServiceException):
            connect(centre, eida_token=TOKEN)
        client = connect(centre, user="me", password="secret")
        assert client.get_waveforms_bulk([LINE])[0].stats.npts == 1001


def test_the_open_query_can_be_closed_and_the_script_waits_for_who_is_known(centre):
    closed = answer(403, "Restricted.")
    centre.rule = lambda asked: closed if asked.path.endswith("/query") else None
    with pytest.raises(FDSNForbiddenException):
        connect(centre).get_waveforms_bulk([LINE])
    centre.script.append(answer(413))
    with pytest.raises(FDSNException, match="413"):
        connect(centre, user="me", password="my: secret").get_waveforms_bulk([LINE])
    assert [asked.status for asked in centre.queries] == [403, 401, 413]
