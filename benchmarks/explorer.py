"""What the explorer costs, for more and more events: time, memory, and sizes of page and folder.

Run it with `python benchmarks/explorer.py`, or `python benchmarks/explorer.py 468 10000`. In a
temporary folder it makes up the files of a run: four kinds of event of 40 s at 100 Hz, with 60
frames of 60 frequencies, and fingerprints of three NMFs with two HMMs of 15 states. Then it runs
the stage on them with two threads. 100 000 events take 8 GB of disk and some minutes before that.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import yaml

from specufex_pipe.settings import ClusterSettings, WaveformSettings
from specufex_pipe.store import read_attributes, write_events
from specufex_pipe.waveforms.attributes import ATTRIBUTES

RATE, N_SAMPLES, N_FRAMES, N_FREQUENCIES = 100.0, 4000, 60, 60
N_COMPONENTS, N_STATES, N_HMMS, N_KINDS = 30, 15, 2, 4
NMFS = range(1, ClusterSettings().n_nmfs + 1)
_N_LEARNED, _EVENTS_AT_A_TIME = 300, 1000


def kinds_of(n_events):
    return np.random.default_rng(0).integers(N_KINDS, size=n_events)


def rising_and_falling(rng, n_events, n_times):
    """Return how strong events are over time, shape (n_events, n_times)."""
    since = np.linspace(0, 1, n_times) - rng.uniform(0.1, 0.2, (n_events, 1))
    decay = rng.uniform(0.05, 0.3, (n_events, 1))
    return np.where(since > 0, np.exp(-np.maximum(since, 0) / decay), 0)


def samples_of(rng, kinds):
    times = np.arange(N_SAMPLES) / RATE
    frequencies = (2 + 3 * kinds[:, None]) * rng.uniform(0.8, 1.2, (len(kinds), 1))
    events = rising_and_falling(rng, len(kinds), N_SAMPLES) * np.sin(
        2 * np.pi * frequencies * times
    )
    loudness = rng.uniform(3, 100, (len(kinds), 1))
    return (1e-7 * (rng.normal(size=events.shape) + loudness * events)).astype(np.float32)


def frames_of(rng, kinds):
    """Return spectrograms in decibels above the median, and 0 below it."""
    shapes = np.random.default_rng(1).gamma(0.3, size=(N_KINDS, N_FREQUENCIES))
    noise = rng.exponential(1 / np.log(2), (len(kinds), N_FRAMES, N_FREQUENCIES))
    power = rising_and_falling(rng, len(kinds), N_FRAMES)[..., None] * shapes[kinds][:, None]
    loudness = rng.uniform(3, 100, (len(kinds), 1, 1))
    return np.maximum(10 * np.log10(noise + loudness * power), 0).astype(np.float32)


def write_store(path, kind, n_events, frames_of_batch, *, settings, inputs, describe=None):
    """Write a store of events, a batch of them at a time."""
    with write_events(path, kind, settings=settings, inputs=inputs) as store:
        kinds = kinds_of(n_events)
        for start in range(0, n_events, _EVENTS_AT_A_TIME):
            some = kinds[start : start + _EVENTS_AT_A_TIME]
            frames, others = frames_of_batch(np.random.default_rng((2, start)), some)
            ids = [f"event{number}" for number in range(start, start + len(some))]
            shape = (-1, *frames.shape[2:])
            store.append(ids, [frames.shape[1]] * len(some), frames.reshape(shape), **others)
        if describe:
            describe(store)


def write_waveforms(folder, n_events):
    own = WaveformSettings()

    def batch(rng, kinds):
        n_some = len(kinds)
        attributes = rng.lognormal(kinds[:, None] / 2, size=(n_some, len(ATTRIBUTES)))
        onsets = {"onset": np.full(n_some, own.before), "recorded_rate": np.full(n_some, RATE)}
        return samples_of(rng, kinds), onsets | {"attributes": attributes}

    def describe(store):
        store.attributes(
            channel="XX.STA..HHZ", sampling_rate=RATE, before=own.before, unit="m/s",
            reference="catalog time",
        )  # fmt: skip
        store.describe(
            "attributes",
            names=[attribute.name for attribute in ATTRIBUTES],
            units=[attribute.unit_for("m/s") for attribute in ATTRIBUTES],
        )

    settings = own.model_dump(mode="json")
    write_store(
        folder / "waveforms.h5", "waveforms", n_events, batch,
        settings=settings, inputs={}, describe=describe,
    )  # fmt: skip


def write_spectrograms(path, n_events):
    def describe(store):
        store.array("frequencies", np.linspace(1, 20, N_FREQUENCIES))
        store.attributes(
            frame_interval=0.64, first_frame=0.64, scale="median", unit="dB", processing="{}"
        )

    write_store(
        path, "spectrograms", n_events, lambda rng, kinds: (frames_of(rng, kinds), {}),
        settings={}, inputs={}, describe=describe,
    )  # fmt: skip


def write_activations(path, n_events, inputs):
    def batch(rng, kinds):
        return rng.gamma(0.3, size=(len(kinds), N_FRAMES, N_COMPONENTS)).astype(np.float32), {}

    write_store(path, "activations", n_events, batch, settings={}, inputs=inputs)


def write_fingerprints(path, n_events, inputs):
    of_kinds = np.random.default_rng(3).dirichlet(np.full(N_STATES**2, 0.05), (N_KINDS, N_HMMS))
    levels = np.random.default_rng(4).gamma(1, size=(N_KINDS, N_COMPONENTS))

    def batch(rng, kinds):
        states = rng.dirichlet(np.full(N_STATES, 0.05), (len(kinds), N_FRAMES))
        prints = of_kinds[kinds] * rng.gamma(4, 0.25, (len(kinds), N_HMMS, N_STATES**2))
        return states, {
            "fingerprints": prints.reshape(-1, N_HMMS, N_STATES, N_STATES).astype(np.float32),
            "occupancy": rng.dirichlet(np.ones(N_STATES), (len(kinds), N_HMMS)).astype(np.float32),
            "mean_energies": levels[kinds] * rng.gamma(4, 0.25, (len(kinds), N_COMPONENTS)),
        }

    settings = {"method": "sequence", "horizon": 8}
    write_store(path, "fingerprints", n_events, batch, settings=settings, inputs=inputs)


def write_run(folder, n_events):
    """Write all that the stage reads; what is learned is learned from few events."""
    settings = {
        "channels": ["XX.STA..HHZ"],
        "catalog": {"path": "catalog.csv"},
        "source": {"path": "."},
        "nmf": {"n_components": N_COMPONENTS, "bayesian": {"max_iter": 20, "prune_below": 0.0}},
        "hmm": {"n_states": N_STATES, "n_models": N_HMMS, "max_iter": 5},
        "clusters": {"max_events": 2000, "n_resamples": 4, "n_clusters_max": 6},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))
    write_catalog(folder / "catalog.csv", n_events)
    run_stage(folder, "catalog", output="catalog.h5")
    write_waveforms(folder, n_events)
    write_spectrograms(folder / "spectrograms.h5", n_events)
    write_spectrograms(folder / "few.h5", _N_LEARNED)
    for nmf in NMFS:
        place = folder / str(nmf)
        place.mkdir()
        variant = {"variant": f"main.{nmf}"} if nmf > 1 else {}
        run_stage(folder, "nmf", spectrograms="few.h5", output=f"{nmf}/nmf.h5", **variant)
        made_from = {"nmf": read_attributes(place / "nmf.h5")["digest"]}
        write_activations(place / "few.h5", _N_LEARNED, made_from | {"spectrograms": ""})
        few = {"activations": f"{nmf}/few.h5", "nmf": f"{nmf}/nmf.h5"}
        run_stage(folder, "hmm", output=f"{nmf}/hmm.h5", **few, **variant)
        if nmf == 1:
            write_activations(place / "activations.h5", n_events, made_from | {"spectrograms": ""})
        made_from = {"hmm": read_attributes(place / "hmm.h5")["digest"]}
        write_fingerprints(place / "fingerprints.h5", n_events, made_from)
    run_stage(folder, "clusters", output="clusters.h5", **files("fingerprints"))
    learned = files("fingerprints", "clusters")
    run_stage(folder, "assign", output="assignments.h5", **learned)


def write_catalog(path, n_events):
    rng = np.random.default_rng(5)
    starts = np.datetime64("2010-01-01") + np.arange(n_events) * np.timedelta64(3600, "s")
    columns = [
        [f"event{number}" for number in range(n_events)],
        np.datetime_as_string(starts),
        np.round(42 + rng.normal(0, 0.02, n_events), 5),
        np.round(13 + rng.normal(0, 0.03, n_events), 5),
        np.round(rng.uniform(1, 9, n_events), 2),
        np.round(rng.exponential(0.6, n_events), 2),
    ]
    header = ("event_id", "time", "latitude", "longitude", "depth", "magnitude")
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *zip(*columns, strict=True)])


def files(*names):
    """Return options of a stage: those that all have, and some of these names."""
    of_nmfs = {
        name: [f"{nmf}/{name}.h5" for nmf in NMFS] for name in ("nmf", "hmm", "fingerprints")
    }
    options = of_nmfs | {name: f"{name}.h5" for name in ("clusters", "assignments")}
    return {name: options[name] for name in names} | {
        name: f"{name}.h5" for name in ("catalog", "waveforms")
    }


def command_of(stage, options):
    command = [sys.executable, "-m", "specufex_pipe", stage]
    for name, value in options.items():
        values = value if isinstance(value, list) else [value]
        command += [f"--{name.replace('_', '-')}", *map(str, values)]
    return command


def run_stage(folder, stage, **options):
    done = subprocess.run(
        command_of(stage, options), cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)


def measure(folder):
    """Run the stage; return seconds, and the most memory of all its processes, MB."""
    shown = files("nmf", "hmm", "fingerprints", "clusters", "assignments")
    options = shown | {"spectrograms": "spectrograms.h5", "activations": "1/activations.h5"}
    command = command_of("explorer", options | {"output": "explorer.html", "threads": 2})
    start, most = time.perf_counter(), 0.0
    with (folder / "log.txt").open("w") as log:
        job = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        while job.poll() is None:
            most = max(most, sum(map(memory_of, family_of(job.pid))))
            time.sleep(0.1)
    if job.returncode:
        sys.exit((folder / "log.txt").read_text())
    return time.perf_counter() - start, most


def family_of(process):
    """Return a process and those that it has started, by their numbers."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:  # it is gone
        return [process]
    return [process, *(each for child in children for each in family_of(child))]


def memory_of(process):
    """Return the memory of a process, MB; what it shares with others counts in parts."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:  # it is gone
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("events", type=int, nargs="*", default=[468, 10_000, 100_000])
    print("   events   seconds   peak MB   page MB   folder MB   files")
    for n_events in parser.parse_args().events:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_run(folder, n_events)
            seconds, most = measure(folder)
            page = (folder / "explorer.html").stat().st_size
            beside = [path.stat().st_size for path in folder.glob("explorer_data/*/**/*.js")]
            print(
                f"{n_events:9d}{seconds:10.1f}{most:10.0f}{page / 1e6:10.1f}"
                f"{sum(beside) / 1e6:12.1f}{len(beside):8d}",
                flush=True,
            )


if __name__ == "__main__":
    main()
