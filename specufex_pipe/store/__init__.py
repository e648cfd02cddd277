"""HDF5 and tables: stores of events, shards of them, models, assignments, catalogs.

The only modules that open HDF5 files. docs/file_formats.md lists what each file holds.
"""

from specufex_pipe.store.arrays import read_arrays, read_foreign_arrays, write_arrays
from specufex_pipe.store.assignments import Assignments, read_assignments, write_assignments
from specufex_pipe.store.background import Background, read_background, write_background
from specufex_pipe.store.columns import (
    ColumnWriter,
    decode_text,
    encode_text,
    read_columns,
    write_columns,
)
from specufex_pipe.store.events import EventWriter, FrameStore, read_rejections, write_events
from specufex_pipe.store.files import atomic_path, read_attributes
from specufex_pipe.store.joining import join_shards
from specufex_pipe.store.rejected import read_rejected, write_rejected
from specufex_pipe.store.tables import (
    TableColumn,
    read_csv,
    read_sealed_csv,
    write_csv,
    write_sealed_csv,
    write_table_description,
)

__all__ = [
    "Assignments",
    "Background",
    "ColumnWriter",
    "EventWriter",
    "FrameStore",
    "TableColumn",
    "atomic_path",
    "decode_text",
    "encode_text",
    "join_shards",
    "read_arrays",
    "read_assignments",
    "read_attributes",
    "read_background",
    "read_columns",
    "read_csv",
    "read_foreign_arrays",
    "read_rejected",
    "read_rejections",
    "read_sealed_csv",
    "write_arrays",
    "write_assignments",
    "write_background",
    "write_columns",
    "write_csv",
    "write_events",
    "write_rejected",
    "write_sealed_csv",
    "write_table_description",
]
