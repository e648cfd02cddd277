"""The explorer in a browser: light and dark, small, with odd runs and hostile texts, alone."""

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from helpers.browser import chromium
from helpers.explorer import explored, write_explorer
from helpers.explorer_page import (
    AWAIT_MARK,
    act,
    column_of,
    counts,
    drag,
    opened,
    selected_rows,
)

from specufex_pipe.plotting.views import Places

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
HOSTILE = (
    "</script><script>document.title='ran'</script>",
    '"><img src=x onerror="document.title=\'ran\'">',
    "line\u2028separator\u2029paragraph",
    "{{7*7}} {% raw %}",
    "<!--<script>",
    "$$\\href{javascript:document.title='ran'}{x}$$",
    "\u05d0\u05d9\u05e8\u05d5\u05e2 7!",
    "x" * 400,
)
INTRUDERS = """
<script>document.title = "ran"</script>
<img src="data:," onerror="document.title = 'ran'">
<a id="link" href="javascript:void(document.title = 'ran')">link</a>
<iframe src="https://example.org/a.html"></iframe>
<img src="https://example.org/a.png">
"""


def with_values(run, **changed):
    """Return a run whose columns of these keys have other values, or no longer are if None."""
    columns = [
        replace(column, values=np.asarray(changed.get(column.key, column.values)))
        for column in run.columns
        if changed.get(column.key, column.values) is not None
    ]
    return replace(run, columns=columns)


def hostile():
    texts = {"event_ids": HOSTILE, "unit": HOSTILE[0], "name": HOSTILE[1]}
    run = explored(40, texts=texts)
    titles = {"duration": HOSTILE[0], "magnitude": HOSTILE[5], "depth": HOSTILE[1]}
    columns = [
        replace(each, title=titles.get(each.key, each.title), unit=titles.get(each.key, each.unit))
        for each in run.columns
    ]
    columns.append(replace(column_of(run, "membership"), key=f"{HOSTILE[1]} key", title=HOSTILE[3]))
    return replace(run, columns=columns, said=list(HOSTILE), variant=HOSTILE[0])


def constant():
    run = explored(30)
    same = np.full(30, 7.5, np.float32)
    return with_values(
        run, first_component=same, second_component=same, duration=same, magnitude=0 * same,
        time=np.full(30, 1.6e12),
    )  # fmt: skip


def one_event():
    run = explored(1, n_clusters=1)
    place = {"latitude": [42.0], "longitude": [-179.9], "depth": [5.0], "along_section": [0.0]}
    run = with_values(run, **{key: np.float32(value) for key, value in place.items()})
    of_place = [np.array(place[key]) for key in ("latitude", "longitude", "depth")]
    return replace(run, places=Places(*of_place))


def without_numbers():
    """A run of which some columns have no number at all."""
    nothing = np.full(30, np.nan, np.float32)
    run = with_values(explored(30), magnitude=nothing, duration=nothing, depth=nothing)
    return replace(run, places=replace(run.places, depths=nothing))


def without_attributes():
    """A run of which the catalog tells nothing but times."""
    return with_values(explored(30, with_places=False), duration=None, magnitude=None)


def many_clusters():
    return explored(400, n_clusters=45, texts={"name": "a cluster with a long name"})


RUNS = {
    "usual": lambda: explored(120),
    "hostile": hostile,
    "no clusters": lambda: explored(30, n_clusters=0),
    "one event": one_event,
    "one event without places": lambda: explored(1, n_clusters=0, with_places=False),
    "without places": lambda: explored(30, with_places=False),
    "without attributes": without_attributes,
    "constant": constant,
    "without numbers": without_numbers,
    "many clusters": many_clusters,
}


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return a function that writes one of the pages, once, and returns the run and its path."""
    made = {}

    def write(name):
        if name not in made:
            run = RUNS[name]()
            made[name] = run, write_explorer(run, tmp_path_factory.mktemp("explorer"))
        return made[name]

    return write


@pytest.mark.parametrize("name", RUNS)
def test_all_events_of_a_page_can_be_selected_and_shown(browser, written, name):
    run, path = written(name)
    with opened(browser, path) as (page, asked, _):
        assert {address for address in asked if not address.startswith("data:")} == {page.url}
        act(page, page.get_by_role("button", name="Select all shown").click)
        assert counts(page) == (run.n_events,) * 3
        assert len(page.evaluate(SELECTED_TIMES)) == run.n_events
        assert page.locator("tbody tr").count() == min(run.n_events, 50)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1400
        for select in page.locator("select[data-plot]").all():
            for option in select.locator("option").all():
                select.select_option(value=option.get_attribute("value"))
        page.wait_for_timeout(300)


SELECTED_TIMES = "() => Bokeh.documents[0].get_model_by_name('selected').data.timeline_x"


def test_a_run_without_places_has_neither_map_nor_section(browser, written):
    with opened(browser, written("without places")[1]) as (page, *_):
        titles = page.locator(".plot h3").all_inner_texts()
        assert titles == ["Features", "Attributes", "Timeline"]


def test_events_that_have_no_value_cannot_be_selected_by_it(browser, written):
    run, path = written("without numbers")
    with opened(browser, path) as (page, *_):
        drag(page, "features", (0.01, 0.01), (0.99, 0.99))
        assert counts(page)[1] == run.n_events
        drag(page, "attributes", (0.01, 0.01), (0.99, 0.99))
        assert counts(page)[1] == 0


def test_events_in_one_place_are_selected_together(browser, written):
    run, path = written("constant")
    with opened(browser, path) as (page, *_):
        drag(page, "features", (0.4, 0.4), (0.6, 0.6))
        assert counts(page)[1] == run.n_events
        drag(page, "features", (0.1, 0.1), (0.4, 0.4))
        assert counts(page)[1] == 0


def test_hostile_texts_are_shown_as_they_are_and_run_nothing(browser, written):
    run, path = written("hostile")
    with opened(browser, path) as (page, asked, _):
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        page.get_by_label("Event id contains").fill("script")
        n_found = sum("script" in text for text in HOSTILE)
        page.get_by_text(f"{n_found} of 40 events shown").wait_for()
        page.get_by_role("button", name="Clear the filters").click()
        page.get_by_text("40 of 40 events shown").wait_for()
        ids = page.locator("tbody .event-id")
        assert ids.evaluate_all("all => all.map(each => each.textContent)") == run.event_ids
        assert page.text_content("h1") == run.unit
        assert page.title() == f"Explorer: {run.unit}".replace("\u2028", " ")
        names = page.locator("#clusters .name").evaluate_all(
            "all => all.map(each => each.textContent)"
        )
        assert names == [f"{note.number} {note.name}" for note in run.clusters]
        headings = page.locator("thead button").evaluate_all(
            "all => all.map(each => each.textContent)"
        )
        assert headings[1:] == [
            f"{each.title} ({each.unit})" if each.unit else each.title for each in run.columns
        ]
        for text in HOSTILE:
            assert text in page.text_content(".said")
        assert page.locator("body img, body iframe, .said script, tbody script").count() == 0
        assert (
            page.evaluate("document.scripts.length")
            == 2 + page.locator('script[type="application/json"]').count()
        )
        assert {address for address in asked if not address.startswith("data:")} == {page.url}
        last = run.columns[-1]
        page.locator('select[data-plot="attributes"][data-side="x"]').select_option(value=last.key)
        page.wait_for_timeout(300)
        text = page.evaluate(
            "() => Bokeh.documents[0].get_model_by_name('attributes').below[0].axis_label.text"
        )
        assert text == last.title


def test_policy_names_scripts_by_their_digests_alone(written):
    (policy,) = POLICY.findall(written("usual")[1].read_text(encoding="utf-8"))
    directives = dict(each.strip().split(" ", 1) for each in unescape(policy).split(";"))
    scripts = directives["script-src"].split()
    assert [each[:8] for each in scripts] == ["'sha256-", "'sha256-", "'strict-"]
    for directive in ("default-src", "base-uri", "form-action"):
        assert directives[directive] == "'none'"


@pytest.mark.parametrize("has_policy", [True, False], ids=["with policy", "without"])
def test_policy_stops_scripts_and_requests_even_if_they_get_into_the_page(
    browser, written, tmp_path, has_policy
):
    text = written("usual")[1].read_text(encoding="utf-8")
    text = text.replace("</main>", f"{INTRUDERS}</main>")
    path = tmp_path / "page.html"
    path.write_text(text if has_policy else POLICY.sub("", text), encoding="utf-8")
    left = []
    context = browser.new_context()
    context.route(
        re.compile("^https:"), lambda route: (left.append(route.request.url), route.abort())
    )
    page = context.new_page()
    page.goto(path.as_uri())
    page.evaluate(AWAIT_MARK, "first picture")
    page.evaluate("document.getElementById('link').click()")
    page.wait_for_timeout(200)
    assert (page.title() == "ran") != has_policy
    assert bool(left) != has_policy
    evaluated = page.evaluate("""() => new Promise(resolve => setTimeout(() => {
        try { resolve(eval("'ran'")); } catch (error) { resolve(error.name); }
    }))""")
    assert evaluated == ("EvalError" if has_policy else "ran")
    context.close()


def test_a_page_that_has_lost_what_was_beside_it_says_so(browser, tmp_path):
    path = write_explorer(explored(10_050), tmp_path)
    (tmp_path / "explorer_data").rename(tmp_path / "elsewhere")
    context = browser.new_context()
    page = context.new_page()
    page.goto(path.as_uri())
    problem = page.get_by_role("alert")
    problem.wait_for()
    assert "keep explorer_data beside this page" in problem.inner_text()
    context.close()


def test_without_scripts_the_page_says_what_to_do(browser, written):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written("usual")[1].as_uri())
    assert page.locator("noscript p").is_visible()
    assert page.locator("button:visible, input:visible, select:visible").count() == 0
    context.close()


PAINTED = """() => {
    const figure = Bokeh.documents[0].get_model_by_name("features");
    const source = Bokeh.documents[0].get_model_by_name("events");
    return [figure.background_fill_color, figure.border_fill_color,
            figure.below[0].major_label_text_color, source.data.color[0]];
}"""


def channels_of(color):
    if color.startswith("#"):
        return [int(color[place : place + 2], 16) for place in (1, 3, 5)]
    return [int(part) for part in re.findall(r"\d+", color)[:3]]


def luminance(color):
    """Return the relative luminance of WCAG 2.2."""
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in np.array(channels_of(color)) / 255
    ]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(color, other):
    low, high = sorted([luminance(color), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_dark_mode_is_that_of_the_system_or_of_the_reader_and_is_kept(browser, written):
    path = written("usual")[1]
    with opened(browser, path, color_scheme="dark") as (page, *_):
        button = page.get_by_role("button", name="Dark mode")
        assert button.get_attribute("aria-pressed") == "true"
        dark = page.evaluate(PAINTED)
        assert max(luminance(color) for color in dark[:2]) < 0.02
        assert contrast(dark[2], dark[1]) > 7
        button.click()
        page.wait_for_timeout(300)
        light = page.evaluate(PAINTED)
        assert min(luminance(color) for color in light[:2]) == 1
        assert contrast(light[2], light[1]) > 7
        page.reload()
        page.locator("tbody [aria-current]").wait_for()
        assert page.evaluate(PAINTED) == light
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert luminance(ground) == 1


def test_dark_clusters_are_lighter_on_dark_ground(browser, written):
    run, path = written("many clusters")
    with opened(browser, path, color_scheme="dark") as (page, *_):
        ground = page.evaluate(PAINTED)[0]
        swatches = page.locator("#clusters .swatch").evaluate_all(
            "all => all.map(each => getComputedStyle(each).backgroundColor)"
        )
        assert min(contrast(note.color, ground) for note in run.clusters) < 1.5
        assert min(contrast(color, ground) for color in swatches) > 2.7
        drawn = page.evaluate("Bokeh.documents[0].get_model_by_name('events').data.color")
        clusters = column_of(run, "cluster").values
        assert drawn == [swatches[number - 1] for number in clusters]


def test_a_phone_shows_table_and_event_and_plots_on_request(browser, written):
    run, path = written("usual")
    with opened(browser, path, 390, 800) as (page, *_):
        assert page.locator("#plot-features").is_hidden()
        assert page.locator("#table").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator("tbody tr").nth(2).locator("td.time").click()
        assert page.locator("tbody [aria-current]").get_attribute("data-row") == "2"
        button = page.get_by_role("button", name="Show the plots")
        assert button.get_attribute("aria-expanded") == "false"
        button.click()
        assert button.get_attribute("aria-expanded") == "true"
        page.wait_for_timeout(500)
        drag(page, "features", (0.1, 0.1), (0.9, 0.9))
        assert 0 < len(selected_rows(page, run)) == counts(page)[1]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", ["usual", "hostile", "many clusters"])
def test_page_itself_does_not_scroll_sideways(browser, written, name):
    with opened(browser, written(name)[1]) as (page, *_):
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        for width in (1280, 820, 390):
            page.set_viewport_size({"width": width, "height": 900})
            if width == 390:
                page.click("#show-plots")
            page.wait_for_timeout(300)
            assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    "name, width, scheme",
    [
        ("usual", 1400, "light"),
        ("usual", 390, "dark"),
        ("hostile", 1400, "dark"),
        ("many clusters", 820, "light"),
        ("one event", 1400, "light"),
    ],
)
def test_axe_finds_nothing(browser, written, name, width, scheme):
    options = {"color_scheme": scheme, "bypass_csp": True}  # axe is a script
    with opened(browser, written(name)[1], width, **options) as (page, *_):
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        if width <= 700:
            page.click("#show-plots")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        page.get_by_role("button", name="Help and keys").click()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_the_same_run_makes_the_same_page(tmp_path):
    first, second = (tmp_path / name for name in ("first", "second"))
    for folder in (first, second):
        folder.mkdir()
    paths = [write_explorer(explored(50), folder) for folder in (first, second)]
    assert paths[0].read_bytes() == paths[1].read_bytes()
