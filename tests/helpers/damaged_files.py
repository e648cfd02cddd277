"""Read damaged waveform files; a program, since ObsPy's compiled readers may crash or hang.

`python damaged_files.py FOLDER FORMAT FIRST LAST` makes a folder of a damaged file for each seed,
has the stage of the waveforms read an event in each of them, found by its time and by its name, and
prints a line where an event is lost, where a good file's is, or where memory goes beyond bounds.
"""

import os
import re
import resource
import sys
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np

from helpers.waveforms import CHANNEL, START, noise, trace, write_events_of
from specufex_pipe.settings import WaveformSettings
from specufex_pipe.settings.members import member_models
from specufex_pipe.sources.registry import SOURCES
from specufex_pipe.stages import index, waveforms
from specufex_pipe.store import FrameStore, read_rejections

RECORD = 512
SPACING = 600  # s between files
MOST_MEMORY = 700 << 20  # of which most is that of the libraries
# Where fields of a header are, in each record: offset and NumPy type.
YEARS = {"MSEED": (20, ">u2"), "SAC": (280, "<i4")}
CLAIMS = {"MSEED": (30, ">u2"), "SAC": (316, "<i4")}
RATES = {"MSEED": (32, ">i4"), "SAC": (0, "<f4")}


def set_field(content, file_format, field, value):
    """Set a field in all records of a file, or in its only header."""
    at, kind = field[file_format]
    every = RECORD if file_format == "MSEED" else len(content)
    for begin in range(0, len(content) - RECORD + 1, every):
        part = np.array([value]).astype(kind).tobytes()
        content[begin + at : begin + at + len(part)] = part


def flip_bits(path, content, file_format, rng):
    for _ in range(rng.choice([1, 1, 4, 64])):
        # Headers are short, and what they say is worse.
        last = rng.choice([RECORD, len(content)])
        content[rng.integers(last)] ^= 1 << rng.integers(8)


def truncate(path, content, file_format, rng):
    del content[rng.integers(len(content)) :]


def lengthen(path, content, file_format, rng):
    content += rng.choice([bytes(5000), rng.bytes(5000), bytes(content)])


def change_rate(path, content, file_format, rng):
    if file_format == "GSE2":
        content[:] = re.sub(rb" 100\.000000", b"99999999.00", bytes(content))
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            value = rng.choice([2**31 - 1, -1, 0, 1e30, 0x7FFF7FFF, -(2**31), 1e-30])
            set_field(content, file_format, RATES, value)


def change_year(path, content, file_format, rng):
    year = rng.choice([0, 1, 1900, 2200, 9999, 10202, 32767])
    if file_format == "GSE2":
        content[5:9] = b"%04d" % (year % 10_000)
    else:
        set_field(content, file_format, YEARS, year)


def claim_samples(path, content, file_format, rng):
    if file_format == "GSE2":
        content[:] = bytes(content).replace(b"    6000", b"99999999", 1)
    else:
        with np.errstate(over="ignore"):
            set_field(content, file_format, CLAIMS, rng.choice([2**31 - 1, 65_535, -1, 0]))


def reorder(path, content, file_format, rng):
    records = [content[at : at + RECORD] for at in range(0, len(content), RECORD)]
    chosen = rng.integers(len(records), size=2 * len(records))
    content[:] = b"".join(bytes(records[number]) for number in chosen)


def garbage(path, content, file_format, rng):
    content[:] = rng.choice([b"", bytes(4096), rng.bytes(4096), bytes(content[:RECORD])])


def folder_instead(path, content, file_format, rng):
    path.mkdir()


def pipe_instead(path, content, file_format, rng):
    os.mkfifo(path)


def link_instead(path, content, file_format, rng):
    path.symlink_to(rng.choice(["/dev/zero", "/etc/passwd", path.name, "nowhere", ".."]))


def archive_instead(path, content, file_format, rng):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(1 << 22))


DAMAGES = (
    flip_bits, flip_bits, flip_bits, truncate, lengthen, change_rate, change_year, claim_samples,
    reorder, garbage, folder_instead, pipe_instead, link_instead, archive_instead,
)  # fmt: skip


def channel_of(file_format):
    return CHANNEL.replace(".00.", "..") if file_format == "GSE2" else CHANNEL  # which has no code


def start_of(number):
    return START + SPACING * number


def make_folder(folder, file_format, seeds):
    """Make a good file, and a damaged one for each seed."""
    write = {"MSEED": {"reclen": RECORD}}.get(file_format, {})
    for number, seed in enumerate([None, *seeds]):
        path = folder / f"{number}.file"
        kind = np.int32 if file_format == "GSE2" else np.float32
        data = trace(noise(seed=number).astype(kind), start_of(number))
        data.stats.location = channel_of(file_format).split(".")[2]
        if file_format == "MSEED" and number % 3:  # Steim2; the others are plain
            data.data = data.data.astype(np.int32)
        folder.mkdir(parents=True, exist_ok=True)
        data.write(str(path), format=file_format, **write)
        if seed is None:
            continue
        rng = np.random.default_rng(seed)
        content = bytearray(path.read_bytes())
        path.unlink()
        DAMAGES[seed % len(DAMAGES)](path, content, file_format, rng)
        if not path.is_symlink() and not path.exists():
            path.write_bytes(content)


def read_folder(folder, file_format, n_files, is_named):
    """Let the stages read an event in each file; return event ids, and rejections by event id."""
    times = [(start_of(number) + 10).isoformat() for number in range(n_files)]
    rows = [f"{n},{time}{f',{n}.file' if is_named else ''}" for n, time in enumerate(times)]
    table = write_events_of(folder, rows, f"event_id,time{',file' if is_named else ''}")
    source = member_models(SOURCES)["folder"](
        type="folder", path=str(folder / "source"), format=file_format
    )
    channel = channel_of(file_format)
    found, output = folder / "index.csv", folder / "waveforms.h5"
    index.run(
        source, found, catalog=table, channels=[channel], resolved=folder / "channels.csv"
    )  # fmt: skip
    waveforms.run(
        WaveformSettings(), output, source_settings=source, catalog=table, channel=channel,
        index=found,
    )  # fmt: skip
    with FrameStore(output, "waveforms") as store:
        kept = store.event_ids
    return kept, {row.event_id: row for row in read_rejections(output, "waveforms")}


def main(folder, file_format, first, last):
    # No more than a job has, so that a claim that is believed ends here.
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    folder, kinds = Path(folder), Counter()
    n_files = int(last) - int(first) + 1
    make_folder(folder / "source", file_format, range(int(first), int(last)))
    for is_named in (True, False):
        kept, rejected = read_folder(folder, file_format, n_files, is_named)
        if sorted([*kept, *rejected], key=int) != [str(number) for number in range(n_files)]:
            print(f"{len(kept)} kept and {len(rejected)} rejected of {n_files} events")
        if "0" not in kept:
            print(f"the event of the good file was lost: {rejected['0']}")
        for row in rejected.values():
            kinds[row.kind] += 1
            if row.kind == "unusable data":
                print(f"an error that has no name here: {row.detail}")
    most = int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text("utf-8"))[1]) << 10
    if most > MOST_MEMORY:
        print(f"it took {most >> 20} MB")
    print(f"rejected: {dict(kinds)}; {most >> 20} MB", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
