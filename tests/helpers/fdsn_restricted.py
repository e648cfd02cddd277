"""Restricted data of a data centre: digest authentication at /queryauth, and EIDA's /auth.

    access = Restricted(users={"me": "secret"}, tokens={TOKEN: ("id", "key")})
    with serve(folder) as server, proxy(dataselect=server, access=access, tls=...) as centre:
        Client(centre.address, user="me", password="secret", ...)

The server behind has no restricted data: a proxy with `access` asks it by /query for what came
by /queryauth. /query stays open; a rule that answers 403 closes it.

ObsPy sends tokens by https to the same host and port. The proxy speaks both at one port where it
has a certificate, which clients trust by SSL_CERT_FILE in their environment.
"""

import copy
import secrets
import ssl
from collections.abc import Mapping
from hashlib import md5
from pathlib import Path
from urllib.request import parse_http_list, parse_keqv_list

import trustme
from lxml import etree

from helpers.fdsn_misbehaviours import answer
from helpers.fdsn_proxy import Asked, Behaviour, Exchange, Reply

REALM = "FDSN"
# The form of EIDA's tokens, and all that ObsPy's client looks at.
TOKEN = """-----BEGIN PGP MESSAGE-----
Version: GnuPG v2

owGbwMvMwMG4a6PDM8YtwmyMp9clMQTo1pQl5yeWFBdnFpQoWCkYGRgY6hgZGJoC
=aaaa
-----END PGP MESSAGE-----
"""
WADL = "{http://wadl.dev.java.net/2009/02}"


class Restricted:
    """Who may have restricted data: `access` of a proxy.

    Parameters
    ----------
    users : mapping of str to str, optional
        Passwords by user.
    tokens : mapping of str to (str, str), optional
        The user and the password that a token is exchanged for. Without any, there is no /auth.
    """

    def __init__(
        self,
        users: Mapping[str, str] | None = None,
        tokens: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self.users, self.tokens = dict(users or {}), dict(tokens or {})
        self.nonces: set[str] = set()

    def __call__(self, asked: Asked) -> Behaviour | None:
        path = asked.path.partition("?")[0]
        if path.endswith("/dataselect/1/auth") and self.tokens:
            return self.exchange_token(asked)
        if path.endswith("/dataselect/1/application.wadl"):
            return self.describe
        if path.endswith("/queryauth") and not self.knows(asked):
            return self.challenge
        return None

    def exchange_token(self, asked: Asked) -> Behaviour:
        """Give the user and the password of a token, by TLS alone; they are known from then on."""
        if not asked.is_secure:
            return answer(403, "Tokens are taken by https.\n")
        if asked.method != "POST" or asked.body not in self.tokens:
            return answer(400, "This is not a valid token.\n")
        user, password = self.tokens[asked.body]
        self.users[user] = password
        return answer(200, f"{user}:{password}")

    def knows(self, asked: Asked) -> bool:
        """Tell whether a request has a digest of a known user and password (RFC 7616, MD5)."""
        scheme, _, text = asked.headers.get("Authorization", "").partition(" ")
        said = parse_keqv_list(parse_http_list(text))
        user = said.get("username")
        if scheme != "Digest" or user not in self.users or said.get("nonce") not in self.nonces:
            return False
        secret = digest(user, REALM, self.users[user])
        # The path that was signed is the one that is asked for.
        request = digest(asked.method, asked.path)
        expected = digest(secret, said["nonce"], said["nc"], said["cnonce"], said["qop"], request)
        return said["uri"] == asked.path and said["response"] == expected

    def challenge(self, exchange: Exchange) -> None:
        """Ask for credentials."""
        nonce = secrets.token_hex(16)
        self.nonces.add(nonce)
        value = f'Digest realm="{REALM}", nonce="{nonce}", qop="auth", algorithm=MD5'
        exchange.give(Reply(401, {"WWW-Authenticate": value}, b"Who are you?\n"))

    def describe(self, exchange: Exchange) -> None:
        """Give the WADL of the server, with /queryauth, and with /auth where there are tokens."""
        reply = exchange.ask()
        exchange.give(reply._replace(body=with_auth(reply.body, bool(self.tokens))))

    def forget(self) -> None:
        """Forget all users, as when what was given for a token has expired."""
        self.users.clear()


def digest(*parts: str) -> str:
    return md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()


def with_auth(wadl: bytes, has_auth: bool) -> bytes:
    """Return a WADL with restricted access, in the form of EIDA's data centres."""
    root = etree.fromstring(wadl)
    resources = root.find(f"{WADL}resources")
    # ObsPy's client looks for auth right below the resources.
    (top,) = resources
    resources.extend(top.findall(f"{WADL}resource"))
    resources.remove(top)
    restricted = copy.deepcopy(resources.find(f"{WADL}resource[@path='query']"))
    restricted.set("path", "queryauth")
    for method in restricted:
        method.set("id", method.get("id") + "auth")
    resources.append(restricted)
    if has_auth:
        auth = etree.SubElement(resources, f"{WADL}resource", path="auth")
        etree.SubElement(auth, f"{WADL}method", name="POST", id="auth")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def certificate(path: Path) -> ssl.SSLContext:
    """Write the certificate of an authority of its own; return the other end, for a proxy.

    A client trusts it where SSL_CERT_FILE in its environment is the path.
    """
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context
