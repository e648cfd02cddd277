"""Runs compared: agreement, what resamples say of it, spectra, settings, flows, and the pages."""

import html
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from helpers.runs import FREQUENCIES, labelled, spectra_of, write_result
from sklearn.metrics import adjusted_rand_score

from specufex_pipe.errors import StageError
from specufex_pipe.plotting import style
from specufex_pipe.report import compared as compared_module
from specufex_pipe.report.agreement import compare_labels
from specufex_pipe.report.compared import compare_runs, differences
from specufex_pipe.report.likeness import likeness_of
from specufex_pipe.report.page.compared import render_compared, render_index
from specufex_pipe.report.runs import distinct_names, gather_runs, letters

LABELS = np.repeat([1, 2, 3], [60, 30, 10])
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Draw, but do not encode, pictures."""
    monkeypatch.setattr(style, "png", lambda figure: b"")


def compare(*folders):
    return compare_runs(gather_runs(folders))


def written(folder, name, labels, **options):
    first = options.pop("first", 0)
    return write_result(folder / name / "XX.STA..HHZ/main", labelled(labels, first), **options)


def said(compared):
    (pair,) = compared.pairs
    return " ".join(pair.said)


def page_of(*folders):
    return " ".join(render_compared(compare(*folders)).split())


def moved(share):
    """Return the labels with a share of the events in the next cluster."""
    labels = LABELS.copy()
    labels[:: round(1 / share)] = labels[:: round(1 / share)] % 3 + 1
    return labels


def test_the_same_groups_agree_whatever_their_numbers(tmp_path):
    other = np.array([0, 2, 3, 1])[LABELS]
    compared = compare(written(tmp_path, "a", LABELS), written(tmp_path, "b", other))
    assert "Adjusted Rand index 1.00, adjusted mutual information 1.00" in said(compared)
    (pair,) = compared.pairs
    assert pair.overlap.pairs == [(1, 2), (2, 3), (3, 1)]
    # Columns are in the order of the rows that they are paired with.
    assert (pair.overlap.rows, pair.overlap.columns) == ([1, 2, 3], [2, 3, 1])
    assert np.array_equal(pair.overlap.counts(), np.diag([60, 30, 10]))


def test_common_events_are_found_by_their_ids(tmp_path):
    # Of events 0 to 99 and 50 to 149, those from 50 to 99 are common.
    first, second = written(tmp_path, "a", LABELS), written(tmp_path, "b", LABELS, first=50)
    (pair,) = compare(first, second).pairs
    assert (pair.n_common, pair.n_only_first, pair.n_only_second) == (50, 50, 50)
    expected = adjusted_rand_score(LABELS[50:], LABELS[:50])
    assert pair.overlap.agreement.rand_index == pytest.approx(expected)


@pytest.mark.parametrize(("one", "other", "sentence"), [
    (0.6, 0.7, "The runs differ no more than resamples of either of them do"),
    (0.97, 0.99, "The runs differ more than resamples of either of them do"),
    (0.6, 0.99, "The runs differ more than resamples of B do, and no more than those of the other"),
])  # fmt: skip
def test_agreement_is_held_against_that_of_resamples(tmp_path, one, other, sentence):
    labels = moved(0.05)
    assert 0.75 < adjusted_rand_score(LABELS, labels) < 0.95
    first = written(tmp_path, "a", LABELS, agreement=one)
    second = written(tmp_path, "b", labels, agreement=other)
    told = said(compare(first, second))
    assert sentence in told
    assert f"A {one:.2f}, B {other:.2f}" in told


def test_resamples_are_no_measure_of_a_few_of_the_events(tmp_path):
    first = written(tmp_path, "a", LABELS, agreement=0.1)
    second = written(tmp_path, "b", LABELS, agreement=0.1, first=60)
    told = said(compare(first, second))
    assert "no measure here" in told
    assert "differ" not in told


def test_resamples_are_no_measure_of_small_runs_and_the_reason_is_the_true_one(tmp_path):
    few = labelled(LABELS[51:], 0)  # all 49 of them are in both
    first, second = (write_result(tmp_path / name / "U/main", few, agreement=0.1) for name in "ab")
    told = said(compare(first, second))
    assert "fewer than 50 events are too few to tell a difference" in told
    assert "other events" not in told
    assert "The runs differ" not in told


def test_resamples_are_no_measure_where_clusters_were_kept(tmp_path):
    first = written(tmp_path, "a", LABELS)
    second = written(tmp_path, "b", moved(0.2), clusters_of=first)
    third = written(tmp_path, "c", LABELS)
    compared = compare(third, second, first)
    by_letters = {(p.first.letter, p.second.letter): " ".join(p.said) for p in compared.pairs}
    assert "no measure here" in by_letters["A", "B"]
    assert "Both have the same clusters, and numbers mean the same." in by_letters["B", "C"]
    assert "differ no more than" in by_letters["A", "C"]


def test_events_in_no_cluster_count_as_a_group_and_are_told_of(tmp_path):
    other = LABELS.copy()
    other[:20] = 0
    (pair,) = compare(written(tmp_path, "a", LABELS), written(tmp_path, "b", other)).pairs
    told = " ".join(pair.said)
    assert pair.overlap.agreement.rand_index == pytest.approx(adjusted_rand_score(LABELS, other))
    assert "20 events are in no cluster in one run or both" in told
    assert "Without them the adjusted Rand index is 1.00." in told
    assert pair.overlap.columns == [1, 2, 3, 0]


def test_clusters_that_are_parts_of_others_are_called_so(tmp_path):
    parts = np.repeat([1, 4, 2, 3], [40, 20, 30, 10])
    told = said(compare(written(tmp_path, "a", LABELS), written(tmp_path, "b", parts)))
    assert "Clusters of B are parts of those of A" in told
    assert "all of the events are in their cluster of A" in told
    told = said(compare(tmp_path / "b/XX.STA..HHZ/main", tmp_path / "a/XX.STA..HHZ/main"))
    assert "Clusters of A are parts of those of B" in told
    chance = np.random.default_rng(0).integers(1, 7, len(LABELS))
    told = said(compare(tmp_path / "a/XX.STA..HHZ/main", written(tmp_path, "c", chance)))
    assert "parts" not in told


@pytest.mark.parametrize(("labels", "options", "sentence"), [
    (LABELS, {"found": False}, "B found no clusters, so that there is no agreement to speak of."),
    ([1], {}, "One event in common tells nothing of agreement."),
    ([1, 1], {}, "Both have all events in common in one group, which tells nothing."),
])  # fmt: skip
def test_where_there_is_nothing_to_agree_on_a_sentence_says_so(tmp_path, labels, options, sentence):
    first, second = written(tmp_path, "a", LABELS), written(tmp_path, "b", labels, **options)
    assert sentence in said(compare(first, second))
    page = page_of(first, second)
    assert sentence in page
    assert "differ no more" not in page


def test_the_same_run_twice_has_a_page(tmp_path):
    folder = written(tmp_path, "a", LABELS)
    page = page_of(folder, folder)
    assert "Both have the same clusters, and numbers mean the same." in page
    assert "Adjusted Rand index 1.00" in page
    assert "All settings are the same." in page
    assert "a row is the same cluster in them" in page


def test_without_common_events_mean_spectra_are_compared(tmp_path):
    spectra = spectra_of(3, seed=1)
    order = np.array([0, 3, 1, 2])
    other = np.empty_like(spectra)
    # Louder, and with other numbers.
    other[order] = 4 * spectra + 1
    first = written(tmp_path, "a", LABELS, spectra=spectra)
    second = written(tmp_path, "b", LABELS, spectra=other, first=1000)
    (pair,) = compare(first, second).pairs
    assert (pair.n_common, pair.overlap) == (0, None)
    assert [(row.number, row.best) for row in pair.likeness] == [(1, 3), (2, 1), (3, 2)]
    assert all(row.correlation == pytest.approx(1) for row in pair.likeness)
    page = page_of(first, second)
    assert "They have no event in common" in page
    assert "mean spectra of clusters are compared" in page
    assert "Flows" not in page


def test_likeness_is_the_correlation_of_spectra():
    rng = np.random.default_rng(0)
    spectrum, others = rng.random(20), {2: rng.random(20), 5: rng.random(20), 7: np.ones(20)}
    (found,) = likeness_of({1: spectrum}, others)
    expected = {n: np.corrcoef(spectrum, each)[0, 1] for n, each in others.items() if n != 7}
    expected[7] = 0.0  # a flat spectrum is like none
    order = sorted(expected, key=expected.get, reverse=True)
    assert (found.best, found.next) == (order[0], order[1])
    assert found.correlation == pytest.approx(expected[order[0]])
    assert found.next_correlation == pytest.approx(expected[order[1]])


@pytest.mark.parametrize(("options", "sentence"), [
    ({"frequencies": FREQUENCIES * 2}, "A has 8 frequencies from 1 to 8 Hz, B 8 from 2 to 16 Hz."),
    ({"scale": "power"}, "those of A are median in dB, those of B power in dB."),
    ({"found": False}, "one of the runs found no clusters."),
])  # fmt: skip
def test_spectra_that_cannot_be_compared_are_said_to(tmp_path, options, sentence):
    first = written(tmp_path, "a", LABELS)
    second = written(tmp_path, "b", LABELS, first=1000, **options)
    assert f"Spectra of clusters cannot be compared: {sentence}" in page_of(first, second)


def test_only_settings_that_differ_are_listed():
    values = [{"a": 1, "b": None, "c": [1, 2]}, {"a": 1, "b": "x", "c": [1, 2], "d": 0.5}]
    assert differences(values) == [("b", ["none", "x"]), ("d", ["not set", "0.5"])]


def test_flows_are_of_neighbours_with_common_events_and_of_these_alone(tmp_path):
    folders = [
        written(tmp_path, "a", LABELS),
        written(tmp_path, "b", LABELS, first=50),
        written(tmp_path, "c", LABELS, first=1000),
        written(tmp_path, "d", LABELS, first=1010),
    ]
    flows = compare(*folders).flows
    assert [[run.letter for run in flow.runs] for flow in flows] == [["A", "B"], ["C", "D"]]
    assert np.array_equal(flows[0].labels, [LABELS[50:], LABELS[:50]])
    assert [len(labels) for labels in flows[1].labels] == [90, 90]


def test_of_many_runs_each_is_compared_with_the_first_and_all_in_a_matrix(tmp_path, monkeypatch):
    monkeypatch.setattr(compared_module, "MOST_RUNS", 6)
    rng = np.random.default_rng(0)
    labels = [rng.permutation(LABELS) for _ in range(7)]
    folders = [written(tmp_path, str(i), each, agreement=0.5) for i, each in enumerate(labels)]
    compared = compare(*folders)
    assert [pair.second.letter for pair in compared.pairs] == list("BCDEF")
    expected = [[adjusted_rand_score(a, b) for a in labels[:6]] for b in labels[:6]]
    np.fill_diagonal(expected := np.array(expected), 0.5)
    assert compared.rand_indices == pytest.approx(expected)
    page = " ".join(render_compared(compared).split())
    assert "These are the first 6 of 7 runs; the others are not compared." in page
    assert "all pairs are in the table of agreement" in page


class Page(HTMLParser):
    """The attributes and the ids of a page, as a browser reads them, and the text of tables."""

    def __init__(self, page):
        super().__init__()
        self.names, self.attributes, self.cells, self._inside = set(), [], [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes.extend(attrs)
        if tag in ("td", "th"):
            self.cells.append("")
            self._inside = True

    def handle_endtag(self, tag):
        self._inside &= tag not in ("td", "th")

    def handle_data(self, data):
        if self._inside:
            self.cells[-1] += data


def test_texts_of_a_run_are_escaped_and_the_page_needs_nothing_else(tmp_path):
    clusters = {f"{HOSTILE}{i}": label for i, label in enumerate(LABELS.tolist())}
    first = write_result(tmp_path / "a" / "XX.<b>..HHZ/main", clusters, settings={HOSTILE: 1})
    second = write_result(tmp_path / "b" / "XX.<b>..HHZ/main", clusters, settings={"k": HOSTILE})
    page = render_compared(compare(first, second))
    index = render_index(gather_runs([first, second]), tmp_path, tmp_path / "compared.html")
    for text in (page, index):
        assert HOSTILE not in text
        assert "<b>..HHZ" not in text
        found = Page(text)
        assert not found.names & {"script", "link", "iframe", "object"}
        assert not any(key.startswith("on") for key, _ in found.attributes)
        assert "Content-Security-Policy" in text
        assert "url(" not in text
    assert f"nmf.{HOSTILE}" in html.unescape(page)
    addresses = [value for key, value in Page(page).attributes if key in ("src", "href")]
    assert all(value.startswith(("data:image/png;base64,", "#")) for value in addresses)
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(re.findall(r'id="([^"]+)"', page))


def test_paired_cells_are_told_without_colours(tmp_path):
    page = page_of(written(tmp_path, "a", LABELS), written(tmp_path, "b", moved(0.05)))
    assert len(re.findall(r'class="unseen"> paired<', page)) == 3
    assert page.count('scope="row"') > 6


@pytest.mark.parametrize("n_clusters", [1, 40])
def test_any_number_of_clusters_has_a_page(tmp_path, n_clusters):
    labels = np.arange(200) % n_clusters + 1
    page = page_of(written(tmp_path, "a", labels), written(tmp_path, "b", labels[::-1]))
    assert f">{n_clusters}</span>" in page
    assert "nan" not in page


def test_the_index_links_to_each_report_by_a_relative_address(tmp_path):
    folders = [written(tmp_path, "results", LABELS)]
    folders.append(write_result(tmp_path / "results/XX.STA..HHZ/a b", labelled(LABELS, 0)))
    runs = gather_runs(folders)
    index = render_index(runs, tmp_path / "results", tmp_path / "results/compared.html")
    links = [value for key, value in Page(index).attributes if key == "href"]
    assert links == [
        "#content",
        "./compared.html",
        "./XX.STA..HHZ/main/report.html",
        "./XX.STA..HHZ/a%20b/report.html",
    ]
    cells = Page(index).cells
    row = cells[cells.index("a b") - 1 :]
    assert row[:4] == ["XX.STA..HHZ", "a b", "100", "0"]
    assert row[6:9] == ["3", "rather steady", "2"]


def test_clusters_that_were_kept_are_found_with_the_run_that_learned_them(tmp_path):
    first = written(tmp_path, "a", LABELS)
    second = written(tmp_path, "b", LABELS, first=1000, clusters_of=first)
    runs = gather_runs([second, first])
    assert [run.are_kept for run in runs] == [True, False]
    (group,) = compare(second, first).groups_of_same_clusters
    assert [run.letter for run in group] == ["A", "B"]
    assert "numbers mean the same" in page_of(second, first)
    third = written(tmp_path, "d", LABELS, first=2000)
    page = page_of(second, first, third)
    assert "A and B have the same clusters: a row is the same cluster in them." in page
    assert "In other runs a row is not the same cluster" in page
    assert "In other runs" not in page_of(second, first)
    other = written(tmp_path, "c", LABELS)
    with pytest.raises(StageError, match=r"clusters\.h5 that its events were assigned to"):
        gather_runs([second, other])
    found, _ = gather_runs([second, other], models=tmp_path / "a")
    assert found.are_kept


def test_names_are_as_long_as_tells_runs_apart(tmp_path):
    places = ["r/U/main", "r/U/other", "r/V/main"]
    assert distinct_names([tmp_path / each for each in places]) == ["U/main", "U/other", "V/main"]
    places = ["2010/U/main", "2011/U/main"]
    assert distinct_names([tmp_path / each for each in places]) == places
    assert distinct_names([tmp_path / "r/U/main"] * 2) == ["U/main"] * 2


def test_letters_go_on_after_z():
    assert [letters(number) for number in (0, 25, 26, 27, 52)] == ["A", "Z", "AA", "AB", "BA"]


def test_counts_of_a_cross_table_keep_all_events():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 4, (2, 300))
    overlap = compare_labels(first, second)
    for i, row in enumerate(overlap.rows):
        for j, column in enumerate(overlap.columns):
            expected = np.count_nonzero((first == row) & (second == column))
            assert overlap.counts()[i, j] == expected


def test_resamples_of_another_run_are_not_shown_as_those_of_one_that_kept_its_clusters(tmp_path):
    first = written(tmp_path, "a", LABELS, agreement=0.7)
    second = written(tmp_path, "b", LABELS, clusters_of=first)
    assert "The clusters of B were kept from an earlier run" in page_of(first, second)
    assert "were kept" not in page_of(first, first)
    diagonal = np.diag(compare(first, second).rand_indices)
    assert diagonal[0] == 0.7
    assert np.isnan(diagonal[1])


def test_what_is_next_to_nothing_is_not_shown_as_minus_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("specufex_pipe.report.compared.adjusted_rand_score", lambda *_: -0.001)
    folders = [written(tmp_path, str(i), np.roll(LABELS, 10 * i)) for i in range(3)]
    page = page_of(*folders)
    assert "are 0.00 to 0.00" in page
    assert "-0.00" not in page
