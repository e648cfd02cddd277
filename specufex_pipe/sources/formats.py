"""The formats of waveform files: those of ObsPy, and files that hold samples alone."""

import warnings
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
from obspy import Stream

from specufex_pipe.numerics.types import Array

MSEED = "MSEED"
# Of files whose samples lie in other files, which they name: these may be any file of the machine,
# and no digest tells when they change.
_SAMPLES_ELSEWHERE = {"CSS", "NNSA_KB_CORE", "Q"}
# A pickle runs code when it is read.
_UNSAFE = {"PICKLE"}
# Formats whose lines have to be looked at before ObsPy reads them.
PACKED_IN_LINES = {"GSE1", "GSE2"}
_LONGEST_PACKED, _LONGEST_LINE = 82, 1 << 16
_GROUP = "obspy.plugin.waveform"


def check_format(name: str, sampling_rate: float | None = None) -> None:
    """Raise a ValueError if a format is not read here, or its sampling rate is not given.

    Parameters
    ----------
    name : str
        As ObsPy names it, or one of those that hold samples alone, NPY and TEXT.
    sampling_rate : float, optional
        Hz; of files that hold samples alone.
    """
    if name in _SAMPLES_ELSEWHERE:
        raise ValueError(
            f"format is {name!r}: its samples lie in other files, wherever it says, so it is not "
            "read here; convert the waveforms, for example to MSEED: "
            f"obspy.read(file, format={name!r}).write(new_file, format='MSEED')"
        )
    known = {*entry_points(group=_GROUP).names, *SAMPLE_READERS}
    formats = sorted(known - _UNSAFE - _SAMPLES_ELSEWHERE)
    if name not in formats:
        raise ValueError(
            f"format is {name!r}: not a waveform format that is read here; choose from {formats}"
        )
    if name in SAMPLE_READERS and not (sampling_rate and 0 < sampling_rate < np.inf):
        raise ValueError(
            f"sampling_rate is {sampling_rate}: files of format {name} do not have it, expected "
            "their rate in Hz"
        )
    if name not in SAMPLE_READERS and sampling_rate is not None:
        raise ValueError(
            f"sampling_rate is {sampling_rate:g}: files of format {name} have it in their headers, "
            "expected null"
        )


def holds_samples_alone(name: str) -> bool:
    """Tell whether files of a format have samples, and neither channel nor times."""
    return name in SAMPLE_READERS


@lru_cache
def reader_of(name: str) -> Callable[..., Stream]:
    """Return ObsPy's reader of a format.

    `obspy.read` looks it up for each file, which takes longer than the reading.
    """
    return entry_points(group=f"{_GROUP}.{name}")["readFormat"].load()


def check_lines(path: Path) -> None:
    """Raise a ValueError if lines of packed data in a GSE file are longer than they may be.

    ObsPy copies them into 83 bytes, whatever their length.
    """
    is_packed = False
    with path.open("rb") as file:
        # A file without line ends is not a line to be kept in memory.
        while line := file.readline(_LONGEST_LINE):
            if line.startswith(b"WID"):
                is_packed = b"CM6" in line
            elif line.startswith(b"CHK"):
                is_packed = False
            elif is_packed and len(line) > _LONGEST_PACKED and not line.startswith(b"STA"):
                raise ValueError(f"a line of its data has more than {_LONGEST_PACKED} characters")


def _read_text(path: Path) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a file that is empty
        samples = np.loadtxt(path, ndmin=2, encoding="utf-8")
    if min(samples.shape) > 1:
        raise ValueError(f"it has {samples.shape[1]} columns, expected one")
    return samples.ravel()


def _read_npy(path: Path) -> Array:
    # Mapped into memory, a shape that the file is too short for is refused before it takes any.
    mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    if mapped.dtype.kind not in "iuf" or mapped.size != max(mapped.shape, default=0):
        raise ValueError(
            f"it is an array of {mapped.dtype} of shape {mapped.shape}, expected real numbers in "
            "one dimension"
        )
    return np.array(mapped.ravel())


SAMPLE_READERS: dict[str, Callable[[Any], Array]] = {"NPY": _read_npy, "TEXT": _read_text}
