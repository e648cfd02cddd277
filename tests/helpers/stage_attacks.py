"""Run stages on damaged files and elsewhere; a program, since HDF5 may crash or hang.

`python stage_attacks.py make FOLDER` makes the files of a small run; `flip FOLDER STAGE N` runs a
stage on them N times, with a bit flipped in one of the files that it reads, and prints a line where
it went on and wrote something else, or where its error is no line that names the file;
`write_to FOLDER NUMBER PLACE` runs a command of the run, and lets it write elsewhere.
"""

import contextlib
import io
import json
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers.bit_flips import flip
from helpers.workflow import CHANNELS, read_csv, small_settings, write_catalog
from specufex_pipe.__main__ import main
from specufex_pipe.store import read_attributes, read_rejections

CHANNEL = CHANNELS[0]
SHARDS = ("00000", "00001")
N_EVENTS, SHARD_SIZE = 24, 14
STORES = ("waveforms", "spectrograms", "activations", "fingerprints")
CATALOG, INDEX, WINDOWS, NAMES = "catalog.h5", "index.csv", "shards.csv", "channels.csv"


class Command(NamedTuple):
    """A stage as it is called: options, files that it reads by option, files that it writes."""

    stage: str
    options: tuple[str, ...]
    reads: dict[str, str]
    writes: dict[str, str]
    # Files that it reads through others: the shards behind joined stores.
    behind: tuple[str, ...] = ()


def shards_of(*kinds):
    return tuple(f"shards/{shard}/{kind}.h5" for kind in kinds for shard in SHARDS)


def stores(*kinds):
    return {f"--{kind}": f"{kind}.h5" for kind in kinds}


def commands():
    """Return the commands of a run, in their order."""
    found = [
        Command("catalog", (), {}, {"--output": CATALOG}),
        Command(
            "index", ("--channels", CHANNEL), {"--catalog": CATALOG},
            {"--output": INDEX, "--resolved": NAMES},
        ),
        Command(
            "shards", ("--shard-size", str(SHARD_SIZE)),
            {"--catalog": CATALOG, "--index": INDEX, "--channels": NAMES}, {"--output": WINDOWS},
        ),
    ]  # fmt: skip
    for number, shard in enumerate(SHARDS):
        rows = f"{number * SHARD_SIZE}:{(number + 1) * SHARD_SIZE}"
        place = f"shards/{shard}"
        found += [
            Command(
                "waveforms", ("--channel", CHANNEL, "--rows", rows),
                {"--catalog": CATALOG, "--index": INDEX}, {"--output": f"{place}/waveforms.h5"},
            ),
            Command(
                "spectrograms", (), {"--waveforms": f"{place}/waveforms.h5"},
                {"--output": f"{place}/spectrograms.h5"},
            ),
        ]  # fmt: skip
    folders = ("--waveform-shards", "shards", "--spectrogram-shards", "shards", "--n-shards", "2")
    found.append(
        Command(
            "rejected", folders, {}, {"--output": "rejected.csv"},
            shards_of("waveforms", "spectrograms"),
        )
    )  # fmt: skip
    found += [join("waveforms"), join("spectrograms")]
    models = stores("nmf", "hmm", "clusters")
    found.append(
        Command(
            "nmf", (), stores("spectrograms"), {"--output": "nmf.h5"}, shards_of("spectrograms")
        )
    )
    found += [
        Command(
            "activations", (),
            {"--spectrograms": f"shards/{shard}/spectrograms.h5", "--nmf": "nmf.h5"},
            {"--output": f"shards/{shard}/activations.h5"},
        )
        for shard in SHARDS
    ]  # fmt: skip
    found += [
        join("activations"),
        Command(
            "hmm", (), stores("activations", "nmf"), {"--output": "hmm.h5"},
            shards_of("activations"),
        ),
    ]  # fmt: skip
    found += [
        Command(
            "fingerprints", (),
            {"--activations": f"shards/{shard}/activations.h5"} | stores("nmf", "hmm"),
            {"--output": f"shards/{shard}/fingerprints.h5"},
        )
        for shard in SHARDS
    ]  # fmt: skip
    return [
        *found,
        join("fingerprints"),
        Command(
            "clusters", (), stores("fingerprints"), {"--output": "clusters.h5"},
            shards_of("fingerprints"),
        ),
        Command(
            "assign", (), stores("fingerprints", "clusters"), {"--output": "assignments.h5"},
            shards_of("fingerprints"),
        ),
        Command(
            "neighbours", (), stores("fingerprints", "clusters"), {"--output": "neighbours.h5"},
            shards_of("fingerprints"),
        ),
        Command(
            "repeaters", (), stores("catalog", "waveforms", "neighbours"),
            {"--output": "families.h5", "--table": "families.csv",
             "--recurrences": "recurrence.csv"},
            shards_of("waveforms"),
        ),
        Command(
            "differential_times", ("--phase", "P"), stores("families"),
            {"--output": "dt.cc", "--growclust": "xcordata.txt", "--events": "event_numbers.csv",
             "--stations": "station_labels.csv"},
        ),
        Command(
            "distances", (), stores("fingerprints", "clusters", "waveforms", "spectrograms"),
            {"--output": "distances.h5"}, shards_of("fingerprints", "waveforms", "spectrograms"),
        ),
        Command(
            "classifier", (),
            stores("fingerprints", "clusters", "spectrograms", "catalog", "families")
            | {"--labels": "labels.csv"},
            {"--output": "classifier.h5", "--evaluation": "evaluation.h5"},
            shards_of("fingerprints", "spectrograms"),
        ),
        Command(
            "classify", (), stores("fingerprints", "clusters", "classifier"),
            {"--output": "labels.h5"}, shards_of("fingerprints"),
        ),
        Command(
            "events", (),
            stores(
                "labels", "families", "assignments", "catalog", "waveforms", "spectrograms"
            ) | models,
            {"--output": "events.csv", "--description": "events.csv-metadata.json",
             "--quakeml": "events.xml"},
        ),
        Command(
            "background", ("--channel", CHANNEL), {"--catalog": CATALOG, "--index": INDEX} | models,
            {"--output": "background.h5"},
        ),
        Command(
            "report", (),
            stores(
                "labels", "evaluation", "families", "catalog", "assignments", "background", *STORES
            ) | models,
            {"--output": "report.html"}, shards_of(*STORES),
        ),
        Command(
            "explorer", (),
            stores("families", "catalog", "assignments", "background", *STORES) | models,
            {"--output": "explorer.html"}, shards_of(*STORES),
        ),
    ]  # fmt: skip


def join(kind):
    options = ("--shards", "shards", "--n-shards", "2")
    return Command("join", options, {}, {"--output": f"{kind}.h5"}, shards_of(kind))


def settings_of(stage):
    settings = small_settings(
        channels=[CHANNEL],
        report={"examples_per_cluster": 1, "uncertain_per_cluster": 0},
        neighbours={"n_neighbors": 5},
        repeaters={"threshold": 0.3},
        classifier={"method": "logistic_regression", "n_folds": 2},
        distances={"of": ["waveforms", "spectrograms", "features"]},
    )
    settings |= {"catalog": {"path": str(Path("catalog.csv").absolute())}}
    sections = {
        "catalog": ["catalog"], "index": ["source"], "shards": ["waveforms", "source"],
        "waveforms": ["waveforms", "source"], "spectrograms": ["spectrograms"], "nmf": ["nmf"],
        "hmm": ["hmm"], "fingerprints": ["fingerprints"], "clusters": ["clusters"],
        "background": ["background", "waveforms", "source", "spectrograms", "fingerprints"],
        "neighbours": ["neighbours"], "repeaters": ["repeaters"],
        "differential_times": ["repeaters"], "classifier": ["classifier"],
        "classify": ["classifier"], "distances": ["distances"],
        "report": ["report"], "explorer": ["report"],
    }  # fmt: skip
    if stage not in sections:
        return ()
    return ("--settings", json.dumps({name: settings.get(name, {}) for name in sections[stage]}))


def run(command):
    """Run a stage; return its exit status and what it printed."""
    printed = io.StringIO()
    with contextlib.redirect_stderr(printed), contextlib.redirect_stdout(printed):
        status = main(arguments(command))
    return status, printed.getvalue()


def arguments(command):
    """Return the command line of a command."""
    given = [command.stage, *settings_of(command.stage), *command.options]
    for option, path in (*command.reads.items(), *command.writes.items()):
        given += [option, path]
    return given


def write_labels():
    """Give the events of the catalog labels by turns."""
    events = [row["event_id"] for row in read_csv(Path("catalog.csv"))[1:N_EVENTS]]
    rows = [f"{event},{'ab'[place % 2]}" for place, event in enumerate(events)]
    Path("labels.csv").write_text("\n".join(["event_id,label", *rows]) + "\n", encoding="utf-8")


def make_run():
    """Make the files of a run in the folder at hand."""
    write_catalog(Path(), N_EVENTS, N_EVENTS)
    write_labels()
    for command in commands():
        status, printed = run(command)
        if status:
            raise RuntimeError(f"{command.stage}: {printed}")


def written_by(command, path):
    """Return what is in a file that a stage has written."""
    if command.stage == "join":  # HDF5 keeps the time at which a virtual data set was made
        kind = Path(path).stem
        return str(read_attributes(path, kind)), read_rejections(path, kind)
    # The page says when it was written.
    return re.sub(rb"<time>[^<]*</time>", b"", Path(path).read_bytes())


def attack(command, rng):
    """Run a stage on a damaged file; return what was wrong with how it took that, or nothing."""
    targets = [*command.reads.values(), *command.behind]
    target = targets[rng.integers(len(targets))]
    before = {path: Path(path).read_bytes() for path in (target, *command.writes.values())}
    expected = [written_by(command, path) for path in command.writes.values()]
    for path in command.writes.values():
        Path(path).unlink()
    flip(Path(target), rng)
    status, printed = run(command)
    wrong = judge(command, target, status, printed, expected)
    for path, content in before.items():
        Path(path).write_bytes(content)
    return f"{command.stage} with {target}: {wrong}" if wrong else ""


def judge(command, target, status, printed, expected):
    errors = [line for line in printed.splitlines() if " error: " in line]
    written = [path for path in command.writes.values() if Path(path).exists()]
    if status == 0:
        found = [written_by(command, path) for path in command.writes.values()]
        return "" if found == expected else "another result, in silence"
    if written:
        return f"{written} written in spite of the error"
    if "Traceback" in printed or status != 1 or len(errors) != 1:
        return f"status {status}: {printed}"
    if Path(target).name not in errors[0]:
        return f"the error does not name the file: {errors[0]}"
    return ""


def flip_bits(stage, n_flips):
    """Attack a stage again and again; print what was wrong each time."""
    of_stage = [each for each in commands() if each.stage == stage and (each.reads or each.behind)]
    for seed in range(int(n_flips)):
        rng = np.random.default_rng(seed)
        if wrong := attack(of_stage[seed % len(of_stage)], rng):
            print(f"seed {seed}: {wrong}")


def write_to(number, folder):
    """Run a command, let it write to another folder, and leave as it does."""
    command = commands()[int(number)]
    writes = {option: str(Path(folder) / path) for option, path in command.writes.items()}
    sys.exit(main(arguments(command._replace(writes=writes))))


if __name__ == "__main__":
    what, place, *rest = sys.argv[1:]
    os.chdir(place)
    {"make": make_run, "flip": flip_bits, "write_to": write_to}[what](*rest)
