"""Credentials for restricted data, from the environment and nowhere else."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

_TOKEN = "EIDA_TOKEN"  # noqa: S105 - the name of a variable
_BEGIN_OF_TOKEN = re.compile(r"BEGIN PGP (SIGNED )?MESSAGE", re.IGNORECASE)


@dataclass(frozen=True)
class Credentials:
    """Credentials for a data centre; what shows them shows the names of variables.

    Attributes
    ----------
    variables : str
        Where they are from.
    user, password : str or None
    token : str or None
        Text of an EIDA token, which a data centre exchanges for a user and a password.
    """

    variables: str
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may show."""
        return tuple(secret for secret in (self.password, self.user, self.token) if secret)


def read_credentials(
    address: str, *, is_sole: bool, environment: Mapping[str, str] | None = None
) -> Credentials:
    """Return the credentials that the environment has for a data centre, which may be none.

    A user and a password come before a token, and those of the host before those for the sole
    data centre of the settings.

    Parameters
    ----------
    address : str
    is_sole : bool
        Whether the settings name the data centre.
    environment : mapping, optional
        Of the process by default.

    Raises
    ------
    ValueError
        If there is a user without a password or a password without a user, one is not ASCII, or
        the token is neither a token nor the path of one. The message names the variable.
    """
    environment = os.environ if environment is None else environment
    for user_variable, password_variable in _pairs(address, is_sole):
        user, password = environment.get(user_variable), environment.get(password_variable)
        if not user and not password:
            continue
        for variable, value in ((user_variable, user), (password_variable, password)):
            if not value:
                raise ValueError(
                    f"{variable} is not set, but {user_variable if user else password_variable} "
                    "is: set both or none"
                )
            if not (value.isascii() and value.isprintable()):
                raise ValueError(
                    f"{variable} has other characters than printable ASCII, which digest "
                    "authentication cannot send"
                )
        return Credentials(f"{user_variable} and {password_variable}", user, password)
    if text := environment.get(_TOKEN):
        return Credentials(_TOKEN, token=_read_token(text))
    return Credentials("")


def how_to_give_credentials(address: str, *, is_sole: bool) -> str:
    """Return which variables of the environment would give credentials for a data centre."""
    pairs = [" and ".join(pair) for pair in _pairs(address, is_sole)]
    return f"set {' or '.join([*pairs, _TOKEN])} if you have access"


def _pairs(address: str, is_sole: bool) -> list[tuple[str, str]]:
    host = re.sub("[^A-Z0-9]", "_", (urlsplit(address).hostname or "").upper())
    pairs = [(f"FDSN_USER_{host}", f"FDSN_PASSWORD_{host}")]
    return [*pairs, ("FDSN_USER", "FDSN_PASSWORD")] if is_sole else pairs


def _read_token(text: str) -> str:
    if _BEGIN_OF_TOKEN.search(text):
        return text
    try:
        token = Path(text).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        # Not even the path: it may be a token that was cut.
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise ValueError(
            f"{_TOKEN} is neither a token (a PGP message) nor the path of a file that can be "
            f"read ({reason})"
        ) from None
    if not _BEGIN_OF_TOKEN.search(token):
        raise ValueError(f"{_TOKEN} names a file that is not a token (a PGP message)")
    return token
