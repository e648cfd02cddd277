"""What states, fingerprints and clusters cost: the stages from activations.h5 on, one by one.

`python benchmarks/scale.py --from-activations 10000 100000` runs it. It generates activations of
four kinds of event by three NMFs, 97 frames of 30 components each, in a temporary folder, and runs
the stages as the workflow does, on two cores: NMFs and shards two at a time, with a core each.
"""

import csv
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml

from specufex_pipe.settings import ClusterSettings, WaveformSettings
from specufex_pipe.store import read_attributes, write_events
from specufex_pipe.waveforms.attributes import ATTRIBUTES

N_FRAMES, N_COMPONENTS = 97, 30
_N_FREQUENCIES, _N_SPECTROGRAMS = 40, 300
_EVENTS_AT_A_TIME = 1000
_CORES = 2
_NMFS = range(1, ClusterSettings().n_nmfs + 1)
_SILENCE = 3  # the phase of a frame in which nothing happens


class Measured(NamedTuple):
    """What a stage took, over its jobs.

    Attributes
    ----------
    jobs : int
    seconds : float
        From the start of the first job to the end of the last.
    processor : float
        Seconds of processor time of all jobs.
    megabytes : float
        Most memory of a job.
    """

    jobs: int
    seconds: float
    processor: float
    megabytes: float


def activations(n_events, seed, nmf=1, n_components=N_COMPONENTS):
    """Return generated activations, shape (n_events, N_FRAMES, n_components).

    An event passes through three phases, each with some components of its own. Two kinds
    pass through the same phases in the opposite order, two through others. NMFs have other
    components of the same events.
    """
    of_kinds = np.random.default_rng(nmf)
    phases = of_kinds.gamma(0.3, size=(3, 3, n_components))
    profiles = np.concatenate([phases[:1], phases[:1, ::-1], phases[1:]])
    silence = np.zeros((len(profiles), 1, n_components))
    profiles = np.concatenate([profiles, silence], axis=1)
    rng = np.random.default_rng((1, seed))
    kind = rng.integers(len(profiles), size=(n_events, 1))
    onset = rng.uniform(10, 25, (n_events, 1))
    ends = onset + rng.uniform(8, 24, (n_events, 3)).cumsum(axis=1)
    frames = np.arange(N_FRAMES)
    phase = (frames[:, None] >= ends[:, None, :]).sum(axis=2)
    phase[frames < onset] = _SILENCE
    loudness = rng.uniform(3, 30, (n_events, 1, 1))
    shape = n_events, N_FRAMES, n_components
    heard = profiles[kind, phase] * loudness * rng.gamma(2.0, 0.5, shape)
    return (heard + 0.1 * rng.gamma(0.5, size=shape)).astype(np.float32)


def write_run(folder, n_events, shard_size):
    """Write settings, catalog, and all that the stages read; return the number of shards."""
    ids = [f"event{number}" for number in range(n_events)]
    starts = np.datetime64("2020-01-01") + np.arange(n_events) * np.timedelta64(60, "s")
    rows = list(zip(ids, np.datetime_as_string(starts).tolist(), strict=True))
    with (folder / "catalog.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("event_id", "time"), *rows])
    settings = {
        "channels": ["XX.STA..HHZ"],
        "catalog": {"path": "catalog.csv"},
        "source": {"path": "."},
        "nmf.n_components": N_COMPONENTS,
        "nmf.bayesian.prune_below": 0.0,
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))
    _write_waveforms(folder / "waveforms.h5", ids)
    _write_spectrograms(folder / "spectrograms.h5")
    _run(folder, "catalog", output="catalog.h5")
    for nmf in _NMFS:
        variant = {"variant": f"main.{nmf}"} if nmf > 1 else {}
        _run(folder, "nmf", spectrograms="spectrograms.h5", output=f"{nmf}/nmf.h5", **variant)
        n_shards = _write_activations(folder / str(nmf), ids, nmf, shard_size)
        _run(
            folder, "join",
            shards=f"{nmf}/shards", n_shards=n_shards, output=f"{nmf}/activations.h5",
        )  # fmt: skip
    return n_shards


def _write_activations(folder, ids, nmf, shard_size):
    """Write the activations of an NMF in shards; return their number."""
    inputs = {"spectrograms": "generated", "nmf": read_attributes(folder / "nmf.h5")["digest"]}
    firsts = range(0, len(ids), shard_size)
    for shard, first in enumerate(firsts):
        path = folder / "shards" / f"{shard:05d}" / "activations.h5"
        with write_events(path, "activations", settings={}, inputs=inputs) as store:
            stop = min(first + shard_size, len(ids))
            for start in range(first, stop, _EVENTS_AT_A_TIME):
                some = ids[start : min(start + _EVENTS_AT_A_TIME, stop)]
                made = activations(len(some), start, nmf)
                store.append(some, [N_FRAMES] * len(some), made.reshape(-1, N_COMPONENTS))
    return len(firsts)


def _write_waveforms(path, ids):
    """Write attributes; of the samples, of which no stage asks here, one an event."""
    own, rng = WaveformSettings(), np.random.default_rng(0)
    with write_events(path, "waveforms", settings=own.model_dump(), inputs={}) as store:
        store.append(
            ids,
            [1] * len(ids),
            np.zeros(len(ids), np.float32),
            onset=np.full(len(ids), own.before),
            recorded_rate=np.full(len(ids), own.sampling_rate),
            attributes=rng.lognormal(size=(len(ids), len(ATTRIBUTES))),
        )
        store.attributes(
            channel="XX.STA..HHZ", sampling_rate=own.sampling_rate, before=own.before, unit="counts"
        )
        store.describe(
            "attributes",
            names=[attribute.name for attribute in ATTRIBUTES],
            units=[attribute.unit_for("counts") for attribute in ATTRIBUTES],
        )


def _write_spectrograms(path):
    """Write some spectrograms, for an NMF that has as many components as the activations."""
    patterns = np.random.default_rng(0).gamma(0.2, size=(N_COMPONENTS, _N_FREQUENCIES))
    frames = activations(_N_SPECTROGRAMS, 0).reshape(-1, N_COMPONENTS) @ patterns
    ids = [f"spectrogram{number}" for number in range(_N_SPECTROGRAMS)]
    with write_events(path, "spectrograms", settings={}, inputs={}) as store:
        store.append(ids, [N_FRAMES] * len(ids), frames.astype(np.float32))
        store.array("frequencies", np.arange(float(_N_FREQUENCIES)))
        store.attributes(processing="{}")


def _run(folder, stage, **options):
    """Run a job; return its processor time, s, and its most memory, MB."""
    command = [sys.executable, "-m", "specufex_pipe", stage]
    for name, value in options.items():
        values = value if isinstance(value, list) else [value]
        command += [f"--{name.replace('_', '-')}", *map(str, values)]
    with (folder / "log.txt").open("ab") as log:
        job = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        _, status, usage = os.wait4(job.pid, 0)
    job.returncode = os.waitstatus_to_exitcode(status)
    if job.returncode:
        sys.exit((folder / "log.txt").read_text())
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _measured(jobs):
    """Run jobs, some at a time; each is a stage's folder, name and options."""
    start = time.perf_counter()
    with ThreadPoolExecutor(_CORES) as pool:
        used = list(pool.map(lambda job: _run(job[0], job[1], **job[2]), jobs))
    processor, megabytes = zip(*used, strict=True)
    return Measured(len(jobs), time.perf_counter() - start, sum(processor), max(megabytes))


def measure(n_events, shard_size):
    """Run the stages on generated activations; return what each took, by name."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        n_shards = write_run(folder, n_events, shard_size)
        models = {
            name: [f"{nmf}/{name}.h5" for nmf in _NMFS] for name in ("nmf", "hmm", "fingerprints")
        }
        table = {"catalog": "catalog.h5", "waveforms": "waveforms.h5"}
        features = table | {"fingerprints": models.pop("fingerprints")}
        jobs = {
            "hmm": [
                {"activations": f"{nmf}/activations.h5", "nmf": f"{nmf}/nmf.h5",
                 "output": f"{nmf}/hmm.h5", "checkpoint": f"{nmf}/hmm.checkpoint.h5", "threads": 1}
                for nmf in _NMFS
            ],
            "fingerprints": [
                {"nmf": f"{nmf}/nmf.h5", "hmm": f"{nmf}/hmm.h5",
                 "activations": f"{nmf}/shards/{shard:05d}/activations.h5",
                 "output": f"{nmf}/shards/{shard:05d}/fingerprints.h5",
                 "threads": max(1, _CORES // n_shards)}
                for nmf in _NMFS
                for shard in range(n_shards)
            ],
            "join": [
                {"shards": f"{nmf}/shards", "n_shards": n_shards,
                 "output": f"{nmf}/fingerprints.h5"}
                for nmf in _NMFS
            ],
            "clusters": [features | {"output": "clusters.h5"}],
            "assign": [features | {"clusters": "clusters.h5", "output": "assignments.h5"}],
            "events": [
                models | table | {
                    "clusters": "clusters.h5", "assignments": "assignments.h5",
                    "spectrograms": "spectrograms.h5", "output": "events.csv",
                    "description": "events.csv-metadata.json", "quakeml": "events.xml",
                }
            ],
        }  # fmt: skip
        found = {
            stage: _measured([(folder, stage, options) for options in of_stage])
            for stage, of_stage in jobs.items()
        }
        lines = (folder / "log.txt").read_text().splitlines()
        print(
            "\n".join(line for line in lines if "learned from" in line or "in 0 clusters" in line)
        )
        return found


def print_table(n_events, stages):
    """Print what each stage took, and all of them."""
    seconds = sum(stage.seconds for stage in stages.values())
    most = max(stage.megabytes for stage in stages.values())
    print(f"\n{n_events} events from activations: {seconds:.0f} s in all, at most {most:.0f} MB")
    print("  stage           jobs   seconds  processor  ms/event  peak MB")
    for name, stage in stages.items():
        print(
            f"  {name:14s}{stage.jobs:6d}{stage.seconds:10.1f}{stage.processor:11.1f}"
            f"{1000 * stage.processor / n_events:10.3f}{stage.megabytes:9.0f}",
            flush=True,
        )
