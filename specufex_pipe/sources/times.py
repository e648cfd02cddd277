"""Times as the metadata of waveforms have them."""

from datetime import UTC, datetime

from obspy import UTCDateTime

# Whole years that 64 bits of nanoseconds reach.
_FIRST_YEAR, _LAST_YEAR = 1678, 2261
_LENGTH_OF_DATE = 10


def parse_start(text: str) -> UTCDateTime:
    """Return the UTCDateTime of a text in ISO 8601, which is UTC unless it names an offset.

    Raises
    ------
    ValueError
        If the text is not a time of day of a date, or of a year that cannot be.
    """
    # Other forms that Python takes, such as 20100901.12, are more likely mistakes.
    if text[_LENGTH_OF_DATE : _LENGTH_OF_DATE + 1] not in ("T", " "):
        raise ValueError(f"{text!r} is not ISO 8601, such as 2010-09-01T12:03:20.5")
    try:
        time = datetime.fromisoformat(text)
        time = time.astimezone(UTC) if time.tzinfo else time
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not ISO 8601 ({error})") from error
    if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
        raise ValueError(f"{text!r} is not in the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return UTCDateTime(time)
