"""The filters of the explorer, held against NumPy."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.browser import chromium
from helpers.explorer import explored, write_explorer
from helpers.explorer_page import column_of, counts, opened, rows_in

N_EVENTS = 300


def run_with_outside():
    """A run in which some events are outside, and depths are whole tenths."""
    run = explored(N_EVENTS, n_clusters=4)
    changed = {
        "outside": (np.arange(N_EVENTS) % 5 == 0).astype(np.uint8),
        "depth": np.round(column_of(run, "depth").values, 1),
    }
    columns = [
        replace(column, values=changed.get(column.key, column.values)) for column in run.columns
    ]
    return replace(run, columns=columns)


RUN = run_with_outside()
VALUES = {column.key: column.values for column in RUN.columns}


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def opened_once(browser, tmp_path_factory):
    with opened(browser, write_explorer(RUN, tmp_path_factory.mktemp("explorer"))) as (page, *_):
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        yield page


@pytest.fixture
def page(opened_once):
    yield opened_once
    opened_once.get_by_role("button", name="Clear the filters").click()
    wait_for(opened_once, N_EVENTS)


def wait_for(page, n_shown):
    page.get_by_text(f"{n_shown} of {N_EVENTS} events shown", exact=True).wait_for()


def set_range(page, key, low=None, high=None):
    for input_, value in zip(page.locator(f'[data-range="{key}"] input').all(), (low, high)):  # noqa: B905, at most two
        if value is not None:
            input_.fill(value)


def assert_shown(page, is_shown):
    """Check count, plots and table."""
    rows = np.flatnonzero(is_shown)
    assert 0 < len(rows) < N_EVENTS
    wait_for(page, len(rows))
    page.wait_for_timeout(200)
    assert rows_in(page, RUN, "events").tolist() == rows.tolist()
    assert counts(page)[2] == len(rows)
    listed = page.eval_on_selector_all("tbody tr", "all => all.map(each => +each.dataset.row)")
    assert listed == rows[:50].tolist()  # rows are in the order of their times


@pytest.mark.parametrize(
    "key, low, high",
    [
        ("magnitude", "0.5", None),
        ("magnitude", None, "0.5"),
        ("magnitude", "0.25", "1"),
        ("membership", "0.5", "0.9"),
        ("silhouette", None, "0"),
        ("duration", "6", "9.5"),
        ("latitude", "42", None),
    ],
)
def test_ranges_of_numbers_hide_what_is_without_and_what_has_none(page, key, low, high):
    set_range(page, key, low, high)
    values = VALUES[key]
    assert_shown(page, (values >= float(low or -1e9)) & (values <= float(high or 1e9)))


def test_an_end_is_within_although_single_precision_rounds_it(page):
    # In single precision, some tenths are more and some are less than what is typed.
    depths = VALUES["depth"].astype(float)
    assert (depths[np.isfinite(depths)] != np.round(depths[np.isfinite(depths)], 1)).any()
    for ends in (("2.3", "2.3"), ("4.7", "7.9"), ("3.1", "6.6")):
        set_range(page, "depth", *ends)
        low, high = (float(end) for end in ends)
        tenths = np.round(depths, 1)
        inside = (tenths >= low) & (tenths <= high)
        if inside.any():
            assert_shown(page, inside)
    set_range(page, "depth", "", "")


def test_times_are_utc_to_the_second(page):
    times = np.sort(VALUES["time"])
    low, high = (np.datetime64(int(times[place]) // 1000, "s") for place in (40, 200))
    set_range(page, "time", str(low), str(high))
    seconds = VALUES["time"] / 1000
    assert_shown(page, (seconds >= low.astype(int)) & (seconds <= high.astype(int)))
    assert low.astype(int) not in seconds  # else the test would not tell < from <=


def test_clusters_can_be_left_out_one_by_one_and_all(page):
    page.get_by_role("checkbox", name="Cluster 2").uncheck()
    assert_shown(page, VALUES["cluster"] != 2)
    page.get_by_role("checkbox", name="Cluster 4").uncheck()
    assert_shown(page, ~np.isin(VALUES["cluster"], (2, 4)))
    page.get_by_role("button", name="None").click()
    wait_for(page, 0)
    page.get_by_role("checkbox", name="Cluster 3").check()
    assert_shown(page, VALUES["cluster"] == 3)
    page.get_by_role("button", name="All", exact=True).click()
    wait_for(page, N_EVENTS)


@pytest.mark.parametrize("choice, wanted", [("yes", 1), ("no", 0)])
def test_events_outside_can_be_shown_alone_or_left_out(page, choice, wanted):
    page.get_by_label("Outside").select_option(choice)
    assert_shown(page, VALUES["outside"] == wanted)


@pytest.mark.parametrize("text", ["event00002", "T00001", " 42 "])
def test_ids_are_searched_for_a_text_in_any_case(page, text):
    page.get_by_label("Event id contains").fill(text)
    assert_shown(page, [text.strip().lower() in each.lower() for each in RUN.event_ids])


def test_all_filters_that_are_set_must_hold(page):
    page.get_by_role("checkbox", name="Cluster 1").uncheck()
    set_range(page, "membership", "0.5")
    set_range(page, "magnitude", "0.1", "1.5")
    page.get_by_label("Outside").select_option("no")
    page.get_by_label("Event id contains").fill("1")
    magnitudes = VALUES["magnitude"]
    expected = (VALUES["cluster"] != 1) & (VALUES["membership"] >= 0.5) & (VALUES["outside"] == 0)
    expected &= (magnitudes >= np.float32(0.1)) & (magnitudes <= np.float32(1.5))
    assert_shown(page, expected & ["1" in each for each in RUN.event_ids])


def test_clearing_the_filters_shows_all(page):
    page.get_by_role("checkbox", name="Cluster 1").uncheck()
    set_range(page, "magnitude", "0.1")
    page.get_by_label("Event id contains").fill("1")
    page.wait_for_timeout(400)
    page.get_by_role("button", name="Clear the filters").click()
    wait_for(page, N_EVENTS)
    assert page.get_by_role("checkbox", name="Cluster 1").is_checked()
    assert page.get_by_label("Event id contains").input_value() == ""


def test_filters_that_leave_nothing_say_so(page):
    set_range(page, "magnitude", "50")
    wait_for(page, 0)
    page.wait_for_timeout(200)
    assert counts(page) == (0, 0, 0)
    assert page.locator("tbody tr").count() == 0
    assert page.inner_text("#listed") == "0 events shown"
