"""The report in a browser: narrow and wide, light and dark, on paper, by keyboard, unscripted."""

import re
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from helpers.browser import chromium, filled_shares, gray_png
from helpers.report import HOSTILE_DETAIL, HOSTILE_ID, make_page
from helpers.runs import labelled, write_result

from specufex_pipe.plotting import style
from specufex_pipe.rejections import Kind, Rejection
from specufex_pipe.report.compared import compare_runs
from specufex_pipe.report.page.compared import render_compared, render_index
from specufex_pipe.report.runs import gather_runs

WIDTHS = (390, 820, 1280)
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
# What escaping keeps out of a page, and the policy stops if it gets in.
INTRUDERS = """
<script>document.title = "ran"</script>
<img src="data:," onerror="document.title = 'ran'">
<img src="https://example.org/a.png">
<link rel="stylesheet" href="https://example.org/a.css">
<style>body { background: url(https://example.org/b.png) }</style>
<iframe src="https://example.org/a.html"></iframe>
<object data="https://example.org/a.svg"></object>
"""
LONG, RIGHT_TO_LEFT = "x" * 500, "\u05d0\u05d9\u05e8\u05d5\u05e2 7!"


def small(folder):
    """A page of two clusters with all that a catalog may tell, and with another series."""
    columns = {
        "time": [f"2020-01-{1 + day:02}T{day % 24:02}:00:00Z" for day in range(12)],
        "latitude": [f"{number / 10}" for number in range(12)],
        "longitude": ["179.9", "-179.9"] * 6,
        "depth": ["3"] * 12,
        "magnitude": [f"{number / 10}" for number in range(12)],
    }
    rain = [
        f"2020-01-{1 + day:02}T{hour:02}:00,{hour % 7}" for day in range(12) for hour in range(24)
    ]
    (folder / "rain.csv").write_text("\n".join(["time,rain (mm)", *rain]), encoding="utf-8")
    settings = {
        "series": {"Rain": str(folder / "rain.csv")},
        "events": {"Eruption": "2020-01-05"},
        "examples_per_cluster": 2,
    }
    return make_page(folder, [1] * 6 + [2] * 6, columns=columns, settings=settings)


def hostile(folder):
    """A page whose ids and reasons are markup, long, or written from right to left."""
    rejections = [Rejection("bad<b>", "waveforms", Kind.GAP, HOSTILE_DETAIL)] * 30
    rejections += [Rejection(LONG, "waveforms", Kind.GAP, LONG)]
    rejections += [Rejection(RIGHT_TO_LEFT, "waveforms", Kind.GAP, "more than max_gap")]
    ids = [HOSTILE_ID, LONG, RIGHT_TO_LEFT, "<i>", "<style>*{display:none}</style>"]
    return make_page(folder, [2, 1, 1, 2, 0], event_ids=ids, rejected=rejections)


def many_clusters(folder):
    times = [f"2020-{1 + number % 12:02}-01T{number % 24:02}:00:00Z" for number in range(80)]
    return make_page(folder, [*range(1, 41)] * 2, columns={"time": times})


def one_event(folder):
    columns = {"latitude": ["-16"], "longitude": ["180"], "depth": ["1"], "magnitude": ["0"]}
    return make_page(folder, [1], place=None, columns=columns)


def no_cluster(folder):
    return make_page(folder, [1] * 5, place=None, columns={"latitude": ["", "1", "2", "", "95"]})


def gather_three(folder):
    """Return runs of which two have common events, and the third has none with them."""
    labels = [1 + number % 3 for number in range(90)]
    others = [number % 4 for number in range(90)]
    of_runs = {"a": labelled(labels), LONG[:100]: labelled(others), "c": labelled(labels, 500)}
    settings = {"key": LONG}
    return gather_runs([
        write_result(folder / name / "XX.STA..HHZ/main", clusters, settings=settings | {name: 1})
        for name, clusters in of_runs.items()
    ])  # fmt: skip


def compared(folder):
    return render_compared(compare_runs(gather_three(folder)))


def index(folder):
    return render_index(gather_three(folder), folder, folder / "compared.html")


MAKERS = {"small": small, "hostile": hostile}
OF_RUNS = {"compared": compared, "index": index}
OF_BAD_INPUT = {"many clusters": many_clusters, "one event": one_event, "no cluster": no_cluster}


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return a function that writes one of the pages, once, and returns its path."""
    paths = {}

    def write(name):
        if name not in paths:
            folder = tmp_path_factory.mktemp("page")
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(style, "png", gray_png)
                text = (MAKERS | OF_RUNS | OF_BAD_INPUT)[name](folder)
            paths[name] = folder / "page.html"
            paths[name].write_text(text, encoding="utf-8")
        return paths[name]

    return write


@contextmanager
def opened(browser, path, width=1280, **options):
    """Open a page; yield it, and the addresses and errors that it came up with."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    page, asked, errors = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    yield page, asked, errors
    context.close()


def open_all(page):
    """Open what a reader can open."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


def color_of(page, name, selector="body"):
    """Return red, green and blue of a colour as it is computed."""
    value = page.eval_on_selector(selector, f"each => getComputedStyle(each).{name}")
    return [int(part) for part in re.findall(r"\d+", value)[:3]]


def assert_page_fits(page, width):
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def assert_axe_finds_nothing(browser, path, width, scheme):
    options = {"color_scheme": scheme, "bypass_csp": True}  # axe is a script
    with opened(browser, path, width, **options) as (page, *_):
        open_all(page)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def assert_no_page_is_half_empty(page):
    *pages, last = filled_shares(page.pdf(prefer_css_page_size=True, print_background=True))
    assert min(pages) > 0.5, pages
    assert last > 0.05


@pytest.mark.parametrize("name", MAKERS)
def test_page_asks_for_nothing_and_logs_no_error(browser, written, name):
    with opened(browser, written(name)) as (page, asked, errors):
        open_all(page)
        assert {address for address in asked if not address.startswith("data:")} == {page.url}
        assert errors == []
        broken = "[...document.images].filter(each => !each.naturalWidth).length"
        assert page.evaluate(broken) == 0
        assert page.evaluate("document.scripts.length") == 0


@pytest.mark.parametrize("has_policy", [True, False], ids=["with policy", "without"])
def test_policy_stops_scripts_and_requests_even_if_they_get_into_the_page(
    browser, written, tmp_path, has_policy
):
    text = written("small").read_text(encoding="utf-8").replace("</main>", f"{INTRUDERS}</main>")
    path = tmp_path / "page.html"
    path.write_text(text if has_policy else POLICY.sub("", text), encoding="utf-8")
    left = []
    context = browser.new_context()
    context.route(
        re.compile("^https:"), lambda route: (left.append(route.request.url), route.abort())
    )
    page = context.new_page()
    page.goto(path.as_uri())
    assert (page.title() == "ran") != has_policy
    assert bool(left) != has_policy
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", MAKERS | OF_RUNS)
def test_page_itself_does_not_scroll_sideways(browser, written, name, width):
    with opened(browser, written(name), width) as (page, *_):
        assert_page_fits(page, width)


def test_wide_figures_say_on_a_phone_that_they_scroll_and_do_so_by_keyboard(browser, written):
    with opened(browser, written("small"), 390) as (page, *_):
        assert page.locator(".hint:visible").count() == page.locator(".wide").count() > 5
        region = page.locator("#overview .scroll")
        assert region.evaluate("each => each.scrollWidth > each.clientWidth + 200")
        region.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(300)
        assert region.evaluate("each => each.scrollLeft") > 0
        page.set_viewport_size({"width": 1280, "height": 900})
        assert page.locator(".hint:visible").count() == 0


@pytest.mark.parametrize("name, least", [("small", 10), ("compared", 8)])
def test_regions_that_scroll_have_names_of_their_own(browser, written, name, least):
    with opened(browser, written(name), 390) as (page, *_):
        names = page.eval_on_selector_all(".scroll", "all => all.map(each => each.ariaLabel)")
        assert len(set(names)) == len(names) > least
        assert all(re.match(r"(Figure|Table): \w+", name) for name in names)


def test_first_tab_leads_past_the_contents(browser, written):
    with opened(browser, written("small")) as (page, *_):
        page.keyboard.press("Tab")
        link = page.locator(":focus")
        assert link.inner_text() == "Skip to the results"
        assert link.bounding_box()["width"] > 50
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.tagName") == "MAIN"


@pytest.mark.parametrize(
    "name, width, scheme",
    [
        ("small", 390, "light"),
        ("small", 1280, "dark"),
        ("hostile", 390, "dark"),
        ("compared", 390, "dark"),
        ("compared", 1280, "light"),
        ("index", 390, "light"),
    ],
)
def test_axe_finds_nothing(browser, written, name, width, scheme):
    assert_axe_finds_nothing(browser, written(name), width, scheme)


def test_dark_mode_is_dark_but_for_figures_and_paper(browser, written):
    with opened(browser, written("small"), color_scheme="dark") as (page, *_):
        assert max(color_of(page, "backgroundColor")) < 50
        assert min(color_of(page, "color")) > 200
        assert min(color_of(page, "backgroundColor", "#overview .scroll")) == 255
        page.emulate_media(media="print", color_scheme="dark")
        assert min(color_of(page, "backgroundColor")) == 255
        assert max(color_of(page, "color")) < 60


@pytest.mark.parametrize("name", MAKERS)
def test_no_page_of_paper_is_half_empty(browser, written, name):
    with opened(browser, written(name)) as (page, *_):
        assert_no_page_is_half_empty(page)


def test_ids_from_right_to_left_are_set_in_their_own_direction(browser, written):
    places_of_ends = """each => {
        const text = document.createTreeWalker(each, NodeFilter.SHOW_TEXT).nextNode();
        return [0, text.length - 1].map(index => {
            const range = new Range();
            range.setStart(text, index);
            range.setEnd(text, index + 1);
            return range.getBoundingClientRect().left;
        });
    }"""
    with opened(browser, written("hostile")) as (page, *_):
        open_all(page)
        for place in (".examples b", "tr td:first-child"):
            first, last = page.locator(place, has_text=RIGHT_TO_LEFT).evaluate(places_of_ends)
            assert last < first  # the exclamation mark


@pytest.mark.endurance
@pytest.mark.parametrize("name", OF_BAD_INPUT)
def test_pages_of_bad_input_read_as_well(browser, written, name):
    path = written(name)
    for width in WIDTHS:
        with opened(browser, path, width) as (page, _, errors):
            assert_page_fits(page, width)
            assert errors == []
        for scheme in ("light", "dark"):
            assert_axe_finds_nothing(browser, path, width, scheme)
    if name != "many clusters":  # figures of many rows take a page each
        with opened(browser, path) as (page, *_):
            assert_no_page_is_half_empty(page)
