"""The whole pipeline after loading, for more and more events: time, memory and bytes a stage.

Run it with `python benchmarks/scale.py`. It writes stores of generated waveforms of 20 s at 100 Hz
to a temporary folder, runs the workflow on them on two cores, and prints what Snakemake measured
of each stage, and how the time grows with the number of events. 100 000 events take about ten
minutes and 7 GB of disk; `--events 1000 10000` takes two. `--from-activations 100000` instead runs
the stages after the NMF on generated activations, one by one.
"""

import argparse
import csv
import logging
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import scale_from_activations
import yaml

from specufex_pipe.settings import WaveformSettings
from specufex_pipe.store import write_events
from specufex_pipe.waveforms.attributes import ATTRIBUTES
from specufex_pipe.waveforms.attributes import measure as measure_attributes

REPOSITORY = Path(__file__).parents[1]
CHANNEL = "XX.STA..HHZ"
RATE, DURATION = 100.0, 20.0
STAGES = (
    "catalog", "spectrograms", "nmf", "activations", "hmm", "fingerprints", "clusters", "assign",
    "events", "rejected", "figures", "report",
)  # fmt: skip
# The other stages take steps or a sample, whose number is not that of the events.
OF_EACH_EVENT = (
    "catalog", "spectrograms", "activations", "fingerprints", "assign", "events", "figures",
    "report",
)  # fmt: skip


def waveforms(n_events, seed):
    """Return generated events: bursts of four kinds in noise, shape (n_events, n_samples)."""
    rng = np.random.default_rng(seed)
    times = np.arange(int(RATE * DURATION)) / RATE
    onset = rng.uniform(4, 7, (n_events, 1))
    kind = rng.integers(0, 4, (n_events, 1))
    frequency = np.choose(kind, [8.0, 15.0, 25.0, 12.0]) * rng.uniform(0.8, 1.25, (n_events, 1))
    decay = np.choose(kind, [1.0, 3.0, 1.5, 6.0]) * rng.uniform(0.7, 1.4, (n_events, 1))
    since = times - onset
    envelope = np.where(since > 0, np.exp(-np.maximum(since, 0) / decay), 0)
    carrier = np.sin(2 * np.pi * frequency * since) + 0.5 * rng.normal(size=since.shape)
    loudness = rng.uniform(3, 30, (n_events, 1))
    return (100 * (rng.normal(size=since.shape) + loudness * envelope * carrier)).astype(np.float32)


def write_run(folder, n_events, shard_size):
    """Write settings, a catalog and the stores of waveforms of a run."""
    (folder / "waveforms").mkdir()
    ids = [f"event{number}" for number in range(n_events)]
    starts = np.datetime64("2020-01-01") + np.arange(n_events) * np.timedelta64(60, "s")
    rows = list(zip(ids, np.datetime_as_string(starts).tolist(), strict=True))
    with (folder / "catalog.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("event_id", "time"), *rows])
    settings = {
        "channels": [CHANNEL],
        "shard_size": shard_size,
        "catalog": {"path": "catalog.csv"},
        "source": {"path": "waveforms"},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))
    own = WaveformSettings()
    for shard, first in enumerate(range(0, n_events, shard_size)):
        path = folder / "results" / CHANNEL / "main/shards" / f"{shard:05d}" / "waveforms.h5"
        stop = min(first + shard_size, n_events)
        with write_events(path, "waveforms", settings=own.model_dump(), inputs={}) as store:
            for start in range(first, stop, 1000):
                end = min(start + 1000, stop)
                samples = waveforms(end - start, seed=start)
                lengths = [samples.shape[1]] * len(samples)
                attributes = [
                    list(measure_attributes(each, RATE, onset=own.before).values())
                    for each in samples
                ]
                store.append(
                    ids[start:end],
                    lengths,
                    samples.ravel(),
                    onset=np.full(len(samples), own.before),
                    recorded_rate=np.full(len(samples), RATE),
                    attributes=np.array(attributes),
                )
            store.attributes(
                channel=CHANNEL, sampling_rate=RATE, before=own.before, unit="counts",
                reference="catalog time",
            )  # fmt: skip
            store.describe(
                "attributes",
                names=[attribute.name for attribute in ATTRIBUTES],
                units=[attribute.unit_for("counts") for attribute in ATTRIBUTES],
            )


def measure(n_events, shard_size):
    """Run everything; return the total of seconds, and seconds, peak and bytes by stage."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_run(folder, n_events, shard_size)
        command = [
            sys.executable, "-m", "snakemake", "--snakefile", REPOSITORY / "workflow/Snakefile",
            "--directory", folder, "--cores", "2",
            # The stores of waveforms are there; nothing is known of how they were made.
            "--rerun-triggers", "mtime",
        ]  # fmt: skip
        start = time.perf_counter()
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        total = time.perf_counter() - start
        if run.returncode:
            sys.exit(run.stdout + run.stderr)
        return total, read_measurements(folder / "results")


def read_measurements(results):
    stages = defaultdict(
        lambda: {"jobs": 0, "seconds": 0.0, "processor": 0.0, "megabytes": 0.0, "bytes": 0}
    )
    for path in results.glob("**/benchmarks/**/*.tsv"):
        with path.open() as file:
            (row,) = csv.DictReader(file, delimiter="\t")
        stage = stages[path.stem]
        stage["jobs"] += 1
        stage["seconds"] += float(row["s"])
        # "NA" for a job that is over at once
        stage["processor"] += float("nan" if row["cpu_time"] == "NA" else row["cpu_time"])
        memory = row["max_rss"]
        stage["megabytes"] = max(stage["megabytes"], 0 if memory == "NA" else float(memory))
    for path in results.rglob("*.*"):
        if path.is_file() and path.stem in stages and path.suffix in (".h5", ".html", ".csv"):
            stages[path.stem]["bytes"] += path.stat().st_size
    return dict(stages)


def print_table(n_events, total, stages):
    print(f"\n{n_events} events: {total:.0f} s in all")
    print("  stage           jobs   seconds  processor  ms/event  peak MB  MB disk")
    for name in STAGES:
        stage = stages[name]
        print(
            f"  {name:14s}{stage['jobs']:6d}{stage['seconds']:10.1f}{stage['processor']:11.1f}"
            f"{1000 * stage['processor'] / n_events:10.3f}{stage['megabytes']:9.0f}"
            f"{stage['bytes'] / 1e6:9.1f}"
        )


def exponent(numbers, seconds):
    """Fit seconds = fixed + slope * number ** exponent to three or more measurements."""
    from scipy.optimize import least_squares

    numbers, seconds = np.array(numbers, dtype=float), np.array(seconds)

    def misfit(parameters):
        fixed, slope, power = np.exp(parameters)
        return (fixed + slope * numbers**power) / seconds - 1

    start = np.log([seconds[0] / 2, seconds[-1] / numbers[-1], 1.0])
    return float(np.exp(least_squares(misfit, start).x[2]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--shard-size", type=int, default=10_000)
    parser.add_argument(
        "--from-activations", type=int, nargs="+", metavar="EVENTS", default=[],
        help="run the stages after the NMF on generated activations",
    )  # fmt: skip
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    for n_events in options.from_activations:
        found = scale_from_activations.measure(n_events, options.shard_size)
        scale_from_activations.print_table(n_events, found)
    if options.from_activations:
        return
    growing = []
    for n_events in options.events:
        total, stages = measure(n_events, options.shard_size)
        print_table(n_events, total, stages)
        growing.append(sum(stages[name]["processor"] for name in OF_EACH_EVENT))
    if len(growing) >= 3:
        print(
            f"\nThe processor time of {', '.join(OF_EACH_EVENT)} grows as a fixed part plus events "
            f"** {exponent(options.events, growing):.2f}"
        )


if __name__ == "__main__":
    main()
