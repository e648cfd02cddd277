"""The explorer's event, its neighbours, the members of a cluster, and sound, in a browser."""

import dataclasses
import shutil

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from helpers import explorer_event
from helpers.browser import chromium
from helpers.explorer import explored
from helpers.explorer_event import (
    opened,
    picture_of,
    record_of,
    run_of,
    show,
    wait_for_event,
    write_page,
)
from helpers.report import HOSTILE_ID
from playwright.sync_api import expect
from sklearn.neighbors import NearestNeighbors

from specufex_pipe.plotting import style
from specufex_pipe.report.explorer.event_plots import (
    event_plots,
    frequency_marks,
    rows_of_frequencies,
)

N_EVENTS = 300
ROW = 131
HOSTILE_IDS = [HOSTILE_ID, "<img src=x onerror=document.title='ran'>", "__proto__", "constructor"]
LOGARITHMIC = np.geomspace(0.5, 40, 60)


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def run():
    return explored(N_EVENTS)


@pytest.fixture(scope="module")
def path(run, tmp_path_factory):
    return write_page(tmp_path_factory.mktemp("explorer"), run)


@pytest.fixture(scope="module")
def page(browser, path):
    with opened(browser, path) as page:
        show(page, ROW)
        yield page


def detail_of(run, row):
    (detail,) = run.details(np.array([row]))
    return detail


def column_of(run, key):
    return next(column.values for column in run.columns if column.key == key)


def source_of(page, name):
    """Return the data of a source of Bokeh; images as two-dimensional arrays."""
    data = page.evaluate(
        """name => Object.fromEntries(
          Object.entries(explorer.plotModel(`event-${name}-data`).data).map(([key, values]) =>
            [key, key === "image" ? values.map((v) => [[...v], v.shape]) : [...values]]))""",
        name,
    )
    if "image" in data:
        data["image"] = [np.reshape(values, shape) for values, shape in data["image"]]
    return data


def read_color(page, selector, name):
    return page.eval_on_selector(selector, f"each => getComputedStyle(each).{name}")


def label_of(page, name):
    return page.evaluate(f"explorer.plotModel('event-{name}').html_attributes['aria-label']")


def test_the_waveform_has_the_samples_of_the_event_at_their_times(page, run):
    samples = detail_of(run, ROW).samples
    data = source_of(page, "samples")
    np.testing.assert_allclose(data["time"], run.clock.samples(len(samples)), atol=1e-5)
    # The mu-law keeps 127 levels, finer for small samples.
    np.testing.assert_allclose(
        data["sample"], samples / np.abs(samples).max(), rtol=0.03, atol=2e-4
    )
    assert source_of(page, "envelope")["time"] == []


def test_the_spectrogram_has_the_frames_at_their_times_and_frequencies(page, run):
    frames = detail_of(run, ROW).frames
    data = source_of(page, "spectrogram")
    (image,) = data["image"]
    np.testing.assert_allclose(image, frames.T.clip(0, 20), atol=0.5 * 20 / 255 + 1e-6)
    half = run.clock.frame_interval / 2
    first, last = run.clock.frames(len(frames))[[0, -1]]
    assert data["x"] == pytest.approx([first - half])
    assert data["dw"] == pytest.approx([last - first + 2 * half])
    assert (data["y"], data["dh"]) == ([-0.5], [len(run.frequencies)])


def test_states_and_fingerprint_have_the_numbers_of_the_event(page, run):
    detail = detail_of(run, ROW)
    states, fingerprint = source_of(page, "states"), source_of(page, "fingerprint")
    np.testing.assert_allclose(states["image"][0], detail.state_probabilities.T, atol=0.5 / 255)
    assert (states["y"], states["dh"]) == ([0.5], [run.n_states])
    # From the state of the row to that of the column.
    np.testing.assert_allclose(
        fingerprint["image"][0], detail.fingerprint.clip(0, 0.3), atol=0.5 * 0.3 / 255 + 1e-6
    )
    assert fingerprint["x"] == fingerprint["y"] == [0.5]
    ends = "(({start, end}) => [start, end])(explorer.plotModel('event-fingerprint').y_range)"
    assert page.evaluate(ends) == [run.n_states + 0.5, 0.5]


def test_all_panels_have_the_time_axis_of_the_samples(page, run):
    ends = [
        page.evaluate(f"(r => [r.start, r.end])(explorer.plotModel('event-{name}').x_range)")
        for name in ("waveform", "spectrogram", "states")
    ]
    n_samples = len(detail_of(run, ROW).samples)
    duration = n_samples / run.clock.sampling_rate
    assert ends[0] == pytest.approx([-run.clock.before, duration - run.clock.before])
    assert ends[1:] == ends[:1] * 2


def test_the_heading_says_what_the_event_is_and_how_sure_its_cluster(page, run):
    cluster, membership = (column_of(run, key)[ROW] for key in ("cluster", "membership"))
    time = np.datetime64(int(column_of(run, "time")[ROW]), "ms")
    said = page.inner_text("#event-facts")
    assert page.inner_text("#event-title") == f"event{ROW:07d}"
    assert f"{str(time).replace('T', ' ')[:-1]} UTC" in said
    assert f"Cluster {cluster}" in said
    assert f"in its cluster in {round(100 * float(membership))} % of the resamples" in said
    color = style.cluster_color(int(cluster))
    rgb = ", ".join(str(int(color[i : i + 2], 16)) for i in (1, 3, 5))
    assert read_color(page, "#event-badge", "backgroundColor") == f"rgb({rgb})"


def test_a_second_cluster_is_said(browser, run, tmp_path):
    values = {"second_cluster": np.full(N_EVENTS, 2, np.uint16)}
    values["second_membership"] = np.full(N_EVENTS, 0.05, np.float32)
    columns = [
        dataclasses.replace(column, values=values.get(column.key, column.values))
        for column in run.columns
    ]
    path = write_page(tmp_path, dataclasses.replace(run, columns=columns))
    with opened(browser, path) as page:
        show(page, 3)
        assert "else most often in cluster 2, in 5 %" in page.inner_text("#event-facts")


def values_of(page):
    """Return what is listed of the event, by title."""
    texts = page.eval_on_selector_all(
        "#event-values div", "lines => lines.map(line => [...line.children].map(c => c.innerText))"
    )
    return dict(texts)


def test_all_columns_are_listed_with_value_and_unit(page, run):
    told = values_of(page)
    assert list(told) == [column.title for column in run.columns]
    value, unit = told["Duration"].split()
    assert float(value) == pytest.approx(column_of(run, "duration")[ROW], rel=1e-4)
    assert unit == "s"
    magnitude = column_of(run, "magnitude")[ROW]
    assert float(told["Magnitude"]) == pytest.approx(magnitude, rel=1e-4)
    assert told["Outside"] == "no"
    assert told["Second cluster"] == "\u2013"


def test_what_an_event_does_not_have_is_a_dash(page, run):
    assert np.isnan(column_of(run, "magnitude")[10])
    show(page, 10)
    assert values_of(page)["Magnitude"] == "\u2013"
    assert np.isnan(column_of(run, "depth")[7])
    show(page, 7)
    assert values_of(page)["Depth"] == "\u2013"  # without its unit
    show(page, ROW)


def test_each_plot_says_in_words_what_it_shows(page, run):
    detail = detail_of(run, ROW)
    frame, row = np.unravel_index(detail.frames.argmax(), detail.frames.shape)
    time = run.clock.frames(len(detail.frames))[frame]
    assert f"strongest at {run.frequencies[row]:.3g} Hz" in label_of(page, "spectrogram")
    side = "before" if time < 0 else "after"
    assert f"{abs(time):.3g} s {side} the catalog time" in label_of(page, "spectrogram")
    duration = len(detail.samples) / run.clock.sampling_rate
    assert label_of(page, "waveform").startswith(f"Waveform of {duration:.3g} s, peak ")
    means = detail.state_probabilities.mean(axis=0)
    most = int(means.argmax())
    said = f"most often state {most + 1} ({round(100 * means[most])} %)"
    assert said in label_of(page, "states")
    first, second = np.unravel_index(detail.fingerprint.argmax(), detail.fingerprint.shape)
    expected = f"Fingerprint, largest from state {first + 1} to state {second + 1}."
    assert label_of(page, "fingerprint") == expected
    assert page.get_by_role("img", name="Spectrogram, strongest at").count() == 1


def test_colours_are_those_of_the_report(page):
    mapper = "explorer.plotModel('event-spectrogram-colors')"
    palette = page.evaluate(f"{mapper}.palette")
    assert page.evaluate(f"[{mapper}.low, {mapper}.high]") == [0, 20]
    assert (palette[0], palette[255]) == ("#000004", "#fcfdbf")  # the ends of magma
    assert len(palette) == 256


def test_plots_follow_the_theme(browser, path):
    line = "explorer.plotModel('event-line').glyph.line_color.value"
    label = "explorer.plotModel('event-states').left[0].axis_label_text_color"
    with opened(browser, path, color_scheme="dark") as page:
        show(page, ROW)
        assert page.evaluate(f"[{line}, {label}]") == ["rgb(227, 231, 236)", "rgb(165, 175, 186)"]
        page.click("#theme")
        assert page.evaluate(f"[{line}, {label}]") == ["rgb(29, 36, 48)", "rgb(91, 100, 112)"]


def test_the_plots_are_the_same_for_the_same_run(run):
    event = run_of(run)["event"]
    assert event_plots(event) == event_plots(event)


def test_the_latest_event_is_drawn_however_late_another_one_comes(browser, run, tmp_path):
    path = write_page(tmp_path, run, beside=("picture", "record"))
    with opened(browser, path) as page:
        show(page, 7)
        # That of the first is loaded while the second is there already.
        page.evaluate("explorer.showEvent(290); explorer.showEvent(7)")
        page.evaluate("explorer.loadRecord(290)")
        wait_for_event(page)
        assert page.inner_text("#event-title") == "event0000007"
        assert len(source_of(page, "samples")["sample"]) == len(detail_of(run, 7).samples)
        page.evaluate("for (let row = 0; row < 120; row++) explorer.showEvent(row)")
        wait_for_event(page)
        page.evaluate("explorer.loadRecord(118)")
        assert page.inner_text("#event-title") == "event0000119"
        assert len(source_of(page, "samples")["sample"]) == len(detail_of(run, 119).samples)


def test_without_records_the_picture_is_drawn_and_it_is_said_why(browser, run, tmp_path):
    path = write_page(tmp_path, run, beside=("record",))
    shutil.rmtree(tmp_path / "explorer_data")
    with opened(browser, path, expected=["ERR_FILE_NOT_FOUND"]) as page:
        show(page, ROW)
        said = page.inner_text("#event-missing")
        assert "drawn roughly, since its data are missing." in said
        assert "keep explorer_data beside this page" in said
        picture, data = picture_of(run, detail_of(run, ROW)), source_of(page, "envelope")
        np.testing.assert_allclose(data["lowest"], picture["envelope"][:, 0] / 127)
        np.testing.assert_allclose(data["highest"], picture["envelope"][:, 1] / 127)
        assert source_of(page, "samples")["sample"] == []
        (states,) = source_of(page, "states")["image"]
        np.testing.assert_array_equal(states.argmax(axis=0), picture["states"])
        np.testing.assert_array_equal(states.sum(axis=0), 1)
        page.click("#sound-button")
        expect(page.locator("#sound-said")).to_contain_text("There is no sound.")


def test_without_its_picture_no_other_event_is_left_on_screen(browser, tmp_path):
    # The members on screen are of the first block of pictures.
    path = write_page(tmp_path, explored(250, n_clusters=0), beside=("picture", "record"))
    with opened(browser, path, expected=["ERR_FILE_NOT_FOUND"]) as page:
        # Their thumbnails would load other pictures.
        page.evaluate("document.getElementById('neighbours').open = false")
        show(page, ROW)
        shutil.rmtree(tmp_path / "explorer_data")
        show(page, 205)
        assert page.inner_text("#event-title") == "event0000205"
        assert page.inner_text("#event-missing").startswith("There is nothing to draw")
        for name in ("samples", "envelope", "spectrogram", "states", "fingerprint"):
            assert not any(source_of(page, name).values())


def test_a_picture_has_its_rows_where_those_of_the_record_are(browser, run, tmp_path):
    # 60 rows, of which a picture has every second.
    random = np.random.default_rng(0)
    made = dataclasses.replace(
        run,
        frequencies=LOGARITHMIC,
        details=lambda rows: [
            detail_of(run, int(row))._replace(frames=random.uniform(0, 20, (40, 60)))
            for row in rows
        ],
    )
    path = write_page(tmp_path, made, beside=("record",))
    shutil.rmtree(tmp_path / "explorer_data")
    with opened(browser, path, expected=["ERR_FILE_NOT_FOUND"]) as page:
        show(page, 3)
        data = source_of(page, "spectrogram")
        assert data["image"][0].shape == (30, 40)
        assert data["y"] == pytest.approx([-1])
        assert data["dh"] == pytest.approx([60])


@pytest.mark.parametrize(
    "frequencies", [np.linspace(1, 20, 30), LOGARITHMIC, 700 * (10 ** (np.arange(1, 40) / 90) - 1)]
)
def test_marks_are_at_their_frequencies_whatever_the_axis(frequencies):
    marks = frequency_marks(frequencies)
    assert len(marks) >= 3
    places = rows_of_frequencies(frequencies, marks)
    for mark, place in zip(marks, places, strict=True):
        below = int(place)
        above = min(below + 1, len(frequencies) - 1)
        assert frequencies[below] <= mark * (1 + 1e-12) and mark <= frequencies[above] * (1 + 1e-12)


def test_marks_of_a_logarithmic_axis_are_ones_twos_and_fives():
    np.testing.assert_allclose(frequency_marks(LOGARITHMIC), [0.5, 1, 2, 5, 10, 20], rtol=1e-12)


def test_neighbours_are_the_nearest_of_all_events(page, run):
    found = page.evaluate(
        """async row => {
          const element = document.querySelector('[data-part="points"]');
          await new Promise(resolve => setTimeout(resolve, 300));
          return [...document.querySelectorAll("#neighbours-list button")].map(b =>
            [b.querySelector(".name").textContent, b.querySelector(".about").textContent]);
        }""",
        ROW,
    )
    model = NearestNeighbors(n_neighbors=11, algorithm="kd_tree").fit(run.points.astype(float))
    distances, rows = (each[0][1:] for each in model.kneighbors(run.points[[ROW]].astype(float)))
    assert [name for name, _ in found] == [run.event_ids[row] for row in rows]
    clusters = column_of(run, "cluster")
    for (_, about), row, distance in zip(found, rows, distances, strict=True):
        words = about.split()
        assert float(words[1]) == pytest.approx(distance, rel=5e-3)
        assert int(words[2]) == clusters[row]


@pytest.mark.parametrize("n_events", [1, 5, 2000])
def test_nearest_rows_are_exact_and_of_equal_ones_the_first(page, n_events):
    points = np.random.default_rng(n_events).integers(0, 3, (n_events, 4)).astype(np.float32)
    found = page.evaluate(
        "([values, row]) => explorer.nearestRows(Float32Array.from(values), 4, row, 10)",
        [points.ravel().tolist(), n_events // 2],
    )
    distances = np.linalg.norm(points - points[n_events // 2], axis=1)
    distances[n_events // 2] = np.inf
    expected = np.argsort(distances, kind="stable")[: min(10, n_events - 1)]
    assert found["rows"] == expected.tolist()
    assert found["distances"] == pytest.approx(distances[expected])


def test_a_neighbour_is_shown_by_click_and_by_key_and_all_are_selected(browser, path, run):
    with opened(browser, path) as page:
        show(page, ROW)
        page.wait_for_selector("#neighbours-list button")
        ids = page.locator("#neighbours-list .name").all_inner_texts()
        page.click("#neighbours-select")
        marked = page.evaluate("[...explorer.selection.marked]")
        assert [run.event_ids[row] for row in np.flatnonzero(marked)] == sorted(ids)
        page.click("#neighbours-list button >> nth=2")
        assert page.evaluate("explorer.currentRow()") == run.event_ids.index(ids[2])
        page.wait_for_selector("#neighbours-list button")
        first = page.locator("#neighbours-list .name").first.inner_text()
        page.focus("#neighbours-list button >> nth=0")
        page.keyboard.press("Enter")
        assert page.evaluate("explorer.currentRow()") == run.event_ids.index(first)


def test_neighbours_that_do_not_pass_the_filters_are_counted(browser, path):
    with opened(browser, path) as page:
        show(page, ROW)
        page.wait_for_selector("#neighbours-list button")
        page.evaluate("explorer.showWhere(row => row === 0)")
        page.click("#neighbours-select")
        said = page.inner_text("#neighbours-said")
        assert said == "10 of them do not pass the filters."


def test_a_thumbnail_has_the_values_of_the_picture_in_its_colours(page, run):
    pixels, width, height = page.evaluate(
        """async () => {
          const canvas = document.querySelector("#neighbours-list canvas");
          const {width, height} = canvas;
          const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
          return [[...data], width, height];
        }"""
    )
    name = page.locator("#neighbours-list .name").first.inner_text()
    picture = picture_of(run, detail_of(run, run.event_ids.index(name)))
    palette = page.evaluate("explorer.plotModel('event-spectrogram-colors').palette")
    colors = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in palette])
    # Frames from left to right, the lowest frequency at the bottom.
    expected = colors[picture["spectrogram"].astype(int).T[::-1]]
    found = np.reshape(pixels, (height, width, 4))
    np.testing.assert_array_equal(found[..., :3], expected)
    assert (found[..., 3] == 255).all()


def open_members(page, cluster, order="most"):
    page.locator("#members").scroll_into_view_if_needed()
    page.select_option("#members-order", order)
    page.select_option("#members-cluster", str(cluster))
    page.wait_for_timeout(50)
    page.wait_for_selector("#members-list button")


def members_shown(page):
    return page.locator("#members-list .name").all_inner_texts()


@pytest.mark.parametrize(("order", "sign"), [("most", -1), ("least", 1)])
def test_members_are_those_of_the_cluster_by_certainty(browser, path, run, order, sign):
    cluster, membership, silhouette = (
        column_of(run, key) for key in ("cluster", "membership", "silhouette")
    )
    rows = np.flatnonzero(cluster == 2)
    expected = rows[np.lexsort((rows, sign * silhouette[rows], sign * membership[rows]))]
    with opened(browser, path) as page:
        page.evaluate("explorer.showWhere(row => row < 5)")  # filters make no difference
        open_members(page, 2, order)
        shown = members_shown(page)
        assert len(shown) == 40
        said = f"1 to 40 of {len(rows)} events, whatever the filters"
        assert page.inner_text("#members-said") == said
        while page.is_enabled("#members-next"):
            page.click("#members-next")
            page.wait_for_timeout(50)
            shown += members_shown(page)
        assert shown == [run.event_ids[row] for row in expected]
        last = f"to {len(rows)} of {len(rows)} events"
        assert last in page.inner_text("#members-said")
        page.click("#members-previous")
        assert page.is_enabled("#members-next")


def test_equal_memberships_are_told_apart_by_silhouettes_and_then_by_row(page):
    memberships, silhouettes = [0.5, 0.9, 0.5, 0.5, 0.5], [0.1, 0, 0.3, 0.1, 0.2]
    call = "([m, s, most]) => [...explorer.sortedMembers(1, most, [1, 1, 1, 1, 1], m, s)]"
    assert page.evaluate(call, [memberships, silhouettes, True]) == [1, 2, 4, 0, 3]
    assert page.evaluate(call, [memberships, silhouettes, False]) == [0, 3, 4, 2, 1]


def test_a_member_is_shown_by_click_and_by_key(browser, path, run):
    with opened(browser, path) as page:
        open_members(page, 1)
        first, second = members_shown(page)[:2]
        page.click("#members-list button >> nth=1")
        assert page.evaluate("explorer.currentRow()") == run.event_ids.index(second)
        page.focus("#members-list button >> nth=0")
        page.keyboard.press("Enter")
        assert page.evaluate("explorer.currentRow()") == run.event_ids.index(first)


def test_without_clusters_all_events_are_members_by_row_and_none_has_a_cluster(browser, tmp_path):
    run = explored(45, n_clusters=0)
    with opened(browser, write_page(tmp_path, run)) as page:
        open_members(page, 0)
        assert members_shown(page) == run.event_ids[:40]
        show(page, 4)
        assert "resamples" not in page.inner_text("#event-facts")
        assert page.locator("#event-badge").is_hidden()
        assert "membership" not in page.inner_text("#members-list")


def test_a_single_event_has_no_neighbours(browser, tmp_path):
    with opened(browser, write_page(tmp_path, explored(1, n_clusters=1))) as page:
        show(page, 0)
        assert page.inner_text("#event-title") == "event0000000"
        page.wait_for_timeout(300)
        assert page.locator("#neighbours-list button").count() == 0
        assert page.is_disabled("#neighbours-select")


@pytest.mark.parametrize(("rate", "frequency", "speed"), [
    (100.0, 5.0, 50), (1.0, 0.1, 200), (500.0, 40.0, 10), (20.0, 3.0, 100), (100.0, 8.0, 200),
])  # fmt: skip
def test_sound_has_the_frequency_of_the_waveform_times_the_speed(page, rate, frequency, speed):
    samples = np.sin(2 * np.pi * frequency * np.arange(2000) / rate)
    output_rate = 48_000
    sound = page.evaluate(
        """async ([samples, rate, outputRate]) => {
          const length = Math.ceil(outputRate * samples.length / rate);
          const context = new OfflineAudioContext(1, length, outputRate);
          explorer.soundOf(context, Float32Array.from(samples), rate);
          return [...(await context.startRendering()).getChannelData(0)];
        }""",
        [samples.tolist(), rate * speed, output_rate],
    )
    power = np.abs(np.fft.rfft(np.array(sound) * np.hanning(len(sound))))
    found = np.fft.rfftfreq(len(sound), 1 / output_rate)[power.argmax()]
    assert found == pytest.approx(frequency * speed, rel=0.02)
    # It fades in and out.
    assert np.abs(sound[:3]).max() < 0.02
    assert np.abs(sound[-3:]).max() < 0.02
    assert 0.5 < np.abs(sound).max() <= 1


def test_sound_plays_until_it_is_stopped_or_another_event_is_shown(browser, path):
    with opened(browser, path) as page:
        # The middle of the band, 4.5 Hz, becomes 224 Hz.
        assert page.input_value("#sound-speed") == "50"
        show(page, ROW)
        page.select_option("#sound-speed", "1")
        button = page.locator("#sound-button")
        button.click()
        expect(button).to_have_text("Stop")
        button.click()
        assert button.inner_text() == "Play"
        page.evaluate("explorer.toggleSound()")
        expect(button).to_have_text("Stop")
        show(page, ROW + 1)
        assert button.inner_text() == "Play"
        page.select_option("#sound-speed", "200")
        button.click()
        # It ends by itself.
        expect(button).to_have_text("Stop")
        expect(button).to_have_text("Play")


def test_parts_of_events_that_were_shown_long_ago_are_let_go(browser, tmp_path, monkeypatch):
    monkeypatch.setitem(explorer_event.BLOCKS, "records", 1)
    with opened(browser, write_page(tmp_path, explored(150))) as page:
        for row in range(150):
            page.evaluate("row => explorer.loadRecord(row)", row)
        kept = page.evaluate("[...explorer.loadedParts.keys()]")
        assert sum(key.startswith(("record/", "picture/")) for key in kept) == 100
        assert "record/149" in kept and "record/20" not in kept
        show(page, 20)  # which is read again
        assert page.inner_text("#event-title") == "event0000020"


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_page_is_accessible(browser, path, color_scheme):
    with opened(browser, path, color_scheme=color_scheme) as page:
        show(page, ROW)
        open_members(page, 1)
        page.evaluate("explorer.selectRows([1, 2])")
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, found.generate_report()


def test_hostile_texts_are_shown_as_they_are_and_run_nothing(browser, tmp_path):
    name = "</script><script>document.title='ran'</script>"
    run = explored(30, texts={"event_ids": HOSTILE_IDS, "name": name, "unit": name})
    mathematics = f"$$x$$ {name}"
    clock = dataclasses.replace(run.clock, reference=mathematics)
    level = dataclasses.replace(run.level, label=mathematics)
    run = dataclasses.replace(run, clock=clock, level=level, waveform_unit=mathematics)
    with opened(browser, write_page(tmp_path, run)) as page:
        for row, event_id in enumerate(HOSTILE_IDS):
            show(page, row)
            assert page.evaluate("document.getElementById('event-title').textContent") == event_id
            page.wait_for_selector("#neighbours-list button")
        assert name in page.inner_text("#event-badge")
        assert mathematics in page.inner_text("#event-peak")
        assert mathematics in label_of(page, "spectrogram")
        open_members(page, 1)
        assert page.title() == "Explorer"
        assert page.locator("main script, main img").count() == 0


def test_the_policy_forbids_scripts_from_text(browser, path):
    assert "unsafe-eval" not in path.read_text(encoding="utf-8")
    with opened(browser, path, expected=["Content Security Policy", "unsafe-eval"]) as page:
        # What a test evaluates itself is allowed; what it starts later is not.
        made = page.evaluate(
            """() => new Promise((resolve) => setTimeout(() => {
              try { resolve(Function("return 1")()); } catch { resolve("refused"); }
            }))"""
        )
        assert made == "refused"


def test_records_of_long_events_end_where_the_data_end(browser, tmp_path):
    run = explored(3)
    long = detail_of(run, 0)._replace(samples=np.sin(np.arange(20_000) / 10))
    made = dataclasses.replace(run, details=lambda rows: [long for _ in rows])
    with opened(browser, write_page(tmp_path, made)) as page:
        show(page, 1)
        data = source_of(page, "samples")
        assert len(data["sample"]) == len(record_of(made, long)["samples"]) == 16_384
