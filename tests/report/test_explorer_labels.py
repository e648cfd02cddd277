"""Labels, notes and names in the explorer: kept, undone, saved, and taken back by page and run."""

import csv
import json

import pytest
from helpers.browser import chromium
from helpers.explorer import explored
from helpers.explorer_event import opened, show, write_page
from helpers.report import HOSTILE_ID
from helpers.runs import labelled, write_result
from playwright.sync_api import expect

from specufex_pipe.catalogs.csv_files import read_head
from specufex_pipe.classification.labels import read_labels
from specufex_pipe.stages.names import names_of_clusters
from specufex_pipe.store import read_attributes

# What does not come back the same where it is not quoted, is taken for a formula, or is markup.
ODD = [
    'a, "quoted"', "=1+1", "+1", "-1", "@x", "\U0001f30b volcano \u00e9", "'", "<b>bold</b>",
    "; semicolon", "\t tab".strip(), "__proto__", "constructor", "toString", "0",
]  # fmt: skip
ODD_NOTE = 'first line\nsecond, "line"\n=third'
ODD_IDS = [*ODD, HOSTILE_ID, "a b", "line\nbreak"]


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_page(tmp_path_factory.mktemp("explorer"), explored(60))


@pytest.fixture
def page(browser, path):
    with opened(browser, path) as page:
        yield page


def put(page, label, note=None):
    """Label the current event."""
    page.fill("#label-text", label)
    page.press("#label-text", "Enter")
    if note is not None:
        page.fill("#label-note", note)
        page.press("#label-note", "Tab")


def label_of(page, row):
    return page.evaluate("row => explorer.labelOf(row)", row)


def counts_of(page):
    """Return the number of events by label, as the buttons have it."""
    texts = page.locator("#labels-counts button").all_text_contents()
    return {label: int(count) for label, count in (text.rsplit(" ", 1) for text in texts)}


def reload(page):
    page.reload()
    page.wait_for_selector("html[data-started]")


def saved(page, folder, button="#labels-save"):
    with page.expect_download() as download:
        page.click(button)
    target = folder / download.value.suggested_filename
    download.value.save_as(target)
    return target


def rows_of(file):
    with file.open(newline="", encoding="utf-8") as opened_file:
        return list(csv.reader(opened_file))


def open_labels(page, folder, text, name="theirs.csv"):
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    page.set_input_files("#labels-open", str(file))
    expect(page.locator("#labels-said")).not_to_be_empty()


def said(page):
    return page.inner_text("#labels-said")


def kept(page):
    return page.evaluate("({...localStorage})")


# The current event.


def test_a_label_and_a_note_are_kept_for_the_event_and_survive_a_reload(page):
    show(page, 7)
    put(page, "  explosion ", "near the crater")
    assert label_of(page, 7) == "explosion"
    show(page, 8)
    assert page.input_value("#label-text") == page.input_value("#label-note") == ""
    reload(page)
    expect(page.locator("#labels-counts button")).to_have_text("explosion 1")
    assert label_of(page, 7) == "explosion"
    assert label_of(page, 8) == ""
    show(page, 7)
    assert page.input_value("#label-text") == "explosion"
    assert page.input_value("#label-note") == "near the crater"


def test_what_was_written_is_kept_when_another_event_is_shown_or_the_page_is_left(page):
    show(page, 3)
    page.fill("#label-text", "tremor")
    show(page, 4)  # without leaving the field
    assert label_of(page, 3) == "tremor"
    assert label_of(page, 4) == ""
    page.fill("#label-note", "half written")
    reload(page)
    show(page, 4)
    assert page.input_value("#label-note") == "half written"


def test_escape_takes_back_what_was_written(page):
    show(page, 3)
    put(page, "tremor")
    page.fill("#label-text", "slip")
    page.press("#label-text", "Escape")
    assert page.input_value("#label-text") == "tremor"
    assert label_of(page, 3) == "tremor"


def test_without_an_event_there_is_nothing_to_label(page):
    assert page.is_disabled("#label-text")
    assert page.is_disabled("#labels-save")


def test_labels_so_far_are_buttons_with_their_counts(page):
    for row, label in enumerate(["noise", "tremor", "noise"]):
        show(page, row)
        put(page, label)
    assert counts_of(page) == {"noise": 2, "tremor": 1}
    show(page, 9)
    page.focus("#labels-counts button >> nth=1")
    page.keyboard.press("Enter")
    assert label_of(page, 9) == "tremor"
    assert counts_of(page) == {"noise": 2, "tremor": 2}
    assert page.evaluate("document.activeElement.value") == "tremor"  # the focus stays
    options = page.eval_on_selector_all("#labels-used option", "each => each.map(o => o.value)")
    assert sorted(options) == ["noise", "tremor"]


def test_the_last_changes_are_undone_one_after_the_other(page):
    show(page, 1)
    put(page, "noise")
    put(page, "tremor")
    assert page.inner_text("#labels-undo") == "Undo: label of event0000001"
    page.click("#labels-undo")
    assert (label_of(page, 1), page.input_value("#label-text")) == ("noise", "noise")
    page.click("#labels-undo")
    assert (label_of(page, 1), page.input_value("#label-text")) == ("", "")
    assert page.is_disabled("#labels-undo")
    reload(page)
    show(page, 1)
    assert page.input_value("#label-text") == ""


def test_the_field_is_gone_to_by_key_and_left_by_enter(page):
    show(page, 2)
    page.evaluate("explorer.focusLabel()")
    page.keyboard.type("slip")
    page.keyboard.press("Enter")
    assert label_of(page, 2) == "slip"
    assert page.evaluate("document.activeElement === document.body")


def test_other_views_are_told_of_labels(page):
    page.evaluate("explorer.bus.addEventListener('labels', () => (window.told = true))")
    show(page, 2)
    put(page, "slip")
    assert page.evaluate("window.told")


# Several events.


def test_a_selection_is_labelled_at_once_and_undone_at_once(page):
    show(page, 0)
    put(page, "noise", "kept")
    page.evaluate("explorer.selectRows([0, 5, 59])")
    button = page.locator("#label-several-set")
    assert button.inner_text() == "Label 3 selected events"
    page.fill("#label-several-text", "tremor")
    button.click()
    expect(page.locator("#labels-said")).to_have_text(
        "Labelled tremor: 3 selected events, 1 event instead of another label."
    )
    assert [label_of(page, row) for row in (0, 5, 59, 1)] == ["tremor"] * 3 + [""]
    assert page.input_value("#label-note") == "kept"  # no note was given
    page.click("#labels-undo")
    assert [label_of(page, row) for row in (0, 5, 59)] == ["noise", "", ""]


def test_notes_of_a_selection_leave_the_labels(page):
    show(page, 0)
    put(page, "noise")
    page.evaluate("explorer.selectRows([0, 1])")
    page.fill("#label-several-note", "checked")
    page.click("#label-several-set")
    expect(page.locator("#labels-said")).to_have_text("Changed: 2 selected events.")
    assert page.input_value("#label-note") == "checked"
    assert label_of(page, 0) == "noise"


def test_all_members_of_a_cluster_are_labelled_and_labels_removed(page):
    clusters = page.evaluate("explorer.loadColumn('cluster').then(values => [...values])")
    n_members = clusters.count(2)
    page.select_option("#label-target", "2")
    assert page.inner_text("#label-several-set") == f"Label {n_members} events of cluster 2"
    page.fill("#label-several-text", "lp")
    page.click("#label-several-set")
    expect(page.locator("#labels-said")).to_contain_text("Labelled lp")
    labels = page.evaluate("Array.from({length: 60}, (_, row) => explorer.labelOf(row))")
    assert labels == ["lp" if cluster == 2 else "" for cluster in clusters]
    page.click("#label-several-remove")
    expect(page.locator("#labels-counts button")).to_have_count(0)
    page.click("#labels-undo")
    assert counts_of(page) == {"lp": n_members}


def test_nothing_selected_and_nothing_written_label_nothing(page):
    assert page.is_disabled("#label-several-set")
    page.evaluate("explorer.selectRows([1])")
    page.click("#label-several-set")
    expect(page.locator("#labels-said")).to_have_text("Write a label or a note first.")


# Names of clusters.


def test_names_are_kept_under_the_digest_of_the_clusters_and_shown(page):
    page.fill("#cluster-names input >> nth=1", " long-period ")
    page.press("#cluster-names input >> nth=1", "Tab")
    # The focus goes on to the next one.
    assert page.evaluate("document.activeElement.dataset.cluster") == "3"
    clusters = page.evaluate("explorer.run.clusters.map(each => each.name)")
    assert clusters == ["", "long-period", ""]
    assert "long-period" in page.inner_text("#members-cluster")
    assert "long-period" in page.inner_text("#label-target")
    key = f"specufex_pipe:{page.evaluate('explorer.run.clusters_digest')}"
    assert json.loads(kept(page)[key]) == {"names": [[2, "long-period"]]}
    reload(page)
    assert page.input_value("#cluster-names input >> nth=1") == "long-period"
    page.fill("#cluster-names input >> nth=1", "")
    page.press("#cluster-names input >> nth=1", "Tab")
    assert page.evaluate("explorer.run.clusters[1].name") == ""
    page.click("#labels-undo")
    assert page.evaluate("explorer.run.clusters[1].name") == "long-period"


def test_a_name_of_the_settings_may_be_replaced_and_taken_away(browser, tmp_path):
    path = write_page(tmp_path, explored(20, texts={"name": "given"}))
    with opened(browser, path) as page:
        assert page.input_value("#cluster-names input >> nth=0") == "given"
        for name in ("other", ""):
            page.fill("#cluster-names input >> nth=0", name)
            page.press("#cluster-names input >> nth=0", "Tab")
            reload(page)
            assert page.input_value("#cluster-names input >> nth=0") == name
            assert page.input_value("#cluster-names input >> nth=1") == "given"


def test_saved_names_are_taken_by_the_settings(browser, tmp_path):
    folder = tmp_path / "XX.STA..HHZ/main"
    clusters = write_result(folder, labelled([1, 2, 3])) / "clusters.h5"
    run = explored(30)
    digest = read_attributes(clusters)["digest"]
    path = write_page(tmp_path, run.__class__(**vars(run) | {"clusters_digest": digest}))
    given = {1: 'a, "b"', 3: "=SUM(1) \U0001f30b"}
    with opened(browser, path) as page:
        assert page.is_disabled("#names-save")
        for number, name in given.items():
            page.fill(f"#cluster-names input >> nth={number - 1}", name)
            page.press(f"#cluster-names input >> nth={number - 1}", "Tab")
        file = saved(page, tmp_path, "#names-save")
    assert file.name == "cluster_names.csv"
    assert rows_of(file)[0] == ["cluster", "name", "clusters_digest"]
    assert names_of_clusters(str(file), clusters) == given


# Files.


def test_saved_labels_come_back_the_same_in_the_run_and_in_the_page(browser, tmp_path):
    path = write_page(tmp_path, explored(30, texts={"event_ids": ODD_IDS}))
    with opened(browser, path) as page:
        for row, label in enumerate(ODD):
            show(page, row)
            put(page, label, ODD_NOTE if row % 2 else None)
        file = saved(page, tmp_path)
        before = kept(page)
    assert file.name == "labels.csv"
    expected = [
        [event_id, label, ODD_NOTE if row % 2 else ""]
        for row, (event_id, label) in enumerate(zip(ODD_IDS, ODD, strict=False))
    ]
    assert rows_of(file) == [["event_id", "label", "note"], *expected]
    assert file.read_bytes().count(b"\r\n") == len(ODD) + 1
    # As the settings take it.
    assert read_head(file, ("event_id", "label"))[0] == ["event_id", "label", "note"]
    assert read_labels(file) == dict(zip(ODD_IDS, ODD, strict=False))
    # In a browser that keeps nothing yet.
    with opened(browser, path) as page:
        page.set_input_files("#labels-open", str(file))
        expect(page.locator("#labels-said")).to_contain_text(f"New: {len(ODD)}.")
        assert kept(page) == before
        assert saved(page, tmp_path).read_bytes() == file.read_bytes()
        page.set_input_files("#labels-open", str(file))
        expect(page.locator("#labels-said")).to_contain_text(f"There already: {len(ODD)}.")
        assert page.title() == "Explorer"


def test_an_event_with_a_note_alone_has_no_label_in_the_run(page, tmp_path):
    show(page, 2)
    put(page, "", "only a note")
    show(page, 1)
    put(page, "noise")
    file = saved(page, tmp_path)
    # In the order of the events.
    assert rows_of(file)[1:] == [
        ["event0000001", "noise", ""],
        ["event0000002", "", "only a note"],
    ]
    assert read_labels(file) == {"event0000001": "noise"}


def test_ids_that_do_not_match_are_counted_and_named(page, tmp_path):
    others = "".join(f"other{number},x\n" for number in range(7))
    open_labels(page, tmp_path, f"event_id,label\nevent0000003,x\n Event0000004,x\n{others}")
    text = said(page)
    assert "theirs.csv: labels or notes of 9 events." in text
    unknown = " Event0000004, other0, other1, other2, other3 and 3 more"
    assert f"8 events of these are not in this run: {unknown}.".replace("  ", " ") in text.replace(
        "  ", " "
    )
    assert "New: 1. There already: 0. Different: 0." in text
    assert label_of(page, 3) == "x"


def test_other_columns_their_order_and_a_mark_of_the_byte_order_do_not_matter(page, tmp_path):
    text = "\ufefflabel ,by, event_id\r\nslip,me,event0000003\r\n\r\n"
    open_labels(page, tmp_path, text)
    assert label_of(page, 3) == "slip"


def test_damaged_rows_are_left_out_and_numbered(page, tmp_path):
    rows = [
        "event_id,label", "event0000001,a", "event0000002", "event0000003,c,d", ",e",
        'event0000004,"f" g', "event0000005,h", 'event0000006,"never closed', "event0000007,i",
    ]  # fmt: skip
    open_labels(page, tmp_path, "\n".join(rows))
    assert "Rows left out, since they are damaged: 3, 4, 5, 6, 8." in said(page)
    labels = [label_of(page, row) for row in range(1, 8)]
    assert labels == ["a", "", "", "", "h", "", "i"]


def test_an_event_that_a_file_labels_in_two_ways_keeps_the_first(page, tmp_path):
    rows = "event0000001,a\nevent0000001,b\nevent0000001,a\n"
    open_labels(page, tmp_path, f"event_id,label\n{rows}")
    assert "Row 3 is left out: event event0000001 is a in a row before, and b here." in said(page)
    assert label_of(page, 1) == "a"


@pytest.mark.parametrize(("content", "message"), [
    ("event_id;label\na;b\n", 'has no column event_id, separated by commas; its first line is "ev'),
    ("event_id,name\na,b\n", "has no column label"),
    ("", "has no column event_id"),
    (b"event_id,label\na,\xe9", "is not text in UTF-8: save it as CSV in UTF-8."),
])  # fmt: skip
def test_what_is_no_table_of_labels_is_said(page, tmp_path, content, message):
    open_labels(page, tmp_path, content)
    assert message in said(page)
    assert counts_of(page) == {}


@pytest.mark.parametrize(("answer", "expected"), [
    ("Keep mine", ["mine", "mine", "theirs", "same"]),
    ("Take theirs", ["mine", "theirs", "theirs", "same"]),
])  # fmt: skip
def test_where_labels_differ_it_is_asked_which_to_keep(page, tmp_path, answer, expected):
    for row, label in ((0, "mine"), (1, "mine"), (3, "same")):
        show(page, row)
        put(page, label)
    rows = [
        f"event000000{row},{label}" for row, label in ((1, "theirs"), (2, "theirs"), (3, "same"))
    ]
    open_labels(page, tmp_path, "\n".join(["event_id,label", *rows, "event0000000,"]))
    assert "New: 1. There already: 1. Different: 1." in said(page)
    assert "event0000001: your label is mine, theirs is theirs." in said(page)
    page.click(f"#labels-said button:text('{answer}')")
    assert page.locator("#labels-said button").count() == 0
    assert [label_of(page, row) for row in range(4)] == expected
    reload(page)
    expect(page.locator("#labels-counts button").first).to_be_visible()
    assert [label_of(page, row) for row in range(4)] == expected


def test_a_file_fills_what_is_empty_and_notes_may_differ(page, tmp_path):
    show(page, 0)
    put(page, "noise")
    show(page, 1)
    put(page, "", "my note")
    rows = ["event0000000,noise,their note", "event0000001,slip,their note"]
    open_labels(page, tmp_path, "\n".join(["event_id,label,note", *rows]))
    assert "New: 1. There already: 0. Different: 1." in said(page)
    assert "event0000001: your note is my note, theirs is their note." in said(page)
    assert label_of(page, 1) == ""  # until it is answered
    page.click("#labels-said button:text('Take theirs')")
    assert label_of(page, 1) == "slip"
    page.click("#labels-undo")
    assert page.input_value("#label-note") == "my note"


# What the browser keeps.


def labels_of_run(rows, unit="XX.STA..HHZ"):
    return json.dumps({"unit": unit, "variant": "main", "labels": rows})


def with_kept(browser, path, values, **options):
    """Open a page in a browser that keeps these values already."""
    script = "".join(
        f"if (!localStorage.getItem({json.dumps(key)}))"
        f"localStorage.setItem({json.dumps(key)}, {json.dumps(value)});"
        for key, value in values.items()
    )
    return opened(browser, path, script=script, **options)


def test_labels_of_another_run_are_offered_by_event(browser, path):
    rows = [["event0000001", "slip", ""], ["event0000002", "noise", "n"], ["gone", "slip", ""]]
    others = {
        "specufex_pipe:another": labels_of_run(rows, HOSTILE_ID),
        "specufex_pipe:third": labels_of_run([["nothing here", "x", ""]]),
        "specufex_pipe:names": json.dumps({"names": [[1, "x"]]}),
        "specufex_pipe:broken": "{",
        "other page": labels_of_run(rows),
    }
    with with_kept(browser, path, others) as page:
        offer = page.locator("#labels-others p")
        expect(offer).to_have_count(1)
        text = f"Labels of 2 events were made for another run ({HOSTILE_ID}, main)."
        expect(offer).to_contain_text(text)
        assert label_of(page, 1) == ""
        offer.locator("button").click()
        expect(page.locator("#labels-said")).to_contain_text("1 event of these is not in this run")
        assert "gone" in said(page)
        assert [label_of(page, row) for row in (1, 2)] == ["slip", "noise"]
        assert page.locator("#labels-others p").count() == 0
        assert page.title() == "Explorer"
        reload(page)
        expect(page.locator("#labels-counts button")).to_have_count(2)
        assert page.locator("#labels-others p").count() == 0


def test_a_full_storage_is_said_and_loses_nothing_on_screen(browser, path, tmp_path):
    fill = """
      let size = 1 << 22;
      for (let i = 0; size > 0; i++) {
        try { localStorage.setItem(`filler${i}`, "x".repeat(size)); } catch { size >>= 1; }
      }
    """
    with opened(browser, path, script=fill) as page:
        show(page, 1)
        put(page, "noise")
        alert = page.locator("#labels-alert")
        expect(alert).to_contain_text("This browser cannot keep the last change")
        expect(alert).to_contain_text("save it as a file before you close the page")
        assert label_of(page, 1) == "noise"
        assert rows_of(saved(page, tmp_path))[1:] == [["event0000001", "noise", ""]]
        page.evaluate("localStorage.clear()")
        put(page, "tremor")
        expect(alert).to_be_hidden()
        assert "tremor" in json.dumps(kept(page))


def test_a_forbidden_storage_is_said_and_loses_nothing_on_screen(browser, path):
    forbid = """Object.defineProperty(window, "localStorage", {
      get() { throw new DOMException("Access is denied.", "SecurityError"); } });"""
    with opened(browser, path, script=forbid) as page:
        alert = page.locator("#labels-alert")
        expect(alert).to_contain_text("This browser keeps nothing for this page (Access is denied")
        show(page, 1)
        put(page, "noise")
        assert label_of(page, 1) == "noise"
        expect(alert).to_contain_text("cannot keep the last change")


@pytest.mark.parametrize("damaged", [
    "{", "[]", "null", '{"labels": 5}', '{"labels": [["a", "b"]]}', '{"labels": [["a", 5, ""]]}',
])  # fmt: skip
def test_damaged_labels_are_said_and_put_aside(browser, path, damaged):
    key = "specufex_pipe:" + "0" * 32
    with with_kept(browser, path, {key: damaged}) as page:
        alert = page.locator("#labels-alert")
        expect(alert).to_contain_text("What this browser had kept is damaged")
        show(page, 1)
        put(page, "noise")
        expect(alert).to_contain_text(f"it is put aside under {key}:damaged")
        found = kept(page)
        assert found[f"{key}:damaged"] == damaged
        assert json.loads(found[key])["labels"] == [["event0000001", "noise", ""]]


def test_labels_that_another_window_keeps_are_taken(browser, path):
    with opened(browser, path) as page:
        show(page, 1)
        other = page.context.new_page()
        other.goto(path.as_uri())
        other.wait_for_selector("html[data-started]")
        show(other, 1)
        put(other, "noise")
        expect(page.locator("#labels-counts button")).to_have_text("noise 1")
        assert page.input_value("#label-text") == "noise"
        # Both keep what the other has kept.
        show(page, 2)
        put(page, "slip")
        expect(other.locator("#labels-counts button")).to_have_count(2)


def test_what_is_being_written_is_not_lost_to_another_window(browser, path):
    with opened(browser, path) as page:
        show(page, 1)
        other = page.context.new_page()
        other.goto(path.as_uri())
        other.wait_for_selector("html[data-started]")
        page.fill("#label-note", "half wri")
        show(other, 2)
        put(other, "noise")
        expect(page.locator("#labels-counts button")).to_have_text("noise 1")
        assert page.input_value("#label-note") == "half wri"
        page.press("#label-note", "Tab")
        expected = [["event0000002", "noise", ""], ["event0000001", "", "half wri"]]
        (text,) = kept(page).values()
        assert json.loads(text)["labels"] == expected


def test_labels_are_kept_under_the_digest_of_the_run(page):
    show(page, 1)
    put(page, "noise")
    digest = page.evaluate("explorer.run.digest")
    assert json.loads(kept(page)[f"specufex_pipe:{digest}"]) == {
        "unit": "YA.UV05.00.HHZ", "variant": "main", "labels": [["event0000001", "noise", ""]]
    }  # fmt: skip
