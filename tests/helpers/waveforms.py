"""Made-up waveforms, catalogs and event tables."""

import numpy as np
from obspy import Stream, Trace, UTCDateTime

from specufex_pipe.catalogs.csv import CSVCatalog
from specufex_pipe.catalogs.table import write_event_table

CHANNEL = "XX.STA.00.HHZ"
START = UTCDateTime(2020, 1, 1)


def trace(data, start=START, rate=100.0, channel="HHZ", station="STA"):
    header = {"network": "XX", "station": station, "location": "00", "channel": channel}
    return Trace(np.asarray(data), header | {"starttime": start, "sampling_rate": rate})


def noise(seconds=60, rate=100, seed=0):
    samples = np.random.default_rng(seed).normal(0, 1000, int(seconds * rate))
    return samples.astype(np.int32)


def write_file(path, data, format="MSEED"):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = data if isinstance(data, Stream) else Stream([data])
    data.write(str(path), format=format)


def sds_path(folder, day, channel="HHZ"):
    name = f"XX.STA.00.{channel}.D.2020.{day:03d}"
    return folder / "2020/XX/STA" / f"{channel}.D" / name


def write_rows(path, rows, header="event_id,time"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def write_events_of(folder, rows, header="event_id,time"):
    """Write a catalog and the event table of it; return the path of the latter."""
    write_rows(folder / "catalog.csv", rows, header)
    table = folder / "catalog.h5"
    write_event_table(table, CSVCatalog(str(folder / "catalog.csv")), {})
    return table
