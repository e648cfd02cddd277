"""Build the demo data set of events from one day of Piton de la Fournaise.

The wheel of MSNoise 1.6.5 holds 2010-09-01 of three stations of the UnderVolc
experiment as test data. This script reads that day straight from the wheel,
detects events on one station with STA/LTA in two frequency bands, and writes

* ``waveforms/*.mseed``: all event windows of all three stations, and
* ``catalog.csv``: one line per event,

next to itself. Running it twice gives the same bytes.

Usage::

    python resources/demo/build_demo.py path/to/msnoise-1.6.5-py3-none-any.whl
"""

import argparse
import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from obspy import Stream, Trace, UTCDateTime, read
from obspy.signal.trigger import classic_sta_lta, trigger_onset

# Folder of the day inside the wheel, station codes and the station to detect on.
# UV05 is the station nearest to the summit crater and shows all kinds of events.
WHEEL_PATH = "msnoise/test/data/2010/{sta}/HHZ.D/YA.{sta}.00.HHZ.D.2010.244"
STATIONS = ("UV05", "UV06", "UV10")
DETECTION_STATION = "UV05"

# Window to be cut later as [time - BEFORE_S, time - BEFORE_S + WINDOW_S], in s. The
# time before the trigger shows the background and covers late triggers on emergent
# onsets; the rest holds an earthquake with its coda.
BEFORE_S = 5.0
WINDOW_S = 20.0
# Extra samples stored on each side, so that rounding a time cannot lose one.
SLACK_SAMPLES = 1

# Order of the causal Butterworth band-pass (four corners, not zero-phase: a zero-phase
# filter would smear energy to before the onset).
FILTER_CORNERS = 4

# Detections closer than this (s) are one event. Larger than the delay between the bands
# (the high band needs a longer STA), smaller than SPLIT_S.
MERGE_S = 8.0

# A trigger that stays on longer than this (s) gives a further event every SPLIT_S, so
# that passages of a helicopter over a minute are not a single event.
SPLIT_S = 10.0
# The rest of a split trigger must last this long (s) to be an event of its own.
MIN_REST_S = 5.0

# Hours per waveform file: keeps every file well below 1 MB.
BLOCK_HOURS = 6
RECORD_BYTES = 512  # miniSEED record length; short records waste little on short segments


@dataclass(frozen=True)
class Band:
    """STA/LTA settings of one frequency band.

    Parameters
    ----------
    low_hz, high_hz : float
        Corner frequencies of the band-pass.
    sta_s, lta_s : float
        Lengths of the short and the long window in s.
    on, off : float
        STA/LTA ratio that switches a trigger on and off.
    """

    low_hz: float
    high_hz: float
    sta_s: float
    lta_s: float
    on: float
    off: float

    @property
    def name(self):
        """Label of the band in the catalogue."""
        return f"{self.low_hz:g}-{self.high_hz:g} Hz"


# Low band: earthquakes, short and rich below 20 Hz. A short STA keeps the trigger near
# the onset. High band: signals that last (helicopters, gusts). STA and LTA are longer
# there and the threshold is higher, because the level above 15 Hz changes with the wind
# by a factor of ten and more within a minute. The thresholds give 400 to 600 events.
BANDS = (
    Band(low_hz=2.0, high_hz=20.0, sta_s=1.0, lta_s=30.0, on=3.7, off=1.5),
    Band(low_hz=15.0, high_hz=45.0, sta_s=5.0, lta_s=120.0, on=7.0, off=2.5),
)


@dataclass(frozen=True)
class Detection:
    """One trigger: sample index, length in samples, highest STA/LTA and band name."""

    sample: int
    length: int
    strength: float
    band: str


def read_day(wheel, station):
    """Read the day of one station from the wheel.

    Parameters
    ----------
    wheel : zipfile.ZipFile
        The opened wheel.
    station : str
        Station code.

    Returns
    -------
    obspy.Trace
        The only trace in the file.
    """
    stream = read(io.BytesIO(wheel.read(WHEEL_PATH.format(sta=station))), format="MSEED")
    if len(stream) != 1:
        raise ValueError(f"{station}: expected one trace without gaps, found {len(stream)}")
    return stream[0]


def split_trigger(start, end, rate):
    """Cut one trigger into pieces of ``SPLIT_S``.

    Parameters
    ----------
    start, end : int
        First and last sample of the trigger.
    rate : float
        Sampling rate in Hz.

    Returns
    -------
    list of tuple of int
        First and last sample of each piece.
    """
    step, min_rest = round(SPLIT_S * rate), round(MIN_REST_S * rate)
    starts = list(range(start, max(end - min_rest, start) + 1, step))
    return list(zip(starts, [*starts[1:], end], strict=True))


def detect(trace, band):
    """Detect triggers in one band.

    The counts are differentiated once before the filter (velocity becomes acceleration).
    Otherwise the noise at 2-5 Hz rules the low band and hides small earthquakes.

    Parameters
    ----------
    trace : obspy.Trace
        Continuous data.
    band : Band
        Settings.

    Returns
    -------
    list of Detection
        In order of time.
    """
    rate = trace.stats.sampling_rate
    work = trace.copy().detrend("demean")
    work.data = np.gradient(work.data)
    work.filter("bandpass", freqmin=band.low_hz, freqmax=band.high_hz, corners=FILTER_CORNERS)
    ratio = classic_sta_lta(work.data, round(band.sta_s * rate), round(band.lta_s * rate))
    found = []
    for on, off in trigger_onset(ratio, band.on, band.off):
        for start, end in split_trigger(int(on), int(off), rate):
            strength = float(ratio[start : end + 1].max())
            found.append(Detection(start, end - start, strength, band.name))
    return found


def combine(group):
    """Turn detections that belong together into one.

    The time comes from the strongest detection in the band with the shortest STA that
    saw the event, as its onset is the sharpest.

    Parameters
    ----------
    group : list of Detection
        In order of time.

    Returns
    -------
    Detection
        Highest ratio and last end of the group, ``both`` if the bands differ.
    """
    sharpest = min(BANDS, key=lambda b: (b.name not in {d.band for d in group}, b.sta_s))
    best = max((d for d in group if d.band == sharpest.name), key=lambda d: d.strength)
    end = max(d.sample + d.length for d in group)
    bands = {d.band for d in group}
    name = "both" if len(bands) > 1 else best.band
    return Detection(best.sample, end - best.sample, max(d.strength for d in group), name)


def merge(detections, rate):
    """Join detections that follow the first of a group within ``MERGE_S``.

    The time of an event need not be that of the first of its group. Where two events
    still come closer than ``MERGE_S``, the later one is dropped.

    Parameters
    ----------
    detections : list of Detection
        From all bands, in any order.
    rate : float
        Sampling rate in Hz.

    Returns
    -------
    list of Detection
        One per event, in order of time.
    """
    groups = []
    for detection in sorted(detections, key=lambda d: (d.sample, d.band)):
        if groups and detection.sample - groups[-1][0].sample < MERGE_S * rate:
            groups[-1].append(detection)
        else:
            groups.append([detection])
    events = []
    for event in map(combine, groups):
        if not events or event.sample - events[-1].sample >= MERGE_S * rate:
            events.append(event)
    return events


def window_span(sample, rate):
    """Give the samples to store for an event.

    Parameters
    ----------
    sample : int
        Trigger sample.
    rate : float
        Sampling rate in Hz.

    Returns
    -------
    tuple of int
        First sample and the one after the last.
    """
    first = sample - round(BEFORE_S * rate)
    return first - SLACK_SAMPLES, first + round(WINDOW_S * rate) + SLACK_SAMPLES


def union(spans):
    """Join spans that overlap or touch.

    Parameters
    ----------
    spans : list of tuple of int
        Half-open spans, sorted by start.

    Returns
    -------
    list of tuple of int
        Disjoint half-open spans.
    """
    joined = []
    for first, stop in spans:
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((first, stop))
    return joined


def cut_segment(trace, first, stop):
    """Copy samples ``first`` to ``stop - 1`` of a trace as a trace of their own.

    Parameters
    ----------
    trace : obspy.Trace
        Continuous data.
    first, stop : int
        Half-open span of samples.

    Returns
    -------
    obspy.Trace
        The segment, with the original counts.
    """
    stats = trace.stats
    header = {
        "network": stats.network,
        "station": stats.station,
        "location": stats.location,
        "channel": stats.channel,
        "sampling_rate": stats.sampling_rate,
        "starttime": stats.starttime + first / stats.sampling_rate,
        "mseed": {"dataquality": stats.mseed.dataquality},
    }
    return Trace(np.array(trace.data[first:stop], dtype=np.int32), header)


def write_waveforms(trace, spans, folder):
    """Write the segments of one station, one file per block of hours.

    Parameters
    ----------
    trace : obspy.Trace
        Continuous data.
    spans : list of tuple of int
        Disjoint half-open spans. A span that crosses the edge of a block is cut there.
    folder : pathlib.Path
        Where the files go.
    """
    block = round(BLOCK_HOURS * 3600 * trace.stats.sampling_rate)
    for edge in range(0, trace.stats.npts, block):
        inside = [(max(a, edge), min(b, edge + block)) for a, b in spans]
        pieces = Stream([cut_segment(trace, a, b) for a, b in inside if a < b])
        start = trace.stats.starttime + edge / trace.stats.sampling_rate
        path = folder / f"{trace.id}.{start.strftime('%Y-%m-%dT%H')}.mseed"
        if pieces:
            pieces.write(str(path), format="MSEED", encoding="STEIM2", reclen=RECORD_BYTES)


def catalog_row(event, start, rate):
    """Format one event as a line of the catalogue.

    Parameters
    ----------
    event : Detection
        The event.
    start : obspy.UTCDateTime
        Time of sample 0.
    rate : float
        Sampling rate in Hz.

    Returns
    -------
    list of str
        ``event_id, time, band, trigger_strength, duration``.
    """
    time = UTCDateTime(ns=start.ns + round(event.sample / rate * 1e9))
    centi = time.microsecond // 10_000
    return [
        f"{time.strftime('%Y%m%dT%H%M%S')}_{centi:02d}",
        f"{time.strftime('%Y-%m-%dT%H:%M:%S')}.{time.microsecond // 1000:03d}Z",
        event.band,
        f"{event.strength:.2f}",
        f"{event.length / rate:.2f}",
    ]


def write_catalog(events, trace, path):
    """Write ``catalog.csv``.

    Parameters
    ----------
    events : list of Detection
        In order of time.
    trace : obspy.Trace
        The day they were detected on.
    path : pathlib.Path
        File to write.
    """
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["event_id", "time", "band", "trigger_strength", "duration"])
        for event in events:
            writer.writerow(catalog_row(event, trace.stats.starttime, trace.stats.sampling_rate))


def find_events(trace):
    """Detect in all bands, merge, and drop events whose window leaves the day.

    Parameters
    ----------
    trace : obspy.Trace
        Continuous data of the detection station.

    Returns
    -------
    list of Detection
        In order of time.
    """
    rate = trace.stats.sampling_rate
    events = merge([d for band in BANDS for d in detect(trace, band)], rate)
    spans = [window_span(event.sample, rate) for event in events]
    return [
        event
        for event, (first, stop) in zip(events, spans, strict=True)
        if first >= 0 and stop <= trace.stats.npts
    ]


def build(wheel_path, out):
    """Build the data set.

    Parameters
    ----------
    wheel_path : pathlib.Path
        The wheel of MSNoise 1.6.5.
    out : pathlib.Path
        Folder for ``catalog.csv`` and ``waveforms``.

    Returns
    -------
    list of Detection
        The events.
    """
    with zipfile.ZipFile(wheel_path) as wheel:
        days = {station: read_day(wheel, station) for station in STATIONS}
    reference = days[DETECTION_STATION]
    events = find_events(reference)
    rate = reference.stats.sampling_rate
    spans = union([window_span(event.sample, rate) for event in events])
    folder = out / "waveforms"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.mseed"):
        old.unlink()
    for trace in days.values():
        if trace.stats.starttime != reference.stats.starttime:
            raise ValueError(f"{trace.id} does not start with {reference.id}")
        write_waveforms(trace, spans, folder)
    write_catalog(events, reference, out / "catalog.csv")
    return events


def main():
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path, help="path of msnoise-1.6.5-py3-none-any.whl")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).resolve().parent, help="output folder"
    )
    args = parser.parse_args()
    events = build(args.wheel, args.out)
    bands = [event.band for event in events]
    print(f"{len(events)} events:", {band: bands.count(band) for band in sorted(set(bands))})


if __name__ == "__main__":
    main()
