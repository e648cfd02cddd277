"""Selecting in the plots of the explorer, held against NumPy."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.browser import chromium
from helpers.explorer import explored, write_explorer
from helpers.explorer_page import (
    FRAME,
    PLOTS,
    act,
    column_of,
    counts,
    drag,
    drawn_places,
    drawn_values,
    move_mouse,
    opened,
    place_in,
    rows_in,
    selected_rows,
)
from matplotlib.path import Path as Polygon

RUN = explored(300)
LASSO = ((0.2, 0.2), (0.8, 0.3), (0.6, 0.9), (0.4, 0.5), (0.15, 0.8))


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
    """A page for all tests of which each makes a selection of its own."""
    with opened(browser, path) as (page, *_):
        yield page


def in_box(run, name, geometry, axes=None):
    """Return the rows in a box."""
    x, y = drawn_places(run, name, axes)
    low, high = sorted([geometry["y0"], geometry["y1"]])
    return np.flatnonzero((x >= geometry["x0"]) & (x <= geometry["x1"]) & (y >= low) & (y <= high))


def drag_box(page, name, start=(0.1, 0.15), end=(0.6, 0.75)):
    return drag(page, name, start, end)


@pytest.mark.parametrize("name", PLOTS)
def test_a_box_selects_the_events_in_it_in_all_plots(one_page, name):
    geometry = drag_box(one_page, name)
    expected = in_box(RUN, name, geometry)
    assert 5 < len(expected) < 250
    assert selected_rows(one_page, RUN).tolist() == expected.tolist()
    assert counts(one_page) == (300, len(expected), 300)


def test_a_box_is_where_it_was_drawn(one_page):
    geometry = drag_box(one_page, "features", (0.25, 0.25), (0.75, 0.5))
    left, right, low, high = ends_of(one_page, "features")
    assert geometry["x0"] == pytest.approx(left + 0.25 * (right - left), abs=0.01 * (right - left))
    assert geometry["y1"] == pytest.approx(low + 0.5 * (high - low), abs=0.01 * (high - low))


@pytest.mark.parametrize("name", PLOTS)
def test_a_tap_selects_the_nearest_event_and_shows_it(one_page, name):
    x, y = drawn_places(RUN, name)
    across, down = pixels_of(one_page, name, x, y)
    row = int(np.flatnonzero(np.isfinite(x + y))[40])
    there = across[row] + 3, down[row] - 2
    nearest = np.nanargmin(np.hypot(across - there[0], down - there[1]))
    act(one_page, lambda: one_page.mouse.click(*there))
    assert selected_rows(one_page, RUN).tolist() == [nearest]
    assert rows_in(one_page, RUN, "current").tolist() == [nearest]
    shown = one_page.locator("tbody [aria-current]").get_attribute("data-row")
    assert shown == str(nearest)


@pytest.mark.parametrize("name", PLOTS)
def test_a_lasso_selects_the_events_in_it_in_all_plots(one_page, name):
    one_page.get_by_label("select with a lasso").check()
    geometry = drag(one_page, name, *LASSO)
    corners = np.column_stack([geometry["x"], geometry["y"]])
    # Scales of the axes differ by many powers of ten.
    center, scale = corners.mean(axis=0), np.ptp(corners, axis=0)
    places = (np.column_stack(drawn_places(RUN, name)) - center) / scale
    inside = Polygon((corners - center) / scale).contains_points(places)
    assert 5 < inside.sum() < 250
    assert selected_rows(one_page, RUN).tolist() == np.flatnonzero(inside).tolist()


def pixels_of(page, name, x, y):
    left, right, low, high = ends_of(page, name)
    return place_in(page, name, (x - left) / (right - left), (y - low) / (high - low))


def ends_of(page, name):
    """Return the ends of the axes of a plot."""
    return page.evaluate(FRAME, name)[4:]


def test_a_tap_where_no_event_is_changes_nothing(page):
    drag_box(page, "features")
    before = counts(page)
    page.mouse.click(*place_in(page, "features", 0.02, 0.02))
    page.wait_for_timeout(300)
    assert counts(page) == before


def test_shift_adds_to_a_selection_and_control_takes_away(page):
    first = in_box(RUN, "features", drag_box(page, "features"))
    page.keyboard.down("Shift")
    second = in_box(RUN, "timeline", drag_box(page, "timeline"))
    page.keyboard.up("Shift")
    both = np.union1d(first, second)
    assert len(first) < len(both) < len(first) + len(second)
    assert selected_rows(page, RUN).tolist() == both.tolist()
    page.keyboard.down("Control")
    third = in_box(RUN, "section", drag_box(page, "section"))
    page.keyboard.up("Control")
    left = np.setdiff1d(both, third)
    assert 0 < len(left) < len(both)
    assert selected_rows(page, RUN).tolist() == left.tolist()
    row = int(left[0])
    x, y = (values[row] for values in drawn_places(RUN, "features"))
    page.keyboard.down("Control")
    act(page, lambda: page.mouse.click(*pixels_of(page, "features", x, y)))
    page.keyboard.up("Control")
    assert counts(page)[1] == len(left) - 1


def test_buttons_select_all_events_that_are_shown_and_none(page):
    page.get_by_role("checkbox", name="Cluster 2").uncheck()
    clusters = column_of(RUN, "cluster").values
    shown = int((clusters != 2).sum())
    page.get_by_text(f"{shown} of 300 events shown").wait_for()
    act(page, page.get_by_role("button", name="Select all shown").click)
    assert selected_rows(page, RUN).tolist() == np.flatnonzero(clusters != 2).tolist()
    act(page, page.get_by_role("button", name="Clear selection").click)
    assert counts(page) == (shown, 0, shown)


def test_what_filters_hide_is_neither_drawn_nor_selected(page):
    drag_box(page, "timeline", (0.02, 0.02), (0.9, 0.98))
    page.get_by_role("checkbox", name="Cluster 2").uncheck()
    clusters = column_of(RUN, "cluster").values
    shown = np.flatnonzero(clusters != 2)
    page.get_by_text(f"{len(shown)} of 300 events shown").wait_for()
    page.wait_for_timeout(300)
    assert rows_in(page, RUN, "events").tolist() == shown.tolist()
    selected = selected_rows(page, RUN)
    assert (clusters[selected] != 2).all()
    assert counts(page) == (len(shown), len(selected), len(shown))
    # Nor can it be selected.
    geometry = drag_box(page, "features", (0.02, 0.02), (0.98, 0.98))
    inside = in_box(RUN, "features", geometry)
    assert selected_rows(page, RUN).tolist() == np.intersect1d(inside, shown).tolist()


@pytest.mark.parametrize(
    "choose, name, axes",
    [
        ({"timeline-y": "magnitude"}, "timeline", ("time", "magnitude")),
        ({"timeline-y": "duration"}, "timeline", ("time", "duration")),
        (
            {"attributes-x": "depth", "attributes-y": "duration"},
            "attributes",
            ("depth", "duration"),
        ),
    ],
)
def test_other_columns_can_be_chosen_for_the_axes(page, choose, name, axes):
    for select, key in choose.items():
        plot, side = select.split("-")
        page.locator(f'select[data-plot="{plot}"][data-side="{side}"]').select_option(key)
    geometry = drag_box(page, name)
    expected = in_box(RUN, name, geometry, axes)
    assert 5 < len(expected) < 290
    times = column_of(RUN, "time").values[expected]
    drawn = page.evaluate(
        "() => [...Bokeh.documents[0].get_model_by_name('selected').data.timeline_x]"
    )
    assert drawn == times.tolist()
    titles = page.evaluate(
        """name => {
            const {below: [x], left: [y]} = Bokeh.documents[0].get_model_by_name(name);
            return [x.axis_label.text, y.axis_label.text];
        }""",
        name,
    )
    assert [title.split(" (")[0].lower() for title in titles] == list(axes)


def test_ticks_of_a_logarithmic_axis_are_values_and_stay_so_when_it_is_zoomed(page):
    texts = """() => {
        const [axis] = Bokeh.documents[0].get_model_by_name("attributes").below;
        const texts = new Map([...axis.major_label_overrides].map(([at, {text}]) => [at, text]));
        return axis.ticker.ticks.map(tick => [tick, texts.get(tick)]);
    }"""
    few = page.evaluate(texts)
    assert len(few) >= 3
    for _ in range(4):
        page.mouse.move(*place_in(page, "attributes", 0.4, 0.5))
        page.keyboard.down("Control")
        page.mouse.wheel(0, -300)
        page.keyboard.up("Control")
    page.wait_for_timeout(300)
    left, right, *_ = ends_of(page, "attributes")
    near = page.evaluate(texts)
    assert few != near
    for tick, text in near:
        assert left <= tick <= right
        assert float(text) == pytest.approx(10**tick, rel=1e-3)
    assert len(near) >= 3


def test_moved_and_zoomed_plots_come_back(page):
    before = [ends_of(page, name) for name in PLOTS]
    page.get_by_label("move").check()
    places = ((0.5, 0.5), (0.7, 0.6))
    move_mouse(page, [place_in(page, "features", *place) for place in places])
    page.mouse.move(*place_in(page, "map", 0.5, 0.5))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.wait_for_timeout(300)
    after = [ends_of(page, name) for name in PLOTS]
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True, False, True, True]
    assert counts(page)[1] == 0
    page.get_by_role("button", name="Show all again").click()
    page.wait_for_timeout(500)
    for name, ends in zip(PLOTS, before, strict=True):
        assert ends_of(page, name) == pytest.approx(ends, rel=1e-6)


def test_the_wheel_alone_scrolls_the_page(page):
    before = ends_of(page, "features")
    page.mouse.move(*place_in(page, "features", 0.5, 0.5))
    page.mouse.wheel(0, 200)
    page.wait_for_timeout(300)
    assert ends_of(page, "features") == before
    assert page.evaluate("scrollY") > 50


@pytest.mark.parametrize("width", [1400, 900])
def test_a_map_is_true_to_scale_and_a_section_has_depth_downwards(browser, path, width):
    with opened(browser, path, width) as (page, *_):
        page.wait_for_timeout(300)
        left, right, low, high = ends_of(page, "map")
        (x0, y0), (x1, y1) = (place_in(page, "map", *place) for place in ((0, 0), (1, 1)))
        ratio = abs(x1 - x0) / (right - left) / (abs(y1 - y0) / (high - low))
        assert ratio == pytest.approx(np.cos(np.deg2rad(42)), rel=0.01)
        *_, top_of_section, bottom_of_section = ends_of(page, "section")
        assert top_of_section > bottom_of_section
        for key, ends in (("longitude", (left, right)), ("latitude", (low, high))):
            values = column_of(RUN, key).values
            assert ends[0] < np.nanmin(values)
            assert np.nanmax(values) < ends[1]


def test_umap_can_be_chosen_where_there_is_one(browser, tmp_path):
    place = RUN.columns.index(column_of(RUN, "second_component")) + 1
    columns = list(RUN.columns)
    for key, of in (("second_umap", "depth"), ("first_umap", "duration")):
        values = drawn_values(RUN, of).astype(np.float32)
        columns.insert(place, replace(column_of(RUN, "membership"), key=key, values=values))
    run = replace(RUN, columns=columns)
    with opened(browser, write_explorer(run, tmp_path)) as (page, *_):
        page.get_by_label("Axes").select_option("umap")
        geometry = drag_box(page, "features")
        expected = in_box(run, "features", geometry, ("first_umap", "second_umap"))
        assert len(expected) > 5
        assert counts(page)[1] == len(expected)


def test_a_map_across_the_date_line_is_in_one_piece(browser, tmp_path):
    longitudes = column_of(RUN, "longitude").values
    turned = np.float32(180 - (13 - longitudes.astype(float)) % 360)
    columns = [
        replace(column, values=turned) if column.key == "longitude" else column
        for column in RUN.columns
    ]
    places = replace(RUN.places, longitudes=turned.astype(float), lines=[], stations=[])
    run = replace(RUN, columns=columns, places=places)
    with opened(browser, write_explorer(run, tmp_path)) as (page, *_):
        left, right, *_ = ends_of(page, "map")
        assert right - left < 1
        drag_box(page, "map", (0.02, 0.02), (0.98, 0.98))
        assert counts(page)[1] == np.isfinite(longitudes).sum()
        labels = page.evaluate("""() => [...Bokeh.documents[0].get_model_by_name("map").below[0]
            .major_label_overrides.values()].map(({text}) => text)""")
        assert any("\N{MINUS SIGN}179" in label for label in labels)
        assert not any(label.startswith("18") and label > "180" for label in labels)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    run = explored(12_000, seed=3)
    return run, write_explorer(run, tmp_path_factory.mktemp("many"))


def test_of_many_events_a_sample_is_drawn_and_all_are_counted(browser, many):
    run, path = many
    with opened(browser, path) as (page, asked, _):
        assert counts(page) == (12_000, 0, 10_000)
        geometry = drag_box(page, "features")
        expected = in_box(run, "features", geometry)
        drawn = selected_rows(page, run)
        shown, selected, n_drawn = counts(page)
        assert (shown, selected) == (12_000, len(expected))
        assert len(drawn) == min(len(expected), 5000)
        assert set(drawn) <= set(expected.tolist())
        assert n_drawn == len(set(drawn) | set(rows_in(page, run, "events"))) <= 10_000
        # Everything comes from beside the page.
        folder = path.parent.as_uri() + "/"
        assert all(address.startswith((folder, "data:", "blob:")) for address in asked)


def test_few_selected_events_among_many_are_drawn(browser, many):
    run, path = many
    with opened(browser, path) as (page, *_):
        drawn = set(rows_in(page, run, "events"))
        hidden = next(row for row in range(run.n_events) if row not in drawn)
        page.get_by_label("Event id contains").fill(run.event_ids[hidden])
        page.get_by_text("1 of 12,000 events shown").wait_for()
        act(page, page.get_by_role("button", name="Select all shown").click)
        assert counts(page) == (1, 1, 1)
        page.get_by_role("button", name="Clear the filters").click()
        page.get_by_text("12,000 of 12,000 events shown").wait_for()
        page.wait_for_timeout(500)
        assert selected_rows(page, run).tolist() == [hidden]
        assert counts(page)[1] == 1


def test_the_first_picture_is_drawn_before_anything_beside_the_page_is_read(browser, many):
    run, path = many
    with opened(browser, path) as (page, *_):
        first, *read = page.evaluate("""() => ["first picture", "reading"].flatMap(name =>
            performance.getEntriesByName(name).map(({startTime}) => startTime))""")
        assert len(read) > len(run.columns)
        assert first <= min(read)


@pytest.mark.endurance
def test_a_million_events_are_selected_filtered_and_sorted_exactly(browser, tmp_path):
    run = explored(1_000_000)
    with opened(browser, write_explorer(run, tmp_path)) as (page, *_):
        for name in PLOTS:
            expected = in_box(run, name, drag_box(page, name))
            shown, selected, drawn = counts(page)
            assert (shown, selected) == (run.n_events, len(expected))
            assert 5000 <= drawn <= 10_000
        magnitudes = column_of(run, "magnitude").values
        page.locator('[data-range="magnitude"] input').first.fill("3.5")
        n_large = int((magnitudes >= 3.5).sum())
        page.get_by_text(f"{n_large:,} of 1,000,000 events shown").wait_for()
        page.get_by_role("button", name="Clear the filters").click()
        page.get_by_text("1,000,000 of 1,000,000 events shown").wait_for()
        page.locator('#table [data-key="magnitude"]').dblclick()
        page.locator('[aria-sort="descending"] [data-key="magnitude"]').wait_for()
        largest = np.argsort(-magnitudes, kind="stable")[:50]
        listed = page.eval_on_selector_all("tbody tr", "all => all.map(each => +each.dataset.row)")
        assert listed == largest.tolist()
        page.get_by_text(run.event_ids[largest[49]], exact=True).wait_for()
