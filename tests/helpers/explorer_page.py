"""The explorer in a browser, as a reader uses it, and what a selection in it should be."""

from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

PLOTS = ("features", "timeline", "map", "section", "attributes")
# What the columns of a plot are at first.
AXES = {
    "features": ("first_component", "second_component"),
    "timeline": ("time", "cluster"),
    "map": ("longitude", "latitude"),
    "section": ("along_section", "depth"),
    "attributes": ("duration", "magnitude"),
}
FRAME = """name => {
    const figure = Bokeh.documents[0].get_model_by_name(name);
    const view = Bokeh.index[figure.id];
    const canvas = view.el.getBoundingClientRect(), {x, y, width, height} = view.frame.bbox;
    const {x_range, y_range} = figure;
    return [canvas.x + x, canvas.y + y, width, height,
            x_range.start, x_range.end, y_range.start, y_range.end];
}"""
AWAIT_MARK = """name => new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`not ${name} within 30 s`)), 30_000);
    const look = () => performance.getEntriesByName(name).length ? resolve() : setTimeout(look, 10);
    look();
})"""
NEXT_FRAME = "() => new Promise(requestAnimationFrame)"
SOURCE = """name => Object.fromEntries(Object.entries(
    Bokeh.documents[0].get_model_by_name(name).data).map(([key, values]) => [key, [...values]]))"""
MARK_READING = """new MutationObserver(records => {
    for (const {addedNodes: [node]} of records) if (node?.src) performance.mark("reading");
}).observe(document, {childList: true, subtree: true})"""
KEEP_GEOMETRIES = """() => {
    window.geometries = [];
    for (const figure of Bokeh.documents[0].roots()) {
        figure.on_event("selectiongeometry", ({geometry}) => window.geometries.push(geometry));
    }
}"""


class Opened(NamedTuple):
    """A page, and what it asked for and said was wrong."""

    page: object
    asked: list
    errors: list


@contextmanager
def opened(browser, path, width=1400, height=1000, **options):
    """Open a page and wait until it shows an event; fail if it says that anything is wrong."""
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    context.add_init_script(MARK_READING)
    page, asked, errors = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: said.type != "info" and errors.append(said.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    page.locator("tbody [aria-current]").wait_for()
    page.evaluate(KEEP_GEOMETRIES)
    yield Opened(page, asked, errors)
    context.close()
    assert errors == []


def counts(page):
    """Return how many events are shown, selected and drawn, as the page says."""
    text = page.inner_text("#shown") + " " + page.inner_text("#counts")
    shown, _, selected, _, drawn = (
        int(word.replace(",", "")) for word in text.split() if word[0].isdigit()
    )
    return shown, selected, drawn


def act(page, action):
    """Do something that changes the selection, and wait until it has been painted."""
    page.evaluate("performance.clearMarks('selected')")
    action()
    page.evaluate(AWAIT_MARK, "selected")


def place_in(page, name, across, up):
    """Return the pixels of a place in a plot, in parts of its frame."""
    page.locator(f"#plot-{name}").scroll_into_view_if_needed()
    left, top, width, height, *_ = page.evaluate(FRAME, name)
    return left + across * width, top + (1 - up) * height


def drag(page, name, *places):
    """Drag along places in a plot; return the geometry of the selection, as Bokeh tells it."""
    pixels = [place_in(page, name, *place) for place in places]
    act(page, lambda: move_mouse(page, pixels))
    return page.evaluate("window.geometries.at(-1)")


def move_mouse(page, pixels, steps=6):
    """Drag along places of the page, no faster than it follows: moves in one frame are one."""
    page.mouse.move(*pixels[0])
    page.mouse.down()
    page.evaluate(NEXT_FRAME)
    for place in pixels[1:]:
        page.mouse.move(*place, steps=steps)
        page.evaluate(NEXT_FRAME)
    page.mouse.up()


def drawn_places(explored, name, axes=None):
    """Return where a plot has events, x and y, by its axes."""
    return [drawn_values(explored, key) for key in axes or AXES[name]]


def drawn_values(explored, key):
    """Return where an axis has events: lanes of clusters, logarithms, or values as they are."""
    column = column_of(explored, key)
    values = column.values.astype(float)
    if key == "cluster":
        numbers = [note.number for note in explored.clusters]
        lanes = len(numbers) - 1 - np.searchsorted(numbers, values)
        rows = np.arange(1, explored.n_events + 1, dtype=np.uint64)
        return lanes + 0.7 * (rows * 2654435761 % 2**32) / 2**32 - 0.35
    if column.is_logarithmic:
        return np.log10(np.where(values > 0, values, np.nan))
    return values


def column_of(explored, key):
    """Return a column by its key."""
    return next(column for column in explored.columns if column.key == key)


def selected_rows(page, explored):
    """Return the rows that the plots draw as selected, sorted."""
    return rows_in(page, explored, "selected")


def rows_in(page, explored, source):
    """Return the rows that a source has; all of its columns must be of these."""
    data = page.evaluate(SOURCE, source)
    row_of = {time: row for row, time in enumerate(column_of(explored, "time").values.tolist())}
    rows = np.array([row_of[time] for time in data["timeline_x"]], dtype=int)
    for name in PLOTS:
        if f"{name}_x" in data:
            for side, values in zip("xy", drawn_places(explored, name), strict=True):
                got = np.array(data[f"{name}_{side}"], dtype=float)
                np.testing.assert_allclose(got, values[rows], rtol=1e-12)
    return np.sort(rows)
