"""Read a waveform file as a whole, without trust in what its headers claim."""

import bz2
import gzip
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple

import numpy as np
from obspy import Stream, Trace, UTCDateTime
from obspy.core.trace import Stats

from specufex_pipe.numerics.types import Array
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.files import LEAST_MEMORY, MOST_GROWTH, raise_if_machine_fails
from specufex_pipe.sources.formats import (
    PACKED_IN_LINES,
    SAMPLE_READERS,
    check_lines,
    holds_samples_alone,
    reader_of,
)

# No encoding has more: Steim2 packs seven samples into four bytes, WIN two into one.
MOST_SAMPLES_PER_BYTE = 8
# What 64 bits of nanoseconds since 1970 reach, less a year: 1679 to 2261.
MOST_SECONDS = 9_190_000_000
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_TAR, _TAR_AT = b"ustar", 257
_UNPACKERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open}
_BLOCK = 1 << 20
# What libmseed says of data that are not those which were recorded.
_DAMAGE = ("Data integrity check", "compression flag")
_SAC_UNSET = -12345.0


class Extent(NamedTuple):
    """What a file has of a channel.

    Attributes
    ----------
    channel : str
        SEED id.
    start, end : obspy.UTCDateTime
        Times of the first and the last sample.
    sampling_rate : float
        Hz; that of most samples.
    """

    channel: str
    start: UTCDateTime
    end: UTCDateTime
    sampling_rate: float


def read_whole(path: Path, file_format: str, sampling_rate: float | None = None) -> Stream:
    """Read all that is in a file.

    The format is always given: guessing it would try ObsPy's reader of pickles as well.

    Parameters
    ----------
    path : Path
    file_format : str
        As `formats.check_format` takes it.
    sampling_rate : float, optional
        Hz; of files that hold samples alone. Their trace has no channel and begins in 1970.

    Raises
    ------
    RejectedEvent
        If the file is missing, unreadable or damaged.
    OSError
        If the machine is to blame, and the file may be as good as any.
    """
    with _readable(path, file_format) as plain:
        if holds_samples_alone(file_format):
            samples = SAMPLE_READERS[file_format](plain)
            if not len(samples):
                raise ValueError("it holds no samples")
            return Stream([Trace(samples, {"sampling_rate": sampling_rate})])
        if file_format in PACKED_IN_LINES:
            check_lines(plain)
        _check_claims(_decode(str(plain), file_format, headonly=True), plain.stat().st_size)
        stream = decode(str(plain), file_format)
        for trace in stream:
            check_times(trace.stats)
            if "sac" in trace.stats:
                _check_extremes(trace)
        return stream


def read_extents(path: Path, file_format: str) -> list[Extent]:
    """Return what a file has of each channel, by its headers.

    Raises
    ------
    RejectedEvent
        If the file is missing or unreadable.
    OSError
        If the machine is to blame.
    """
    with _readable(path, file_format) as plain:
        stream = _decode(str(plain), file_format, headonly=True)
        _check_claims(stream, plain.stat().st_size)
        return extents_of(trace.stats for trace in stream)


def extents_of(headers: Iterable[Stats]) -> list[Extent]:
    """Return what traces with these headers have of each channel."""
    channels: dict[str, list[Stats]] = defaultdict(list)
    for stats in headers:
        check_times(stats)
        codes = (stats.network, stats.station, stats.location, stats.channel)
        channels[".".join(codes)].append(stats)
    return [
        Extent(
            channel,
            min(stats.starttime for stats in traces),
            max(stats.endtime for stats in traces),
            most_common_rate((stats.sampling_rate, stats.npts) for stats in traces),
        )
        for channel, traces in sorted(channels.items())
    ]


def most_common_rate(rates: Iterable[tuple[float, int]]) -> float:
    """Return the rate that has the greatest weight.

    Parameters
    ----------
    rates : iterable of (float, int)
        Rate, Hz, and its weight.
    """
    weights: dict[float, int] = defaultdict(int)
    for rate, weight in rates:
        weights[rate] += weight
    return max(weights, key=weights.__getitem__)


def decode(source: str | Array, file_format: str) -> Stream:
    """Let ObsPy read a file, or the bytes of one.

    Raises
    ------
    RejectedEvent
        If the samples are not those that were recorded, or there are none.
    """
    stream = _decode(source, file_format, headonly=False)
    if not stream:
        raise ValueError("it holds no waveforms")
    return stream


def _decode(source: str | Array, file_format: str, headonly: bool) -> Stream:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        stream = reader_of(file_format)(source, headonly=headonly)
    said = [str(each.message) for each in caught]
    damage = [text for text in said if any(sign in text for sign in _DAMAGE)]
    if damage:
        raise RejectedEvent(Kind.DAMAGED_DATA, f"libmseed says of it: {damage[0].strip()}")
    return stream


@contextmanager
def _readable(path: Path, file_format: str) -> Iterator[Path]:
    """Give the path of a file that can be read as it is; what goes wrong names the file."""
    with blame(path, file_format):
        if not path.is_file():  # a pipe would never end
            raise RejectedEvent(Kind.MISSING_FILE, str(path))
        with path.open("rb") as file:
            begin = file.read(_TAR_AT + len(_TAR))
        refuse_archive(begin)
        for sign, unpack in _UNPACKERS.items():
            if begin.startswith(sign):
                with unpack(path) as packed, NamedTemporaryFile() as plain:
                    _unpack(packed, plain, max(LEAST_MEMORY, MOST_GROWTH * path.stat().st_size))
                    yield Path(plain.name)
                return
        yield path


@contextmanager
def blame(path: Path, file_format: str) -> Iterator[None]:
    """Turn errors into those of a file, unless the machine is to blame.

    Raises
    ------
    RejectedEvent
    OSError
        If the machine is to blame.
    """
    named = f"{path} as {file_format}"
    try:
        yield
    except RejectedEvent as error:
        named = error.detail if str(path) in error.detail else f"{named} ({error.detail})"
        raise RejectedEvent(error.kind, named) from error
    except Exception as error:  # a reader of ObsPy raises whatever the damage leads it to
        raise_if_machine_fails(error, [path])
        raise RejectedEvent(
            Kind.UNREADABLE_FILE, f"{named} ({type(error).__name__}: {error})"
        ) from error


def refuse_archive(begin: bytes) -> None:
    """Raise a RejectedEvent if a file begins as an archive does: what is in it may be of any size.

    Parameters
    ----------
    begin : bytes
        First block of the file.
    """
    is_tar = begin[_TAR_AT:].startswith(_TAR)
    if is_tar or begin.startswith(_ZIP):
        kind = "tar" if is_tar else "zip"
        raise RejectedEvent(Kind.UNREADABLE_FILE, f"it is a {kind} archive; unpack it")


def _unpack(packed: Any, plain: Any, most_bytes: int) -> None:
    n_bytes = 0
    while block := packed.read(_BLOCK):
        if n_bytes == 0:
            refuse_archive(block)
        n_bytes += len(block)
        if n_bytes > most_bytes:
            raise ValueError(f"it unpacks to more than {most_bytes} bytes; unpack it")
        plain.write(block)
    plain.flush()


def _check_claims(headers: Stream, n_bytes: int) -> None:
    """Refuse headers that claim more samples than a file can hold, before they take memory."""
    n_samples = sum(trace.stats.npts for trace in headers)
    if n_samples > MOST_SAMPLES_PER_BYTE * n_bytes:
        raise RejectedEvent(
            Kind.UNREADABLE_FILE, f"its headers claim {n_samples} samples in {n_bytes} bytes"
        )


def check_times(stats: Stats) -> None:
    """Raise a ValueError if the times or the rate of a trace cannot be."""
    if not 0 < stats.sampling_rate < np.inf:
        raise ValueError(f"its sampling rate is {stats.sampling_rate:g} Hz")
    for time in (stats.starttime, stats.endtime):
        if abs(time.ns) > MOST_SECONDS * 10**9:
            raise ValueError(f"it has samples {time.ns / 1e9:.3g} s after 1970")


def _check_extremes(trace: Trace) -> None:
    """Hold samples to the extremes and the mean that a SAC header has of them."""
    sac, samples = trace.stats.sac, np.asarray(trace.data, np.float64)
    said = {name: float(sac.get(name, _SAC_UNSET)) for name in ("depmin", "depmax", "depmen")}
    if not len(samples) or not np.isfinite(samples).all() or not any(said.values()):
        return
    largest = np.abs(samples).max()
    precision = float(np.finfo(np.float32).eps)
    found = {"depmin": samples.min(), "depmax": samples.max(), "depmen": samples.mean()}
    for name, value in found.items():
        # A sum in single precision is as far off as this.
        tolerance = largest * precision * (len(samples) if name == "depmen" else 4)
        if said[name] != _SAC_UNSET and not abs(said[name] - value) <= tolerance:
            raise RejectedEvent(
                Kind.DAMAGED_DATA,
                f"its header says {name} {said[name]:g}, but it is {value:g}; if the samples are "
                "right, write the header anew, as ObsPy does with a file that it reads and writes",
            )
