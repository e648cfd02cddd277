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
from specufex_pipe.store.families import Families, FamilyWaveform, read_families, write_families
from specufex_pipe.store.files import atomic_path, read_attributes, temporary_folder
from specufex_pipe.store.joining import join_shards
from specufex_pipe.store.labels import (
    EventLabels,
    Suggestion,
    read_event_labels,
    write_event_labels,
)
from specufex_pipe.store.neighbours import NearestEvents, read_neighbours, write_neighbours
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
    "EventLabels",
    "EventWriter",
    "Families",
    "FamilyWaveform",
    "FrameStore",
    "NearestEvents",
    "Suggestion",
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
    "read_event_labels",
    "read_families",
    "read_foreign_arrays",
    "read_neighbours",
    "read_rejected",
    "read_rejections",
    "read_sealed_csv",
    "temporary_folder",
    "write_arrays",
    "write_assignments",
    "write_background",
    "write_columns",
    "write_csv",
    "write_event_labels",
    "write_events",
    "write_families",
    "write_neighbours",
    "write_rejected",
    "write_sealed_csv",
    "write_table_description",
]
