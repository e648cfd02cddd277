"""How fast the explorer is in a browser: the first picture, selecting, filtering, sorting.

Run it with `python benchmarks/explorer_in_browser.py`, or `... 468 10000` for as many events. It
writes pages of made-up events, those of the tests, without waveforms and spectrograms, and opens
them in the Chromium of the system. Times are in milliseconds and are medians, but for that of the
first selection. They are worth little on a machine that does anything else: the load is printed.
"""

import argparse
import os
import statistics
import sys
import tempfile
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from helpers.browser import chromium
from helpers.explorer import explored, write_explorer
from helpers.explorer_page import act, move_mouse, opened, place_in

N_PAGES, N_SELECTIONS = 5, 6
SINCE = "([from, to]) => performance.measure('taken', from, to).duration"
# From a key or button to the table that follows.
UNTIL_TABLE = """async selector => {
    const start = performance.now();
    const changed = new Promise(resolve => new MutationObserver(resolve).observe(
        document.querySelector("#table tbody"), {childList: true}));
    document.querySelector(selector).click();
    await changed;
    return performance.now() - start;
}"""


def time_of_first_picture(page):
    return page.evaluate("performance.getEntriesByName('first picture')[0].startTime")


def times_of_selections(page):
    """Select about a third of the events, again and again, by boxes that differ a little."""
    page.evaluate("""() => addEventListener("pointerup",
        () => performance.mark("released"), {capture: true})""")
    times = []
    for number in range(N_SELECTIONS):
        corners = [(0.01, 0.01), (0.34 + number / 100, 0.99)]
        pixels = [place_in(page, "features", *corner) for corner in corners]
        act(page, partial(move_mouse, page, pixels))
        times.append(page.evaluate(SINCE, ["released", "selected"]))
        page.evaluate("performance.clearMarks('released')")
    return times


def times_of_sorting(page, key):
    selector = f'#table [data-key="{key}"]'
    page.evaluate(UNTIL_TABLE, selector)  # ids are read when they are wanted
    return [page.evaluate(UNTIL_TABLE, selector) for _ in range(3)]


def measure(browser, n_events, folder):
    path = write_explorer(explored(n_events), folder)
    firsts, first_selections, selections, sorts, filters = [], [], [], [], []
    for _ in range(N_PAGES):
        with opened(browser, path) as (page, *_):
            firsts.append(time_of_first_picture(page))
            first, *others = times_of_selections(page)
            first_selections.append(first)
            selections += others
            sorts += times_of_sorting(page, "magnitude")
            filters += [page.evaluate(UNTIL_TABLE, f"#{name}-clusters") for name in ("no", "all")]
    with opened(browser, path) as (page, *_):
        ids = times_of_sorting(page, "id")
    rows = {
        "first picture": firsts, "first selection": first_selections, "selection": selections,
        "sorting by number": sorts, "sorting by id": ids, "filter": filters,
    }  # fmt: skip
    for name, times in rows.items():
        print(f"{n_events:>9,}  {name:<18} {statistics.median(times):7.0f}   {max(times):7.0f}")
    print(f"{'':>9}  load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n_events", nargs="*", type=int, default=[10_000, 1_000_000])
    print(f"{'events':>9}  {'':<18} {'median':>7}   {'most':>7}")
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for n_events in parser.parse_args().n_events:
            place = Path(folder) / str(n_events)
            place.mkdir()
            measure(browser, n_events, place)


if __name__ == "__main__":
    main()
