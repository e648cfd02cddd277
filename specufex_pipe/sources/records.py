"""MiniSEED files by their records: only those with data in a window are read and unpacked."""

import os
import struct
import weakref
from pathlib import Path
from typing import NamedTuple

import numpy as np
from obspy import Stream, UTCDateTime

from specufex_pipe.numerics.types import Array, BoolArray, FloatArray, IntArray
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.formats import MSEED
from specufex_pipe.sources.reading import (
    MOST_SAMPLES_PER_BYTE,
    MOST_SECONDS,
    Extent,
    decode,
    most_common_rate,
    refuse_archive,
)

# The fixed header of a data record (SEED manual 2.4, chapter 8): name, type and offset.
_HEADER = (
    ("quality", "u1", 6), ("codes", "S12", 8), ("year", "u2", 20), ("day", "u2", 22),
    ("hour", "u1", 24), ("minute", "u1", 25), ("second", "u1", 26), ("fraction", "u2", 28),
    ("n_samples", "u2", 30), ("factor", "i2", 32), ("multiplier", "i2", 34),
    ("activity", "u1", 36), ("correction", "i4", 40),
)  # fmt: skip
_HEADER_BYTES = 48
_QUALITIES = b"DRQM"
_NO_DATA = b"\0 VAST"  # blank records, and the headers of full SEED
_IS_CORRECTED = 2  # bit of the activity flags
_RATE, _ENCODING = 100, 1000  # blockettes
_POWERS = range(7, 21)  # lengths of records are powers of two
# Years by which libmseed tells the order of bytes.
_YEARS = range(1900, 2101)
_BLOCK = 1 << 22
# A time may be off by a leap second, ns; some blockettes, which are not looked at, move it by less.
_SLACK = 2 * 10**9


class IrregularFile(Exception):
    """Records of a file cannot be told apart by their headers alone: read it as a whole."""


class RecordFile:
    """An open miniSEED file whose records have one length.

    Damaged records are left out, and the others are used.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    extents : list of Extent
    problem : str
        What is wrong with the file; empty if nothing is.

    Raises
    ------
    IrregularFile
        If it has records of several lengths, or is no plain miniSEED.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        weakref.finalize(self, os.close, self._file)
        begin = os.pread(self._file, 2 << _POWERS[-1], 0)
        refuse_archive(begin)
        self._layout = _find_layout(begin)
        records = self._headers()
        is_good = ~(records.is_damaged | records.is_empty)
        if not is_good.any():
            raise IrregularFile
        self._offsets = np.flatnonzero(is_good) * self._layout.length
        self._starts, self._ends = records.starts[is_good], records.ends[is_good]
        written, which = np.unique(records.channels[is_good], return_inverse=True)
        names = [seed_id(codes) for codes in written]
        self._numbers = {name: number for number, name in enumerate(sorted(set(names)))}
        # As short as can be: a large file has many records.
        self._channels = np.array([self._numbers[name] for name in names], np.int32)[which]
        rates, n_samples = records.rates[is_good], records.n_samples[is_good]
        self.extents = [self._extent(name, rates, n_samples) for name in self._numbers]
        n_damaged = int(records.is_damaged.sum())
        self.problem = (
            f"{path} as {MSEED} ({n_damaged} of its {len(is_good)} records are damaged)"
            if n_damaged
            else ""
        )

    @property
    def n_bytes(self) -> int:
        """Memory that it takes."""
        arrays = (self._offsets, self._starts, self._ends, self._channels)
        return sum(array.nbytes for array in arrays)

    def read(
        self, channel: str, starttime: UTCDateTime | None, endtime: UTCDateTime | None
    ) -> Stream:
        """Return the traces in the records that have data between two times, or in all.

        Raises
        ------
        RejectedEvent
            If what they hold is not what was recorded.
        """
        wanted = self._channels == self._numbers.get(channel, -1)
        if starttime is not None:
            wanted &= self._ends >= starttime.ns - _SLACK
        if endtime is not None:
            wanted &= self._starts <= endtime.ns + _SLACK
        offsets, length = self._offsets[wanted], self._layout.length
        if not len(offsets):
            return Stream()
        first = np.flatnonzero(np.diff(offsets, prepend=-length - 1) != length)
        last = np.append(first[1:], len(offsets)) - 1
        runs = zip(offsets[first].tolist(), offsets[last].tolist(), strict=True)
        content = [self._read_bytes(begin, end + length - begin) for begin, end in runs]
        return decode(np.frombuffer(b"".join(content), np.int8), MSEED)

    def _extent(self, channel: str, rates: FloatArray, n_samples: IntArray) -> Extent:
        own = self._channels == self._numbers[channel]
        return Extent(
            channel,
            UTCDateTime(ns=int(self._starts[own].min())),
            UTCDateTime(ns=int(self._ends[own].max())),
            most_common_rate(zip(rates[own].tolist(), n_samples[own].tolist(), strict=True)),
        )

    def _headers(self) -> "Records":
        """Return what the headers of all records say; a file may be larger than memory."""
        length = self._layout.length
        block, offset, parts = max(_BLOCK, length), 0, []
        while len(content := os.pread(self._file, block, offset)) >= length:
            n_records = len(content) // length
            parts.append(parse_headers(content, n_records, self._layout))
            offset += n_records * length
        return Records(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def _read_bytes(self, offset: int, n_bytes: int) -> bytes:
        content = os.pread(self._file, n_bytes, offset)
        if len(content) < n_bytes:
            raise RejectedEvent(Kind.UNREADABLE_FILE, "it has become shorter since it was opened")
        return content


class Layout(NamedTuple):
    """Where the first good record has its parts, as all records of the file should.

    Attributes
    ----------
    byte_order : str
    length : int
        Of a record, bytes.
    blockettes : dict of int
        Offset of each by its type.
    """

    byte_order: str
    length: int
    blockettes: dict[int, int]

    def dtype(self) -> np.dtype[np.void]:
        """Return the type of a header."""
        fields = list(_HEADER)
        at = self.blockettes[_ENCODING]
        fields += [("encoding_type", "u2", at), ("power", "u1", at + 6)]
        if _RATE in self.blockettes:
            at = self.blockettes[_RATE]
            fields += [("rate_type", "u2", at), ("rate", "f4", at + 4)]
        names, types, offsets = zip(*fields, strict=True)
        formats = [np.dtype(each).newbyteorder(self.byte_order) for each in types]
        return np.dtype({"names": names, "formats": formats, "offsets": offsets})


class Records(NamedTuple):
    """What the headers of records say, an entry for each: times are in ns since 1970."""

    is_damaged: BoolArray
    is_empty: BoolArray
    channels: Array
    starts: IntArray
    ends: IntArray
    rates: FloatArray
    n_samples: IntArray


def _find_layout(begin: bytes) -> Layout:
    """Return where the first good record has its parts: the first of the file, or a later one."""
    for offset in (0, *(1 << power for power in _POWERS)):
        layout = layout_of(begin[offset:])
        if layout and offset in (0, layout.length):
            return layout
    raise IrregularFile


def layout_of(record: bytes | memoryview) -> Layout | None:
    """Return where a record has its parts, by the bytes from its first on; None if it is none."""
    if len(record) < 1 << _POWERS[0] or record[6] not in _QUALITIES:
        return None
    order = ">" if struct.unpack_from(">H", record, 20)[0] in _YEARS else "<"
    n_blockettes, at = record[39], struct.unpack_from(f"{order}H", record, 46)[0]
    found: dict[int, int] = {}
    for _ in range(n_blockettes):
        if not _HEADER_BYTES <= at <= len(record) - 8:
            break
        kind, following = struct.unpack_from(f"{order}HH", record, at)
        found.setdefault(kind, at)
        at = following
    if _ENCODING not in found or (power := record[found[_ENCODING] + 6]) not in _POWERS:
        return None
    length = 1 << power
    return Layout(order, length, found) if max(found.values()) + 8 <= length else None


def parse_headers(content: bytes, n_records: int, layout: Layout) -> Records:
    """Return what the headers of records say that have one layout.

    Raises
    ------
    IrregularFile
        If one says that it is of another length.
    """
    head = np.ndarray(n_records, layout.dtype(), content, strides=(layout.length,))
    is_header = (
        _is_one_of(head["quality"], _QUALITIES)
        & (head["encoding_type"] == _ENCODING)
        & (head["hour"] < 24)
        & (head["minute"] < 60)
        & (head["second"] <= 60)
        & (head["day"] >= 1)
        & (head["day"] <= 366)
        & (head["year"] >= _YEARS[0])
        & (head["year"] <= _YEARS[-1])
    )
    is_of_length = 1 << head["power"].astype(np.int64) == layout.length
    if (is_header & ~is_of_length & np.isin(head["power"], _POWERS)).any():
        raise IrregularFile
    is_header &= is_of_length
    n_samples = head["n_samples"].astype(np.int64)
    rates = _rates(head)
    starts = _starts(head)
    seconds = (n_samples - 1) / np.where(rates > 0, rates, np.inf)
    is_possible = (
        (n_samples <= MOST_SAMPLES_PER_BYTE * layout.length)
        & np.isfinite(rates)
        & (starts / 1e9 + seconds < MOST_SECONDS)
    )
    blank = _is_one_of(head["quality"], _NO_DATA)
    has_none = is_header & ((n_samples == 0) | (rates == 0))  # a record of a log
    return Records(
        is_damaged=~(is_header & is_possible) & ~blank & ~has_none,
        is_empty=blank | has_none,
        channels=head["codes"].copy(),
        starts=starts,
        ends=starts + np.where(is_possible, seconds * 1e9, 0).astype(np.int64),
        rates=rates,
        n_samples=n_samples,
    )


def _is_one_of(codes: Array, characters: bytes) -> BoolArray:
    chosen = np.zeros(256, bool)
    chosen[list(characters)] = True
    return chosen[codes]


def _rates(head: Array) -> FloatArray:
    """Return the sampling rates: negative factors are periods, negative multipliers divide."""
    factor, multiplier = head["factor"].astype(float), head["multiplier"].astype(float)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rates = np.where(factor >= 0, factor, -1 / factor)
        rates = rates * np.where(multiplier >= 0, multiplier, -1 / multiplier)
        if "rate" in (head.dtype.names or ()):
            is_given = (head["rate_type"] == _RATE) & (head["rate"] > 0)
            rates = np.where(is_given, head["rate"].astype(float), rates)
    return rates


def _starts(head: Array) -> IntArray:
    """Return the times of the first samples, ns since 1970."""
    years = (head["year"].astype(np.int64) - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    days = years.astype(np.int64) + head["day"] - 1
    seconds = ((days * 24 + head["hour"]) * 60 + head["minute"]) * 60 + head["second"]
    is_corrected = head["activity"] & _IS_CORRECTED > 0
    correction = np.where(is_corrected, 0, head["correction"])
    # Both are in ten thousandths of a second.
    return seconds * 10**9 + (head["fraction"].astype(np.int64) + correction) * 10**5


def seed_id(codes: bytes) -> str:
    """Return the SEED id of the codes in a header: station, location, channel, network."""
    parts = (codes[10:], codes[:5], codes[5:7], codes[7:10])
    return ".".join(part.decode("ascii", "ignore").strip("\0 ") for part in parts)
