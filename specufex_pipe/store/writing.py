"""Writing HDF5 files, such that a full disk is an error of Python and none inside the library.

HDF5 keeps what it could not write and tries again when an object is closed, and once more at the
exit of the process, which ends in a crash. So it is given a file that never refuses: what went
wrong is kept, and raised where Python can raise it. For the same reason signals wait until
HDF5 has returned: their handlers may raise, and must not do so inside the library.
"""

import io
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import h5py

from specufex_pipe.store.files import LIBRARY_VERSION, atomic_path
from specufex_pipe.store.seal import BYTES_OF_OWNER, seal

# What a scheduler sends before it kills, what a user may send, and Ctrl-C.
SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)


class _FileOnDisk(io.FileIO):
    """A file that keeps its first error; from there on it takes everything and writes nothing.

    Attributes
    ----------
    error : OSError or None
        What went wrong first.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "w+b")
        self.error: OSError | None = None

    def write(self, content: Any) -> int:
        """Write all of a content."""
        rest = memoryview(content)
        while self.error is None and len(rest):
            try:
                rest = rest[super().write(rest) :]
            except OSError as error:
                self.error = error
        return len(content)

    def truncate(self, size: int | None = None) -> int:
        """Give the file a size."""
        if self.error is None:
            try:
                return super().truncate(size)
            except OSError as error:
                self.error = error
        return size or 0

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer; what was never written is 0."""
        rest = memoryview(buffer)
        while len(rest) and (n_bytes := super().readinto(rest)):
            rest = rest[n_bytes:]
        rest[:] = bytes(len(rest))
        return len(buffer)

    def check(self) -> None:
        """Raise what went wrong, if anything did."""
        if self.error is not None:
            raise self.error


class _WaitingSignals:
    """Lets signals that end a process wait, as long as it is entered."""

    def __init__(self) -> None:
        self._handlers: dict[int, Any] = {}
        self._received: list[int] = []

    def __enter__(self) -> "_WaitingSignals":
        # Python runs handlers in the main thread alone, and only there can they be changed.
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                self._handlers[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self.handle()

    def handle(self) -> None:
        """Do what was to be done on the signals that came."""
        while self._received:
            number = self._received.pop(0)
            handler = self._handlers[number]
            if callable(handler):
                handler(number, None)
            elif handler == signal.SIG_DFL:
                signal.signal(number, signal.SIG_DFL)
                signal.raise_signal(number)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._received.append(number)


class HDF5Output(h5py.File):
    """An HDF5 file that is being written; made by `write_hdf5`."""

    def __init__(self, disk: _FileOnDisk, signals: _WaitingSignals, **options: Any) -> None:
        super().__init__(disk, "w", **options)
        self._disk, self._signals = disk, signals

    def check(self) -> None:
        """Do what signals ask for, and raise an OSError if something could not be written so far.

        Writers call it now and then, where HDF5 has returned.
        """
        self._signals.handle()
        self._disk.check()


@contextmanager
def write_hdf5(path: str | Path, *, sealed: bool) -> Iterator[HDF5Output]:
    """Write an HDF5 file, atomically.

    Parameters
    ----------
    path : str or Path
    sealed : bool
        Whether it gets a digest of all its bytes at its head, so that it is read as a whole when it
        is opened. Without, HDF5 keeps checksums of what it writes beside the data.

    Yields
    ------
    HDF5Output

    Raises
    ------
    OSError
        If it cannot be written, as where the disk is full.
    """
    options: dict[str, Any] = (
        {"userblock_size": BYTES_OF_OWNER} if sealed else {"libver": LIBRARY_VERSION}
    )
    with atomic_path(path) as temporary:
        with _WaitingSignals() as signals, _FileOnDisk(temporary) as disk:
            try:
                with HDF5Output(disk, signals, **options) as file:
                    yield file
            finally:
                # What failed first is the cause of whatever HDF5 made of it.
                disk.check()
        if sealed:
            seal(temporary)
