"""What reading and preparing windows costs: time, memory, and two shards at a time.

Run it with `python benchmarks/reading.py`. It makes up noise at 100 Hz as files of one event each,
as day files in a folder and as an SDS archive, and reads windows of 20 s with margins of 5 s from
them. It prints, for each of them, the time of a window, read, prepared and measured, the most
memory after a thousand and after ten thousand windows, and the time that each of two shards takes
beside the other, as a multiple of the time that one takes alone, in turn: the median of several
rounds.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from obspy import Trace, UTCDateTime
from threadpoolctl import threadpool_limits

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.rejections import Rejection
from specufex_pipe.settings import WaveformSettings
from specufex_pipe.sources.registry import SOURCES
from specufex_pipe.stages.reading import WaveformReader

RATE = 100.0  # Hz
MARGIN, DURATION = 5.0, 20.0  # s
N_DAYS, DAY = 10, 86_400
CODES = ("XX", "STA", "00", "HHZ")
CHANNEL = ".".join(CODES)
START = UTCDateTime(2020, 1, 1)
SPACING = 80  # s between events, in files of their own
CASES = {"files": "folder", "days": "folder", "sds": "sds"}


def write_noise(path, start, seconds, seed):
    """Write integrated noise, of which Steim2 packs as many samples as of a quiet record."""
    steps = np.random.default_rng(seed).normal(0, 30, round(seconds * RATE))
    header = dict(zip(("network", "station", "location", "channel"), CODES, strict=True))
    samples = np.cumsum(steps).astype(np.int32)
    path.parent.mkdir(parents=True, exist_ok=True)
    trace = Trace(samples, header | {"sampling_rate": RATE, "starttime": start})
    trace.write(str(path), format="MSEED", reclen=512)


def make(folder, n_events):
    for number in range(n_events):
        path = folder / "files" / f"{number // 1000}" / f"{number}.mseed"
        write_noise(path, START + SPACING * number, DURATION + 2 * MARGIN, number)
    for day in range(N_DAYS):
        start = START + DAY * day
        name = ".".join(CODES) + f".D.2020.{start.julday:03d}"
        path = folder / "sds/2020/XX/STA/HHZ.D" / name
        write_noise(path, start, DAY, day)
        (folder / "days").mkdir(exist_ok=True)
        (folder / "days" / name).write_bytes(path.read_bytes())
    for case in ("files", "days"):
        SOURCES["folder"](str(folder / case)).update_index(folder / f"{case}.csv")


def starts(case, n_events):
    """Return when windows begin, as they would in a catalog: in the order of time."""
    if case == "files":
        return [START + SPACING * number + MARGIN for number in range(n_events)]
    spacing = (N_DAYS * DAY - 2 * DURATION) / n_events
    return [START + DURATION + spacing * number for number in range(n_events)]


def read_windows(case, folder, first, last, n_events):
    """Read windows as a job does; print ms of a window, and the most memory, MB."""
    source = SOURCES[CASES[case]](str(folder / case))
    if case != "sds":
        source.use_index(folder / f"{case}.csv", [CHANNEL])
    settings = WaveformSettings(before=0.0, duration=DURATION, margin=MARGIN, sampling_rate=RATE)
    reader = WaveformReader(settings, source, None)
    events = [Event(str(time), time, "", {}) for time in starts(case, n_events)[first:last]]
    with threadpool_limits(1, user_api="blas"):  # as a stage does
        reader.read(events[0], CHANNEL)  # which loads libraries
        clock = time.perf_counter()
        found = [isinstance(reader.read(event, CHANNEL), Rejection) for event in events]
        milliseconds = 1000 * (time.perf_counter() - clock) / len(events)
    if any(found):
        raise RuntimeError(f"{sum(found)} windows were rejected")
    # That of the operating system's accounting counts the program that started this one.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    print(json.dumps([milliseconds, int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) / 1024]))


def start_program(case, folder, first, last, n_events):
    numbers = map(str, (first, last, n_events))
    command = [sys.executable, __file__, "--worker", case, str(folder), *numbers]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def result(program):
    return json.loads(program.communicate()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    n_events = options.events
    few, half = n_events // 10, n_events // 20
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make(folder, n_events)
        for case in CASES:
            for n_windows in (few, n_events):
                milliseconds, most = result(start_program(case, folder, 0, n_windows, n_windows))
                print(f"{case}: {n_windows} windows, {milliseconds:.2f} ms each, {most:.0f} MB")
            ratios = []
            for _ in range(options.rounds):
                alone, _ = result(start_program(case, folder, 0, half, few))
                both = [
                    start_program(case, folder, *part, few) for part in ((0, half), (half, few))
                ]
                together = np.mean([result(program)[0] for program in both])
                ratios.append(together / alone)
            print(
                f"{case}: two shards at a time take {np.median(ratios):.2f} times as long as one "
                f"(from {min(ratios):.2f} to {max(ratios):.2f})"
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        case, place, *numbers = sys.argv[2:]
        read_windows(case, Path(place), *map(int, numbers))
    else:
        main()
