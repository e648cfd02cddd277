"""What becomes of gaps
====================

A gap inside a window is bridged by a straight line. At an edge of the window the record fades.

An event of the demonstration loses 0.2 s in its middle, and then 0.2 s at the start of its window.
The left column shows the record around each gap, the right column what the default high-pass makes
of it. The line across the gap has no wiggles, so neither has the filtered record there; beside the
gap it is right again. At the edge the record rises from its mean, over as many samples as are
missing. A step to zero, the dotted line, would be several times as loud.
"""

import sys
from pathlib import Path

import numpy as np
import obspy
from matplotlib.figure import Figure

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.plotting.style import ACCENT, INK, MUTED, png, styled
from specufex_pipe.waveforms.processing import prepare
from specufex_pipe.waveforms.steps.base import Context
from specufex_pipe.waveforms.steps.filter import Filter
from specufex_pipe.waveforms.steps.trend import Detrend

HERE = Path(__file__).parent
RECORDS = HERE.parents[1] / "resources/demo/waveforms"
TIME, BEFORE, LENGTH, GAP, RATE = obspy.UTCDateTime("2010-09-01T00:11:39.55"), 5.0, 20.0, 0.2, 100.0
STEPS = [Detrend(), Filter("highpass", fmin=1.0)]
START = TIME - BEFORE


def read_record():
    """Return the record of the event, with margins."""
    files = sorted(RECORDS.rglob("*.mseed"))
    record = obspy.Stream()
    for file in files:
        record += obspy.read(file, "MSEED", starttime=START - 5, endtime=START + LENGTH + 5)
    return record.merge()


def window_of(record, steps):
    """Return the samples of the window after some steps."""
    context = Context(Event("event", TIME, "", {}), record[0].id, RATE)
    end = START + LENGTH
    return prepare(
        record.copy(), START, end, context, steps=steps, margin=5, max_gap=1.0
    ).samples.astype(float)


def without(record, first, last):
    """Return a record that has no data between two times, in s from the start of the window."""
    before = record.copy().trim(endtime=START + first)
    return before + record.copy().trim(starttime=START + last)


def cases(record):
    """Return title, limits of the axis, and the record with each gap."""
    return [
        ("A gap inside", (9.0, 12.0), without(record, 10.4, 10.4 + GAP)),
        ("Data missing at the start", (-0.1, 2.0), record.copy().trim(starttime=START + GAP)),
    ]


def draw(axes, seconds, lines, limits, title):
    """Draw some lines over time."""
    shown = (seconds >= limits[0]) & (seconds <= limits[1])
    for values, label, options in lines:
        axes.plot(seconds[shown], values[shown], label=label, **options)
    axes.set(title=title, xlim=limits, xlabel="Time in the window (s)")


@styled
def gaps_figure(record):
    """Draw each gap before and after the filter."""
    figure = Figure((7.2, 4.6), layout="constrained")
    grid = figure.subplots(2, 2)
    seconds = np.arange(round(LENGTH * RATE)) / RATE
    true = {"color": MUTED, "linewidth": 0.8}
    ours = {"color": ACCENT, "linewidth": 1.3}
    for row, (title, limits, damaged) in zip(grid, cases(record), strict=True):
        for axes, steps, name in zip(row, ([], STEPS), ("as recorded", "filtered"), strict=True):
            whole, found = window_of(record, steps), window_of(damaged, steps)
            lines = [(whole, "without the gap", true), (found, "what is made of it", ours)]
            if steps and "start" in title:
                cut = np.concatenate([np.zeros(round(GAP * RATE)), raw_after(record)])
                lines.append(
                    (filtered(cut), "a step to zero", {"color": INK, "ls": ":", "lw": 0.9})
                )
            draw(axes, seconds, lines, limits, f"{title}, {name}")
            axes.set_ylabel("Amplitude (counts)")
    handles, labels = grid[-1, -1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    return figure


def raw_after(record):
    """Return the samples of the window after those that are missing at its start."""
    return window_of(record, [])[round(GAP * RATE) :]


def filtered(samples):
    """Return samples after the default steps, without margins."""
    trace = obspy.Trace(samples, {"sampling_rate": RATE})
    return trace.detrend("linear").filter("highpass", freq=1.0, zerophase=True).data


def main(folder=HERE):
    """Draw the picture; return how much of the filtered record the gaps leave as it was."""
    record = read_record()
    (Path(folder) / "gaps.png").write_bytes(png(gaps_figure(record), dpi=150))
    whole = window_of(record, STEPS)
    numbers = {}
    for title, _, damaged in cases(record):
        changed = np.abs(window_of(damaged, STEPS) - whole) > 0.05 * np.abs(whole).max()
        numbers[f"share that stays, {title.lower()}"] = float(1 - changed.mean())
    return numbers


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
