"""Made-up files of SeisBench, of the older SpecUFEx tool chain, and ASDF files."""

import csv
from contextlib import contextmanager

import h5py
import numpy as np
import pyasdf

METADATA = (
    "trace_name", "station_network_code", "station_code", "station_location_code", "trace_channel",
    "trace_start_time", "trace_sampling_rate_hz",
)  # fmt: skip


@contextmanager
def new_file(path):
    """Open a file that takes the place of an older one, which may still be open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path.with_suffix(".new"), "w") as file:
        yield file
    path.with_suffix(".new").replace(path)


def metadata_of(trace, name):
    """The row of a trace, with the component left to the file of the waveforms."""
    stats = trace.stats
    codes = (stats.network, stats.station, stats.location, stats.channel[:-1])
    return dict(
        zip(METADATA, (name, *codes, str(stats.starttime), stats.sampling_rate), strict=True)
    )


def write_seisbench(folder, rows, data_sets, chunk="", components="Z", dimensions="CW", **more):
    """Write a chunk of a dataset in SeisBench's format; what is None is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"metadata{chunk}.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]) if rows else METADATA)
        table.writeheader()
        table.writerows(rows)
    data_format = {"dimension_order": dimensions, "component_order": components} | more
    with new_file(folder / f"waveforms{chunk}.hdf5") as file:
        for name, data in data_sets.items():
            file[f"data/{name}"] = data
        for name, value in data_format.items():
            if value is not None:
                file[f"data_format/{name}"] = value


def write_tool_chain(path, waveforms, times, station="STA", channel="HHZ", rate=100.0, **columns):
    """Write data_KEY.h5: waveforms by event, and times of the same events."""
    with new_file(path) as file:
        for event_id, data in waveforms.items():
            file[f"waveforms/{station}/{channel}/{event_id}"] = data
        if rate is not None:
            file[f"{station}/processing_info/sampling_rate_Hz"] = rate
        table = {"ev_ID": list(times), "timestamp": list(times.values())} | columns
        for name, values in table.items():
            texts = values and isinstance(values[0], str)
            file[f"catalog/global_catalog/{name}"] = np.array(values, "S" if texts else None)


def write_tutorial(path, matrix, ids, **data_sets):
    """Write the file of a tutorial: a matrix, and columns beside it; what is None is left out."""
    columns = {"waveform": matrix, "event_ID": ids, "sampling_rate": 100.0} | data_sets
    with new_file(path) as file:
        for name, values in columns.items():
            if values is not None:
                file[name] = values


def write_asdf(path, stream, tag="raw_recording"):
    path.parent.mkdir(parents=True, exist_ok=True)
    data_set = pyasdf.ASDFDataSet(str(path), mode="a", mpi=False)
    data_set.add_waveforms(stream, tag=tag)
    data_set._close()
