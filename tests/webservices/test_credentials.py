"""Credentials come from the environment, go to the host that they are for, and show nowhere."""

import hashlib
import io
import logging
import secrets
import ssl
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from urllib.request import parse_http_list, parse_keqv_list

import pytest
import trustme
from helpers.scripted_server import Reply, ScriptedServer
from helpers.web_documents import PATHS, miniseed, wadl

from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.webservices.credentials import read_credentials
from specufex_pipe.webservices.data_centre import DataCentre
from specufex_pipe.webservices.manners import Manners
from specufex_pipe.webservices.opener import is_same_host

QUERY, QUERYAUTH = f"{PATHS['dataselect']}/query", f"{PATHS['dataselect']}/queryauth"
AUTH, DESCRIPTION = f"{PATHS['dataselect']}/auth", f"{PATHS['dataselect']}/application.wadl"
USER, PASSWORD = "me@observatory", "correct horse"
TOKEN = "-----BEGIN PGP MESSAGE-----\nowGbwMvMwMHYdWhz\n-----END PGP MESSAGE-----\n"


def digest(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Gate:
    """Digest authentication (RFC 2617) in front of waveforms, for users that may change.

    It is careless: what it says to who is not let in repeats names and a password.
    """

    def __init__(self, users, repeats=""):
        self.users, self.repeats, self.nonces = users, repeats, set()

    def __call__(self, asked):
        scheme, _, text = asked.headers.get("Authorization", "").partition(" ")
        said = parse_keqv_list(parse_http_list(text)) if scheme == "Digest" else {}
        password = self.users.get(said.get("username"))
        if password is not None and said["nonce"] in self.nonces:
            one = digest(f"{said['username']}:FDSN:{password}")
            two = digest(f"{asked.method}:{asked.path}")
            middle = ":".join(said[key] for key in ("nonce", "nc", "cnonce", "qop"))
            if said["response"] == digest(f"{one}:{middle}:{two}"):
                return Reply(200, miniseed())
        nonce = secrets.token_hex(8)
        self.nonces.add(nonce)
        challenge = f'Digest realm="FDSN", nonce="{nonce}", algorithm=MD5, qop="auth"'
        said = f"who is {said.get('username')}, {self.repeats}?".encode()
        return Reply(401, said, {"WWW-Authenticate": challenge})


@pytest.fixture
def tls(monkeypatch, tmp_path):
    """A server's context, whose certificate this process trusts."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "trusted.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    return context


@pytest.fixture
def eida(tls):
    """A data centre of EIDA, which exchanges the token for users of its gate."""
    with ScriptedServer(tls) as server:
        server.script(DESCRIPTION, [Reply(200, wadl("dataselect", has_auth=True))])
        yield server


@pytest.fixture
def user(monkeypatch):
    monkeypatch.setenv("FDSN_USER", USER)
    monkeypatch.setenv("FDSN_PASSWORD", PASSWORD)


@pytest.fixture(autouse=True)
def nothing_secret_shows(caplog, capfd, monkeypatch):
    """Scan whatever is logged, printed, warned of or raised."""
    raised = io.StringIO()
    init = Unanswered.__init__

    def note(self, answer, said, **how):
        init(self, answer, said, **how)
        raised.write(said)

    monkeypatch.setattr(Unanswered, "__init__", note)
    with caplog.at_level(logging.DEBUG):
        yield
    out, err = capfd.readouterr()
    for text in (caplog.text, out, err, raised.getvalue()):
        for secret in (USER, PASSWORD, TOKEN, "owGbw", "temporary", "key-of-a-day"):
            assert secret not in text


def test_user_and_password_open_restricted_waveforms(server, centre_of, lines, user):
    server.script(QUERYAUTH, [Gate({USER: PASSWORD})])
    assert centre_of(server).get_waveforms(lines) == miniseed()
    assert len(server.asked_at(QUERYAUTH)) == 2  # the challenge, and its answer
    assert server.asked_at(QUERY) == []
    assert not any(PASSWORD in str(asked) for asked in server.asked)


def test_user_and_password_of_a_host_are_for_whoever_leads_there(
    server, centre_of, lines, monkeypatch
):
    monkeypatch.setenv("FDSN_USER_127_0_0_1", USER)
    monkeypatch.setenv("FDSN_PASSWORD_127_0_0_1", PASSWORD)
    monkeypatch.setenv("FDSN_USER", "other")
    monkeypatch.setenv("FDSN_PASSWORD", "other")
    server.script(QUERYAUTH, [Gate({USER: PASSWORD})])
    for is_sole in (True, False):
        assert centre_of(server, is_sole=is_sole).get_waveforms(lines) == miniseed()


def test_data_centres_of_a_router_do_not_get_the_password_of_another(
    server, centre_of, lines, user
):
    server.script(QUERY, [Reply(200, miniseed())])
    assert centre_of(server, is_sole=False).get_waveforms(lines) == miniseed()
    assert server.asked_at(QUERYAUTH) == []


def test_a_password_that_is_refused_is_sent_once(server, centre_of, unanswered, user):
    server.script(QUERYAUTH, [Gate({USER: "another"}, repeats=PASSWORD)])
    caught = unanswered(centre_of(server))
    assert caught.answer is Answer.REFUSED
    assert "who is ***, ***?" in caught.said
    assert caught.said.endswith("asked with FDSN_USER and FDSN_PASSWORD of the environment")
    assert len(server.asked_at(QUERYAUTH)) == 2


@pytest.mark.parametrize(
    "challenge",
    ["Basic realm=x", "Bearer", "Digest realm=x, nonce=y, algorithm=SHA-512-256", "Digest", ""],
)
def test_other_challenges_are_not_answered(server, centre_of, unanswered, user, challenge):
    server.script(QUERYAUTH, [Reply(401, b"", {"WWW-Authenticate": challenge})])
    assert unanswered(centre_of(server)).answer in (Answer.REFUSED, Answer.FAILED)
    assert len(server.asked_at(QUERYAUTH)) == 1
    assert "Authorization" not in server.asked_at(QUERYAUTH)[0].headers


def test_a_redirect_to_another_host_is_not_followed_with_a_password(
    server, centre_of, unanswered, user
):
    with ScriptedServer() as other:
        other.script("/new", [Gate({USER: PASSWORD})])
        server.script(QUERYAUTH, [Reply(302, headers={"Location": f"{other.url}/new?key=1"})])
        caught = unanswered(centre_of(server))
        assert other.asked == []
    assert caught.answer is Answer.FAILED
    assert f"it redirects to {other.url}/new, which is not followed with cred" in caught.said


def test_a_redirect_within_the_host_is_followed_with_a_password(server, centre_of, lines, user):
    server.script("/new", [Gate({USER: PASSWORD})])
    server.script(QUERYAUTH, [Reply(302, headers={"Location": "/new"})])
    assert centre_of(server).get_waveforms(lines) == miniseed()


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ("http://host/b", True), ("https://host/b", True), ("https://host:443/b", True),
        ("http://host:8080/b", False), ("https://host:8080/b", False), ("http://host.b/", False),
        ("http://me@host/b", False),
    ],
)  # fmt: skip
def test_credentials_go_to_the_same_host_and_its_https_alone(other, is_same):
    assert is_same_host("http://host/a", other) == is_same
    assert not is_same_host("https://host/a", "http://host/a")


@pytest.mark.parametrize("is_sole", [True, False])
def test_who_is_refused_is_told_which_variables_would_help(server, centre_of, unanswered, is_sole):
    server.script(QUERY, [Reply(403, b"Embargoed")])
    caught = unanswered(centre_of(server, is_sole=is_sole))
    assert caught.answer is Answer.REFUSED
    assert "403 Forbidden, Embargoed; set FDSN_USER_127_0_0_1 and FDSN_PASS" in caught.said
    assert (" or FDSN_USER and FDSN_PASSWORD" in caught.said) == is_sole
    assert "EIDA_TOKEN" in caught.said


@pytest.mark.parametrize("is_file", [True, False])
def test_a_token_is_exchanged_once_for_user_and_password(
    eida, centre_of, lines, monkeypatch, tmp_path, is_file
):
    (tmp_path / "token").write_text(TOKEN)
    monkeypatch.setenv("EIDA_TOKEN", str(tmp_path / "token") if is_file else TOKEN)
    eida.script(AUTH, [Reply(200, b"temporary:key-of-a-day")])
    eida.script(QUERYAUTH, [Gate({"temporary": "key-of-a-day"})])
    centre = centre_of(eida)
    for _ in range(2):
        assert centre.get_waveforms(lines) == miniseed()
    (exchanged,) = eida.asked_at(AUTH)
    assert exchanged.body.decode() == TOKEN
    assert eida.asked_at(QUERY) == []


def test_a_token_is_exchanged_again_when_what_it_gave_has_expired(
    eida, centre_of, lines, monkeypatch, unanswered
):
    monkeypatch.setenv("EIDA_TOKEN", TOKEN)
    gate = Gate({"temporary": "key-of-a-day"})
    eida.script(AUTH, [Reply(200, b"temporary:key-of-a-day"), Reply(200, b"temporary2:new")])
    eida.script(QUERYAUTH, [gate])
    centre = centre_of(eida)
    centre.get_waveforms(lines)
    gate.users = {"temporary2": "new"}
    assert centre.get_waveforms(lines) == miniseed()
    gate.users = {}
    assert unanswered(centre).answer is Answer.REFUSED
    assert len(eida.asked_at(AUTH)) == 3


def test_threads_that_meet_the_end_of_a_login_exchange_the_token_once(
    eida, centre_of, lines, monkeypatch
):
    monkeypatch.setenv("EIDA_TOKEN", TOKEN)
    gate = Gate({"temporary": "key-of-a-day"})
    refused = threading.Barrier(2)

    def answer(asked):
        reply = gate(asked)
        if reply.status == 401 and "Authorization" in asked.headers:
            refused.wait(5.0)
        return reply

    eida.script(AUTH, [Reply(200, b"temporary:key-of-a-day"), Reply(200, b"temporary2:new")])
    eida.script(QUERYAUTH, [answer])
    centre = centre_of(eida)
    centre.get_waveforms(lines)
    gate.users = {"temporary2": "new"}
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(centre.get_waveforms, [lines] * 2)) == [miniseed()] * 2
    assert len(eida.asked_at(AUTH)) == 2


def test_a_token_is_not_sent_to_who_does_not_ask_for_it(server, centre_of, lines, monkeypatch):
    monkeypatch.setenv("EIDA_TOKEN", TOKEN)
    server.script(QUERY, [Reply(200, miniseed())])
    assert centre_of(server).get_waveforms(lines) == miniseed()
    assert server.asked_at(AUTH) == []


def test_a_token_does_not_follow_a_redirect(eida, centre_of, unanswered, monkeypatch):
    monkeypatch.setenv("EIDA_TOKEN", TOKEN)
    with ScriptedServer() as other:
        eida.script(AUTH, [Reply(307, headers={"Location": f"{other.url}/auth"})])
        assert "not followed with credentials" in unanswered(centre_of(eida)).said
        assert other.asked == []


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (Reply(403, b"Expired: " + TOKEN.encode()), Answer.REFUSED),
        (Reply(200, b"temporary"), Answer.FAILED),
        (Reply(200, b"temporary:key-of-a-day:more"), Answer.FAILED),
        (Reply(200, b"\xff\xfe"), Answer.FAILED),
        (Reply(200, b""), Answer.FAILED),
    ],
)
def test_a_token_that_is_not_taken_is_said(eida, centre_of, unanswered, monkeypatch, reply, answer):
    monkeypatch.setenv("EIDA_TOKEN", TOKEN)
    eida.script(AUTH, [reply])
    centre = centre_of(eida)
    assert [unanswered(centre).answer for _ in range(3)] == [answer] * 3
    assert len(eida.asked_at(AUTH)) == 1
    assert eida.asked_at(QUERYAUTH) == eida.asked_at(QUERY) == []


def test_a_certificate_that_is_not_trusted_is_not_tried_again(
    eida, centre_of, unanswered, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    caught = unanswered(centre_of(eida))
    assert "SSLCertVerificationError" in caught.said and "(1 attempt)" in caught.said


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"FDSN_USER": "hidden"}, "FDSN_PASSWORD is not set, but FDSN_USER is"),
        ({"FDSN_PASSWORD": "hidden", "FDSN_USER": ""}, "FDSN_USER is not set"),
        ({"FDSN_USER_A_B_C": "hidden"}, "FDSN_PASSWORD_A_B_C is not set"),
        ({"FDSN_USER": "me", "FDSN_PASSWORD": "hiddenä"}, "FDSN_PASSWORD has other"),
        ({"FDSN_USER": "hidden\n", "FDSN_PASSWORD": "x"}, "FDSN_USER has other"),
        ({"EIDA_TOKEN": "/hidden/token"}, "EIDA_TOKEN is neither a token .* nor the path"),
        ({"EIDA_TOKEN": "hidden" * 1000}, "EIDA_TOKEN is neither"),
        ({"EIDA_TOKEN": "hidden\0"}, "EIDA_TOKEN is neither"),
        ({"EIDA_TOKEN": __file__.replace("test_credentials", "conftest")}, "not a token"),
    ],
)
def test_credentials_that_are_not_whole_name_the_variable(environment, variable):
    with pytest.raises(ValueError, match=variable) as caught:
        read_credentials("https://A-b.c:80", is_sole=True, environment=environment)
    assert "hidden" not in "".join(traceback.format_exception(caught.value))


def test_credentials_do_not_show_themselves(monkeypatch, user):
    centre = DataCentre("https://example.org", Manners())
    environment = {"EIDA_TOKEN": TOKEN}
    token = read_credentials(centre.address, is_sole=True, environment=environment)
    client = centre._client
    for shown in (centre, client, client._login, client._credentials, token):
        assert not any(secret in repr(shown) for secret in (PASSWORD, USER, "PGP"))
