"""Times as text, in catalogs and in the metadata of waveforms alike: ISO 8601."""

import re
from datetime import UTC, datetime, tzinfo

from obspy import UTCDateTime

# Whole years that 64 bits of nanoseconds reach.
_FIRST_YEAR, _LAST_YEAR = 1678, 2261
_FIRST_TIME, _LAST_TIME = UTCDateTime(_FIRST_YEAR, 1, 1).ns, UTCDateTime(_LAST_YEAR + 1, 1, 1).ns
# What `datetime.fromisoformat` takes for a time has other forms, which are more likely mistakes.
_ISO_8601 = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|[+-]\d{2}:?(\d{2})?)?)?"
)


def parse_time(text: str, timezone: tzinfo = UTC) -> UTCDateTime:
    """Return the UTCDateTime of a text in ISO 8601.

    Parameters
    ----------
    text : str
    timezone : tzinfo
        Of a time that names no offset.

    Raises
    ------
    ValueError
        If the text is not a time, is of a year that cannot be kept in nanoseconds, or names an hour
        that the clocks of the time zone passed twice or skipped.
    """
    text = text.strip()
    if not _ISO_8601.fullmatch(text):
        raise ValueError(f"{text!r} is not ISO 8601, such as 2010-09-01T12:03:20.5")
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None and timezone is not UTC:
            _require_one_instant(time, timezone)
        time = (time if time.tzinfo else time.replace(tzinfo=timezone)).astimezone(UTC)
    except UnclearTime:
        raise
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not ISO 8601 ({error})") from error
    result = UTCDateTime(time)
    check_year(result, text)
    return result


def check_year(time: UTCDateTime, text: str = "") -> None:
    """Raise a ValueError if a time, written as `text`, is of a year that nanoseconds do not reach.

    Parameters
    ----------
    time : obspy.UTCDateTime
    text : str
        As it was read.
    """
    if not _FIRST_TIME <= time.ns < _LAST_TIME:
        try:
            text = text or str(time)
        except (ValueError, OverflowError):  # no year has so many digits
            text = f"{time.ns} ns after 1970"
        raise ValueError(f"{text!r} is not in the years {_FIRST_YEAR} to {_LAST_YEAR}")


class UnclearTime(ValueError):
    """A local time that is none, or two."""


def _require_one_instant(time: datetime, timezone: tzinfo) -> None:
    first, second = (time.replace(tzinfo=timezone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return
    exists = first.astimezone(UTC).astimezone(timezone).replace(tzinfo=None) == time
    said = "is twice" if exists else "never is, since clocks are changed,"
    raise UnclearTime(
        f"{time.isoformat()} {said} in {timezone}; name its offset, as in "
        f"{time.isoformat()}{first.strftime('%z')}"
    )
