"""HDF5: stores of events, shards of them, models. The only modules that open HDF5 files.

docs/file_formats.md lists what each file holds.
"""

from specufex_pipe.store.arrays import read_arrays, read_foreign_arrays, write_arrays
from specufex_pipe.store.events import FrameStore, write_events
from specufex_pipe.store.files import (
    atomic_path,
    read_attributes,
    read_table,
)
from specufex_pipe.store.joining import join_shards

__all__ = [
    "FrameStore",
    "atomic_path",
    "join_shards",
    "read_arrays",
    "read_attributes",
    "read_foreign_arrays",
    "read_table",
    "write_arrays",
    "write_events",
]
