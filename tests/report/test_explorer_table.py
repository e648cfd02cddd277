"""The table and the keys of the explorer, held against NumPy."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.browser import chromium
from helpers.explorer import explored, write_explorer
from helpers.explorer_page import act, column_of, counts, opened, selected_rows

N_EVENTS = 230


def run_with_ties():
    """A run whose ids are in no order, with ties, zeros of both signs and values below 0."""
    run = explored(N_EVENTS)
    random = np.random.default_rng(4)
    silhouettes = np.round(column_of(run, "silhouette").values, 1)
    silhouettes[::9] = -0.0
    silhouettes[4::9] = 0.0
    silhouettes[2::9] = np.nan
    changed = {
        "silhouette": silhouettes,
        "outside": random.integers(0, 2, N_EVENTS).astype(np.uint8),
        "time": random.permutation(column_of(run, "time").values),
    }
    columns = [
        replace(column, values=changed.get(column.key, column.values)) for column in run.columns
    ]
    ids = [f"x{number:03d}" for number in random.permutation(N_EVENTS)]
    return replace(run, columns=columns, event_ids=ids)


RUN = run_with_ties()
BY_TIME = np.argsort(column_of(RUN, "time").values, kind="stable")


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_explorer(RUN, tmp_path_factory.mktemp("explorer"))


@pytest.fixture
def page(browser, path):
    with opened(browser, path) as (page, *_):
        yield page


@pytest.fixture(scope="module")
def one_page(browser, path):
    """A page for tests that sort, and leave nothing else behind."""
    with opened(browser, path) as (page, *_):
        yield page


def rows_of_page(page):
    return page.eval_on_selector_all("tbody tr", "all => all.map(each => +each.dataset.row)")


def all_rows(page):
    """Return the rows of all pages."""
    page.click("#first-page", force=True)
    rows = rows_of_page(page)
    while page.locator("#next-page").is_enabled():
        page.click("#next-page")
        rows += rows_of_page(page)
    return rows


def sort_by(page, key, direction="ascending"):
    heading = page.locator(f'thead th:has([data-key="{key}"])')
    while heading.get_attribute("aria-sort") != direction:
        heading.locator("button").click()
    sorted_by = page.locator('thead [aria-sort="ascending"], thead [aria-sort="descending"]')
    assert sorted_by.count() == 1


def expected_order(values, direction):
    """Return rows by value; NaN comes last, and ties stay in the order of their rows."""
    keys = values.astype(float)
    return np.argsort(keys if direction == "ascending" else -keys, kind="stable").tolist()


@pytest.mark.parametrize("direction", ["ascending", "descending"])
@pytest.mark.parametrize("key", [column.key for column in RUN.columns])
def test_the_table_sorts_as_numpy_does(one_page, key, direction):
    sort_by(one_page, key, direction)
    assert all_rows(one_page) == expected_order(column_of(RUN, key).values, direction)


@pytest.mark.parametrize("direction", ["ascending", "descending"])
def test_the_table_sorts_by_id(one_page, direction):
    sort_by(one_page, "id", direction)
    order = sorted(range(N_EVENTS), key=RUN.event_ids.__getitem__)
    assert all_rows(one_page) == (order if direction == "ascending" else order[::-1])


def test_cells_have_the_values_of_their_event(page):
    row = int(BY_TIME[3])
    line = page.locator(f'tbody [data-row="{row}"]')
    cells = line.locator("td:not(.choice)").all_inner_texts()
    assert line.locator("th").inner_text() == RUN.event_ids[row]
    for column, cell in zip(RUN.columns, cells, strict=True):
        value = column.values[row]
        if column.kind == "time":
            time = np.datetime64(int(value), "ms")
            assert cell == str(time).replace("T", " ")[:22]
        elif column.kind == "flag":
            assert cell == ("yes" if value else "no")
        elif column.kind == "cluster":
            assert cell == (str(value) if value else "\N{EN DASH}")
        elif np.isnan(value):
            assert cell == "\N{EN DASH}"
        else:
            assert float(cell.replace("\N{MINUS SIGN}", "-")) == pytest.approx(value, rel=1e-4)


def test_pages_are_of_fifty_rows(page):
    assert rows_of_page(page) == BY_TIME[:50].tolist()
    assert page.locator("#previous-page").is_disabled()
    page.click("#next-page")
    assert rows_of_page(page) == BY_TIME[50:100].tolist()
    page.click("#last-page")
    assert rows_of_page(page) == BY_TIME[200:].tolist()
    assert page.locator("#next-page").is_disabled()
    page.get_by_label("Page", exact=True).fill("3")
    page.keyboard.press("Enter")
    assert rows_of_page(page) == BY_TIME[100:150].tolist()
    page.get_by_label("Page", exact=True).fill("99")
    page.keyboard.press("Enter")
    assert rows_of_page(page) == BY_TIME[200:].tolist()
    assert page.inner_text("#pages") == "of 5"


def test_checkboxes_select_and_only_selected_events_can_be_listed(page):
    chosen = BY_TIME[[2, 5, 7]].tolist()
    for row in chosen:
        act(page, page.get_by_label(f"Select {RUN.event_ids[row]}", exact=True).check)
    assert selected_rows(page, RUN).tolist() == sorted(chosen)
    page.get_by_label("List only selected events").check()
    assert rows_of_page(page) == chosen
    assert page.inner_text("#listed") == "3 events selected"
    act(page, page.get_by_label(f"Select {RUN.event_ids[chosen[0]]}", exact=True).click)
    assert rows_of_page(page) == chosen[1:]
    # The row that had the focus is gone.
    assert page.evaluate("document.activeElement.ariaLabel") == "Table of events"
    page.get_by_label("List only selected events").uncheck()
    assert all_rows(page) == BY_TIME.tolist()


def test_a_click_on_a_row_and_enter_on_its_id_show_the_event(page):
    page.locator("tbody tr").nth(4).locator("td.time").click()
    assert shown(page) == BY_TIME[4]
    page.get_by_role("button", name=RUN.event_ids[BY_TIME[8]], exact=True).focus()
    page.keyboard.press("Enter")
    assert shown(page) == BY_TIME[8]
    assert counts(page)[1] == 0


def shown(page):
    return int(page.locator("tbody [aria-current]").get_attribute("data-row"))


def test_arrows_go_through_the_events_in_the_order_of_the_table(page):
    assert shown(page) == BY_TIME[0]
    page.keyboard.press("ArrowUp")
    assert shown(page) == BY_TIME[0]
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    assert shown(page) == BY_TIME[2]
    sort_by(page, "magnitude", "descending")
    page.locator("body").press("ArrowDown")
    order = expected_order(column_of(RUN, "magnitude").values, "descending")
    assert shown(page) == order[order.index(BY_TIME[2]) + 1]


def test_arrows_turn_the_page_and_take_the_focus_along(page):
    row = page.get_by_role("button", name=RUN.event_ids[BY_TIME[48]], exact=True)
    row.press("Enter")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert rows_of_page(page) == BY_TIME[50:100].tolist()
    assert shown(page) == BY_TIME[51]
    assert page.evaluate("document.activeElement.textContent") == RUN.event_ids[BY_TIME[51]]
    box = page.locator("tbody [aria-current]").bounding_box()
    frame = page.get_by_label("Table of events").bounding_box()
    assert frame["y"] < box["y"] < frame["y"] + frame["height"] - box["height"] + 1


def test_arrows_in_a_field_are_those_of_the_field(page):
    page.get_by_label("Event id contains").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_label("select in a box").focus()
    page.keyboard.press("ArrowDown")
    assert page.get_by_label("select with a lasso").is_checked()
    assert shown(page) == BY_TIME[0]


def test_escape_clears_the_selection_but_not_from_within_the_help(page):
    act(page, page.get_by_role("button", name="Select all shown").click)
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").is_hidden()
    assert shown(page) == BY_TIME[0]
    assert counts(page)[1] == N_EVENTS
    act(page, lambda: page.keyboard.press("Escape"))
    assert counts(page)[1] == 0


def test_keys_of_one_sign_can_be_turned_off_for_good(page):
    page.get_by_role("button", name="Help and keys").click()
    page.get_by_label("Keys of one letter or sign work").uncheck()
    page.get_by_role("button", name="Close").click()
    page.reload()
    page.locator("tbody [aria-current]").wait_for()
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_hidden()
    page.keyboard.press("ArrowDown")
    assert shown(page) == BY_TIME[1]


def test_all_can_be_done_by_keyboard_alone(page):
    """From the beginning of the page: find events, select them, list them and show one."""
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the table of events"
    page.get_by_label("Event id contains").focus()
    page.keyboard.type("x00")
    page.get_by_text(f"10 of {N_EVENTS} events shown").wait_for()
    page.get_by_role("button", name="Select all shown").focus()
    act(page, lambda: page.keyboard.press("Space"))
    page.get_by_label("List only selected events").focus()
    page.keyboard.press("Space")
    assert len(rows_of_page(page)) == 10
    page.locator("tbody .event-id").nth(6).focus()
    page.keyboard.press("Enter")
    assert shown(page) == rows_of_page(page)[6]
