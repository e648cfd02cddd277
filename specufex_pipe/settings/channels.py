"""Channels: SEED ids, expressions for several of them, and the folders of their results."""

import re

_CODE = r"[A-Za-z0-9*?]{0,8}"
_SEED_ID = re.compile(rf"{_CODE}\.{_CODE}\.{_CODE}\.{_CODE}")
# What stands for an empty code in the name of a folder, which must not begin with a dot.
_EMPTY = "_"


def check_channel(channel: str) -> None:
    """Raise a ValueError if a text is not a SEED id, or an expression for several."""
    if not _SEED_ID.fullmatch(channel) or channel == "...":
        raise ValueError(
            f"{channel!r} is not a valid SEED id; expected NET.STA.LOC.CHA, such as "
            "YA.UV05.00.HHZ, or with empty codes as the files have them: YA.UV05..HHZ, .UV05..Z"
        )


def is_expression(channel: str) -> bool:
    """Tell whether a channel has * or ?, and so stands for what the source has."""
    return "*" in channel or "?" in channel


def of_sensor(channel: str) -> str:
    """Return the expression for all components of the sensor that a channel is of."""
    codes, _, code = channel.rpartition(".")
    return f"{codes}.{code if not code or code.endswith('*') else code[:-1] + '?'}"


def folder_of_channel(channel: str) -> str:
    """Return the name of the folder of a channel: its SEED id, with _ for an empty code.

    The code of the location may be empty in any archive, and stays so.
    """
    network, station, location, code = channel.split(".")
    return f"{network or _EMPTY}.{station or _EMPTY}.{location}.{code or _EMPTY}"


def channel_of_folder(folder: str) -> str:
    """Return the SEED id of a channel by the name of its folder."""
    return ".".join("" if code == _EMPTY else code for code in folder.split("."))
