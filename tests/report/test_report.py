"""The report, from small made-up files: what it says, and that it needs and runs nothing else."""

import dataclasses
import html
import itertools
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.benchmarks import RUN_TIMES, write_benchmark
from helpers.paths import REPOSITORY
from helpers.report import (
    ATTRIBUTES,
    HOSTILE_DETAIL,
    HOSTILE_ID,
    N_COMPONENTS,
    N_FRAMES,
    N_FREQUENCIES,
    N_STATES,
    digest_of_file,
    make_hostile_page,
    make_page,
    options_of,
    tried_of,
    write_results,
)
from jinja2 import Template
from matplotlib.colors import to_rgb
from scipy.cluster.hierarchy import linkage

from specufex_pipe import BayesianNMF
from specufex_pipe.errors import StageError
from specufex_pipe.plotting import style
from specufex_pipe.plotting.drawing import MOST_POINTS
from specufex_pipe.plotting.events import event_figure
from specufex_pipe.plotting.map import map_figure
from specufex_pipe.plotting.number import number_figure
from specufex_pipe.plotting.overview import columns_of, overview_figure
from specufex_pipe.plotting.timeline import timeline_figure
from specufex_pipe.plotting.views import Plane
from specufex_pipe.report import external
from specufex_pipe.report.correlation import Correlation
from specufex_pipe.report.figures import FIGURES
from specufex_pipe.report.files import ReportFiles
from specufex_pipe.report.gather import gather
from specufex_pipe.report.page.pictures import draw_pictures
from specufex_pipe.settings import ReportSettings
from specufex_pipe.stages import figures, report
from specufex_pipe.stages import summary as summary_stage
from specufex_pipe.store import (
    Background,
    FrameStore,
    write_background,
)

SECTIONS = (
    "overview", "time", "clusters", "map", "quantities", "components", "states", "fits", "rejected",
)  # fmt: skip


class Tags(HTMLParser):
    """The tags of a page and their attributes, as a browser reads them."""

    def __init__(self, page):
        super().__init__()
        self.names, self.attributes = set(), []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes.extend(attrs)


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory):
    return make_hostile_page(tmp_path_factory.mktemp("hostile"))


def test_page_needs_no_other_file_and_runs_no_script(hostile_page):
    tags = Tags(hostile_page)
    addresses = [value for key, value in tags.attributes if key in ("src", "href")]
    assert addresses
    # But the explorer, which nobody has to follow.
    assert addresses.count("explorer.html") == 1
    addresses.remove("explorer.html")
    assert all(value.startswith(("data:image/png;base64,", "#")) for value in addresses)
    assert not any(key.startswith("on") for key, _ in tags.attributes)
    assert not tags.names & {"script", "link", "iframe", "object"}
    assert "@import" not in hostile_page
    assert "url(" not in hostile_page


def test_page_links_to_the_explorer_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    page = make_page(tmp_path, [1, 1, 2], settings={"explorer": False})
    assert "explorer.html" not in page


def test_without_labels_and_families_there_is_nothing_of_them(hostile_page):
    assert 'id="labels"' not in hostile_page
    assert 'id="repeaters"' not in hostile_page


def test_page_has_all_sections_and_each_link_leads_somewhere(hostile_page):
    assert all(f'<section id="{name}">' in hostile_page for name in SECTIONS)
    ids = set(re.findall(r'id="([^"]+)"', hostile_page))
    assert set(re.findall(r'href="#([^"]+)"', hostile_page)) <= ids


def test_images_have_alternative_text(hostile_page):
    images = re.findall(r"<img [^>]*>", hostile_page)
    assert len(images) == 10 + 2 * 4
    assert all(re.search(r'alt="[^"]{10,}"', image) for image in images)
    assert sum("waveform, spectrogram, energies" in image for image in images) == 4


def test_text_from_the_catalog_is_escaped(hostile_page):
    assert HOSTILE_ID not in hostile_page
    assert HOSTILE_DETAIL not in hostile_page
    assert "bad<b>" not in hostile_page
    text = html.unescape(hostile_page)
    assert HOSTILE_ID in text
    assert HOSTILE_DETAIL in text


def test_page_says_first_what_to_distrust(hostile_page):
    start = hostile_page.index("What to distrust")
    assert start < hostile_page.index('<section id="overview">')
    texts = hostile_page[start : hostile_page.index("</ul>", start)]
    assert "250 of 255 events were rejected, 250 of them for gap" in texts
    assert "the bound had not settled" in texts


def test_only_the_first_rejected_events_are_listed_and_all_are_counted(hostile_page):
    assert hostile_page.count("bad&lt;b&gt;") == 200
    assert "250 of 255 events" in hostile_page
    assert "50 more are not shown; rejected.csv has all of them" in hostile_page
    assert re.search(r"<td>gap</td><td[^>]*>250</td>", hostile_page)


def test_page_says_what_kind_of_fingerprint_it_shows(tmp_path, hostile_page, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    # 8 frames, half a second each.
    assert "within some 4 s, by energy in" in hostile_page
    page = make_page(tmp_path, [1, 1, 2], method="transitions")
    assert "the diagonal tells how long a state lasts" in page


def test_page_says_that_pictures_are_of_the_first_of_several_hmms(
    tmp_path, hostile_page, monkeypatch
):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    assert "HMMs" not in hostile_page
    page = " ".join(make_page(tmp_path, [1, 1, 2], n_models=3).split())
    assert "There are 3 sets of states" in page
    assert "States and fingerprints are those of the first of 3 HMMs." in page


def test_page_says_that_pictures_are_of_the_first_of_several_nmfs(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    page = " ".join(make_page(tmp_path, [1, 1, 2], n_models=2, n_nmfs=3).split())
    assert "There are 3 sets of components, each found by an NMF with another seed." in page
    assert "Each of them has 2 sets of states" in page
    assert "are those of the first of 3 NMFs, and of the first of its 2 HMMs." in page
    assert "resamples of the events and NMFs" in page
    assert "of NMFs 1, 2, 3: the bound had not settled" in page


def test_record_shows_settings_digests_and_versions(hostile_page):
    assert "examples_per_cluster" in hostile_page
    assert "n_init" in hostile_page
    assert len(re.findall(r'class="digest">[0-9a-f]{32}<', hostile_page)) == 9
    assert np.__version__ in hostile_page


def test_record_has_the_methods_with_their_references_and_the_machine(hostile_page):
    record = " ".join(hostile_page[hostile_page.index('<section id="record">') :].split())
    assert "Of 255 events in the catalog, 5 were used" in record
    assert "Waveforms of XX.STA..HHZ were cut in windows of 20 s that begin 5 s before" in record
    assert "Holtzman, B. K., Paté, A.," in record
    assert '<th scope="row">Processor</th>' in record
    assert re.search(r"NMF 0; HMM 0; clusters 0\.", record)


def test_pages_of_the_same_files_differ_in_their_date_and_run_times_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    written = re.compile(
        r"<time>[^<]*</time>(?=</td></tr>\n<tr><th scope=\"row\">(Commit|Processor))"
    )
    one = make_page(tmp_path, [1, 1, 2])
    assert "There are none: the folders of results have no benchmarks of the workflow." in one
    write_benchmark(tmp_path / "unit/main/benchmarks/nmf.tsv", s="7200", max_rss="512.3")
    other = make_page(tmp_path, [1, 1, 2])
    assert len(written.findall(one)) == 1
    assert re.search(r"nmf</td>.*>1</td>.*>2 h 0 min<.*>\N{EN DASH}<.*>512 MB<", other)
    pages = [written.sub("", re.sub(RUN_TIMES, "", page)) for page in (one, other)]
    assert pages[0] == pages[1]


def page_beside(folder, settings, labels=(1, 1, 2, 2, 1, 2)):
    """Return the section of a page with other series, in one line, and the page itself."""
    paths, *_ = write_results(folder, list(labels))
    settings = ReportSettings.model_validate(settings)
    report.run(settings, folder / "page.html", **options_of(paths))
    page = " ".join((folder / "page.html").read_text(encoding="utf-8").split())
    start = page.index('<section id="series">')
    return page[start : page.index("</section>", start)], page


def test_other_series_and_moments_have_a_section(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    rain = [f"2020-01-01T00:{i // 60:02}:{i % 60:02},{i % 7}" for i in range(0, 300, 5)]
    (tmp_path / "rain.csv").write_text("\n".join(["time,rain (mm)", *rain]), encoding="utf-8")
    (tmp_path / "gas.csv").write_text("time,gas\n2021-01-01,1\n2021-01-02,2\n", encoding="utf-8")
    series = {"<b>Rain": str(tmp_path / "rain.csv"), "Gas": str(tmp_path / "gas.csv")}
    events = {"Eruption": "2020-01-01T00:02", "<i>": "2019-01-01"}
    section, page = page_beside(tmp_path, {"series": series, "events": events})
    assert "Number of events over time, a row for each cluster, and below other series" in section
    assert "Gas has no values in the time of the events, and is not compared." in section
    assert "since before the first event or after the last: &lt;i&gt;." in section
    assert "&lt;b&gt;Rain and the events share too short a time to be compared: " in section
    assert '<a href="#series">' in page
    assert "<b>Rain" not in page


def test_correlations_of_all_events_stand_in_a_table(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    found = Correlation("Rain", 0, -0.456, 7200.0, 10800.0, "hour", 300, 0.023)
    monkeypatch.setattr(external, "correlate", lambda binned: [found])
    (tmp_path / "rain.csv").write_text("time,rain\n", encoding="utf-8")
    section, _ = page_beside(tmp_path, {"series": {"Rain": str(tmp_path / "rain.csv")}})
    row = re.sub("<[^>]+>", "|", section[section.index("<tbody>") :])
    assert re.sub("[| ]{2,}", "|", row) == "|Rain|all|-0.46|2 hours|±3 hours|300 of hour|0.023|"
    assert "Of 1 pair of a cluster and a series, 1 goes together by more than chance" in section


def test_moments_alone_are_marked_on_the_timeline(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    paths, *_ = write_results(tmp_path, [1, 1, 2])
    settings = ReportSettings(events={"Eruption": "2020-01-01T00:02"})
    report.run(settings, tmp_path / "page.html", **options_of(paths))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("Dashed lines are the moments named on top.") == 1
    assert 'id="series"' not in page


def test_there_is_no_section_without_other_series(hostile_page):
    assert 'id="series"' not in hostile_page
    assert "#series" not in hostile_page


def test_twelve_clusters_and_no_rejected_event(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    page = make_page(tmp_path, [*range(1, 13), 1, 2])
    assert page.count('<article class="card"') == 12
    assert "10 of 12 columns are shown, those of the largest clusters." in page
    assert "No event was rejected." in page


def test_a_cluster_that_has_none_of_the_events_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    page = make_page(tmp_path, [1, 1, 3, 3, 1])
    assert page.count('<article class="card"') == 2
    paths, *_ = write_results(tmp_path, [1, 1, 3, 3, 1])
    assert [cluster.number for cluster in gather(paths).clusters] == [1, 3]


def test_first_screen_says_how_many_clusters_there_are_and_how_sure_they_are(hostile_page):
    first = " ".join(hostile_page[: hostile_page.index("What to distrust")].split())
    assert "<b>2 clusters.</b>" in first
    assert "2 % of the events would change cluster" in first
    assert "<dt>change cluster</dt><dd>2 %</dd>" in first
    assert "one Gaussian" in first


def test_cards_say_how_steady_clusters_are_and_examples_how_sure(hostile_page):
    first, second = (" ".join(each.split()) for each in hostile_page.split("<article")[1:])
    assert "<b>steady</b>, stability 0.96; medians: membership 0.94, silhouette 0.49" in first
    assert "<b>rather steady</b>, stability 0.86" in second
    assert "Representative: the highest silhouettes" in first
    best, uncertain = first.split("Least certain: the lowest memberships")
    assert "membership 0.95, next cluster 2 (0.04), silhouette 0.50" in best
    assert "membership 0.93, next cluster 2 (0.04), silhouette 0.48" in uncertain


def test_epicentres_have_a_map_and_events_without_one_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    columns = {
        "latitude": ["1.0", "", "95", "2"],
        "longitude": ["179.9", "10", "10", "-179.9"],
        "depth": ["", "3", "3", "4"],
    }
    page = " ".join(make_page(tmp_path, [1, 1, 2, 2], columns=columns).split())
    assert '<a href="#places">' in page
    assert "Map of the epicentres" in page
    assert "2 events have no usable epicentre in the catalog." in page
    assert "along the dashed line from A to A&prime;, the longest extent of the epicentres" in page


def write_table_of_stations(path, *rows):
    lines = ["network,station,latitude,longitude,elevation", *rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_stations_are_on_the_map_and_distances_from_the_own_one_are_tested(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    latitudes = [f"{number / 10:.1f}" for number in range(12)]
    columns = {"latitude": latitudes, "longitude": ["7"] * 12, "distance": ["1"] * 12}
    paths, *_ = write_results(tmp_path, [1] * 6 + [2] * 6, columns=columns)
    rows = ["XX,STA,0,7,100", "XX,<b>,50,7,0"]
    stations = write_table_of_stations(tmp_path / "stations.csv", *rows)
    report.run(
        ReportSettings(section_azimuth=30), tmp_path / "page.html", **options_of(paths),
        stations=stations,
    )  # fmt: skip
    page = " ".join((tmp_path / "page.html").read_text(encoding="utf-8").split())
    assert "Triangles are stations; the filled one is that of this page." in page
    assert "XX.&lt;b&gt; (5," in page
    # Ranks as those of the latitudes: 1 to 6 and 7 to 12.
    assert re.search(r"Epicentral distance</td><td[^>]*>12</td> <td[^>]*>0.76<", page)
    assert "Epicentral distances are from the station to the epicentres" in page
    assert not re.search(r"<td>Distance</td>", page)


def test_without_stations_distances_are_those_of_the_catalog(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    distances = [f"{number}" for number in range(12)]
    page = make_page(tmp_path, [1] * 6 + [2] * 6, columns={"distance": distances})
    assert re.search(r"<td>Distance</td><td[^>]*>12</td>\s*<td[^>]*>0.76<", page)
    assert "Epicentral distance" not in page


def test_lines_and_relief_are_read_for_the_map(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    columns = {"latitude": ["1.0", "1.5", "2.0"], "longitude": ["7", "7.5", "8"]}
    paths, *_ = write_results(tmp_path, [1, 1, 2], columns=columns)
    coast, grid = tmp_path / "coast.txt", tmp_path / "grid.asc"
    coast.write_text("7 1\n8 2\n", encoding="utf-8")
    header = "ncols 4\nnrows 4\nxllcorner 6\nyllcorner 0\ncellsize 1\n"
    grid.write_text(header + "1 2 3 4\n" * 4, encoding="ascii")
    settings = ReportSettings(map_lines=str(coast), relief=str(grid))
    places = gather(paths, surroundings=summary_stage.read_surroundings(settings)).places
    np.testing.assert_array_equal(places.lines[0], [[7, 1], [8, 2]])
    np.testing.assert_array_equal(places.relief.longitudes, [6.5, 7.5, 8.5])
    np.testing.assert_array_equal(places.relief.heights[0], [1, 2, 3])
    report.run(settings, tmp_path / "page.html", **options_of(paths))
    grid.write_text(header + "1 2 3 4\n" * 3, encoding="ascii")
    with pytest.raises(StageError, match=r"grid\.asc: its rows end before row 4"):
        report.run(settings, tmp_path / "page.html", **options_of(paths))


def test_stations_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(StageError, match=r"stations: .*none\.xml: there is no such file"):
        summary_stage.read_surroundings(ReportSettings(), tmp_path / "none.xml")


def test_without_epicentres_there_is_a_sentence_in_place_of_a_map(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    page = make_page(tmp_path, [1, 1, 2], columns={"latitude": ["1", "2", "3"]})
    assert "There is no map of epicentres" in page
    assert "places" not in re.findall(r'id="([^"]+)"', page)


@pytest.mark.parametrize(
    "last, has_hours, has_months",
    [
        ("2020-01-01T01:00:00", False, False),
        ("2020-01-02", True, False),
        ("2021-02-01", True, True),
    ],
)
def test_hours_and_months_are_shown_where_events_span_them(
    tmp_path, monkeypatch, last, has_hours, has_months
):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    times = ["2020-01-01T00:00:00", "2020-01-01T00:00:00", last]
    page = make_page(tmp_path, [1, 1, 2], columns={"time": times})
    assert ("at each hour of the day" in page) == has_hours
    assert ("span less than half a day" in page) != has_hours
    assert ("in each month of the year" in page) == has_months


def test_page_says_what_separates_the_clusters_and_what_proves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    magnitudes = [f"{number / 10:.1f}" for number in range(12)]
    page = make_page(tmp_path, [1] * 6 + [2] * 6, columns={"magnitude": magnitudes})
    # Ranks 1 to 6 and 7 to 12: H = 12 / (12 * 13) * (21**2 + 57**2) / 6 - 3 * 13 = 8.31.
    assert "Magnitude separates the clusters most: 76 % of the variance of its ranks" in page
    assert "proves nothing where it separates them: Peak amplitude." in page
    table = " ".join(page[page.index("p, corrected") :].split())
    assert re.search(r"Magnitude</td><td[^>]*>12</td> <td[^>]*>0.76</td><td[^>]*>0.008<", table)


def test_one_event_has_a_page(tmp_path):
    columns = {"latitude": ["-16"], "longitude": ["180"], "depth": ["1"], "magnitude": ["0"]}
    page = make_page(tmp_path, [1], place=None, columns=columns)
    assert "Nothing is tested" in page
    assert "Map of the epicentres" in page


def write_background_of(folder, clusters):
    """Write background beside the files of a run; return its path."""
    found = np.array(clusters, dtype=int)
    held = Background(found, found, np.ones(len(found)), found == 0, len(found))
    inputs = {"clusters": digest_of_file(ReportFiles.of(folder / "unit/main").clusters)}
    path = folder / "background.h5"
    write_background(path, held, settings={"n_windows": 40, "random_state": 7}, inputs=inputs)
    return path


def test_first_screen_and_cards_say_which_clusters_background_falls_into(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    labels = [1, 1, 1, 2, 2]
    paths, *_ = write_results(tmp_path, labels)
    background = write_background_of(tmp_path, [2] * 38 + [0] * 2)
    report.run(ReportSettings(), tmp_path / "page.html", **options_of(paths), background=background)
    page = " ".join((tmp_path / "page.html").read_text(encoding="utf-8").split())
    first, one, two = page.split("<article")
    assert "Of 40 windows without events, 95 % fall into cluster 2, which has 40 % of" in first
    assert "60 % of all; 0 of 40 windows of background; <b>" in one
    assert "40 % of all; 38 of 40 windows of background, 95 %; <b>" in two
    assert "n_windows" in two


def test_background_of_other_clusters_is_refused(tmp_path):
    write_results(tmp_path, [1, 1, 2])
    background = write_background_of(tmp_path, [2] * 40)
    paths, *_ = write_results(tmp_path, [1, 2, 3])
    with pytest.raises(StageError, match=r"background\.h5 was made with another clusters"):
        gather(paths, background=background)


def test_events_in_no_cluster_come_last_and_in_grey(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    page = make_page(tmp_path, [1, 0, 1, 2, 0])
    cards = page.split("<article")[1:]
    assert [re.search(r'id="cluster-(\d+)"', card)[1] for card in cards] == ["1", "2", "0"]
    assert "2 events are in no cluster." in page[: page.index("What to distrust")]
    assert "No cluster\n" in cards[-1]
    assert style.cluster_color(0) in cards[-1]
    assert "silhouette" not in cards[-1].split("</article>")[0]
    assert "membership" not in cards[-1].split("</article>")[0]
    assert "Nearest to the centre of a cluster" in cards[-1]
    assert "Least certain" not in cards[-1]
    summary = gather(write_results(tmp_path, [1, 0, 1, 2, 0])[0])
    assert [(cluster.number, cluster.size) for cluster in summary.clusters] == [
        (1, 2), (2, 1), (0, 2),
    ]  # fmt: skip


def test_events_in_no_cluster_have_a_place_in_each_figure(tmp_path):
    summary = gather(write_results(tmp_path, [*range(1, 12), 0])[0])
    grey = to_rgb(style.cluster_color(0))
    points, *_ = map_figure(summary.plane, summary.labels).axes[0].collections
    assert to_rgb(points.get_facecolor()[-1]) == grey
    rows = timeline_figure(summary.times, summary.labels).axes
    assert [axes.get_ylabel() for axes in rows[-2:]] == ["11", style.cluster_name(0)]
    assert [cluster.number for cluster in columns_of(summary.clusters)] == [*range(1, 10), 0]
    stacks = overview_of(summary).axes[-1].patches
    assert to_rgb(stacks[-1].get_facecolor()) == grey


def test_where_no_clusters_are_found_all_events_have_one_card_and_no_number(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    page = make_page(tmp_path, [1, 1, 1], place=None)
    first = " ".join(page[: page.index("What to distrust")].split())
    assert "<b>No clusters: this method finds no groups that hold.</b>" in first
    assert "<dd>none</dd>" in first
    assert page.count("<article") == 1
    assert "All events\n" in page[page.index("<article") :]
    assert "Cluster 1" not in page
    assert "<b>steady" not in page


def test_a_tree_is_shown_where_a_method_makes_one(tmp_path, hostile_page, monkeypatch):
    monkeypatch.setattr(style, "png", lambda figure: b"")  # for speed
    tree = linkage(np.arange(5.0)[:, None], "ward")
    assert "Tree of the events" in make_page(tmp_path, [1, 1, 1, 1, 2], tree=tree)
    assert "Tree of the events" not in hostile_page


def test_events_lie_in_the_plane_of_the_space_in_which_they_are_clustered(tmp_path):
    labels = [1, 2, 1, 1, 2]
    paths, _, prints = write_results(tmp_path, labels)
    plane = gather(paths).plane
    # The joined features: an amplitude, whose logarithm counts, has spread 2, fingerprints 1.
    amplitudes = np.log(ATTRIBUTES[1:6, 0])
    expected = 2 * (amplitudes - amplitudes.mean()) / amplitudes.std()
    entry, spread = prints[:, -1, -1], np.sqrt(prints.reshape(5, -1).var(axis=0).sum())
    np.testing.assert_allclose(plane.points[:, 0], expected)
    np.testing.assert_allclose(plane.points[:, 1], (entry - entry.mean()) / spread)
    np.testing.assert_allclose(plane.shares, [4 / 5, (entry.std() / spread) ** 2 / 5])


@pytest.mark.parametrize("n_clusters", [2, 12])
def test_overview_can_be_written_at_another_resolution(tmp_path, n_clusters):
    paths, *_ = write_results(tmp_path, [*range(1, n_clusters + 1), 1, 2])
    image = style.png(overview_of(gather(paths)), dpi=40)
    assert image.startswith(b"\x89PNG")
    assert int.from_bytes(image[16:20], "big") == round(40 * style.TWO_COLUMNS)


def test_summary_means_and_representative_events(tmp_path):
    labels = np.array([1, 2, 1, 1, 2])
    lengths = [4, 3, 5, 4, 3]
    paths, spectrograms, prints = write_results(tmp_path, labels.tolist(), n_frames=lengths)
    summary = gather(paths, examples_per_cluster=2)
    first, second = summary.clusters
    events = np.split(spectrograms, np.cumsum(lengths)[:-1])
    assert first.size == 3
    np.testing.assert_allclose(first.mean_fingerprint, prints[labels == 1].mean(axis=0))
    np.testing.assert_allclose(
        first.mean_spectrogram[:4], np.mean([events[i][:4] for i in (0, 2, 3)], axis=0)
    )
    np.testing.assert_allclose(first.mean_spectrogram[4], events[2][4])
    assert np.isnan(second.mean_spectrogram[3:]).all()
    assert [example.event_id for example in first.examples] == ["event 0", "event 2"]
    assert [example.event_id for example in first.uncertain] == ["event 3"]
    np.testing.assert_array_equal(first.examples[0].frames, events[0])
    np.testing.assert_array_equal(first.uncertain[0].frames, events[3])
    assert second.uncertain == []
    assert summary.component_shares.sum() == pytest.approx(1)
    assert summary.clock.frames(2).tolist() == [-0.75, -0.25]
    assert summary.clock.samples(2).tolist() == [-1.0, -0.95]
    assert summary.settings("clusters")["n_init"] == 3


@pytest.mark.parametrize("n_models", [1, 2])
def test_examples_have_the_energies_states_and_fingerprint_of_their_event(tmp_path, n_models):
    paths, _, prints = write_results(
        tmp_path, [1, 2, 1, 1], n_frames=[4, 3, 5, 2], n_models=n_models
    )
    first, second = gather(paths, examples_per_cluster=2).clusters
    gain = BayesianNMF.load(paths.nmf).gain_
    for example, event in zip([*first.shown, *second.shown], (0, 2, 3, 1), strict=True):
        assert example.event_id == f"event {event}"
        activations, probabilities = (
            stored_frames(paths, name, event) for name in ("activations", "fingerprints")
        )
        np.testing.assert_allclose(example.energies, gain * activations, rtol=1e-6)
        np.testing.assert_array_equal(example.state_probabilities, probabilities)
        np.testing.assert_array_equal(example.fingerprint, prints[event])
        assert len(example.energies) == len(example.frames)


def stored_frames(paths, name, event):
    with FrameStore(getattr(paths, name), name) as store:
        return store.read([event]).frames


@pytest.mark.parametrize("name", ["spectrograms", "activations", "fingerprints", "assignments"])
@pytest.mark.parametrize(
    "change",
    [
        {"labels": [1, 2, 1, 2]},
        {"labels": [1, 2, 1], "event_ids": ["event 0", "event 2", "event 1"]},
        {"labels": [1, 2, 1], "n_frames": [N_FRAMES, N_FRAMES + 1, N_FRAMES - 1]},
    ],
    ids=["more events", "another order", "other frames"],
)
def test_stores_of_different_runs_are_refused(tmp_path, name, change):
    assert_refused(tmp_path, name, change)


@pytest.mark.parametrize("name", ["hmm", "clusters"])
def test_models_of_another_run_are_refused(tmp_path, name):
    change = {"labels": [1, 2, 3], "n_models": 2}
    assert_refused(tmp_path, name, change)


@pytest.mark.parametrize("name", ["hmm", "fingerprints"])
def test_files_of_another_nmf_are_refused(tmp_path, name):
    paths, *_ = write_results(tmp_path, [1, 2, 1], n_nmfs=3)
    gather(paths)
    second, third = paths.others
    with pytest.raises(StageError, match="was made with other fingerprints than"):
        gather(paths._replace(others=(third, second)))
    mixed = second._replace(**{name: getattr(third, name)})
    with pytest.raises(StageError, match=r"was made with another (nmf|hmm) than"):
        gather(paths._replace(others=(mixed, third)))


def test_files_are_given_for_each_nmf(tmp_path):
    paths, *_ = write_results(tmp_path, [1, 2, 1], n_nmfs=3)
    options = options_of(paths)
    del options["hmm"][2]
    with pytest.raises(StageError, match="3 of nmf, 2 of hmm, 3 of fingerprints: expected one"):
        report.run(ReportSettings(), tmp_path / "report.html", **options)


def assert_refused(folder, name, change):
    """Assert that a file of another run stops the report."""
    paths, *_ = write_results(folder, [1, 2, 1])
    other, *_ = write_results(folder / "other", **change)
    with pytest.raises(StageError, match=r"same events and frames|was made with (an)?other"):
        gather(paths._replace(**{name: other._asdict()[name]}))


def overview_of(summary):
    return overview_figure(
        summary.clusters,
        summary.times,
        summary.labels,
        clock=summary.clock,
        frequencies=summary.frequencies,
    )


def figure_of(example, summary):
    return event_figure(
        example, clock=summary.clock, frequencies=summary.frequencies, limits=summary.limits
    )


def event_of(summary, n_frames, n_components, n_states):
    """Return an event of another size, with all that its figure needs."""
    rng = np.random.default_rng(0)
    return dataclasses.replace(
        summary.clusters[0].examples[0],
        frames=rng.random((n_frames, N_FREQUENCIES)),
        energies=rng.random((n_frames, n_components)),
        state_probabilities=rng.dirichlet(np.ones(n_states), n_frames),
        fingerprint=rng.random((n_states, n_states)),
    )


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    paths, *_ = write_results(tmp_path_factory.mktemp("summary"), [1, 2, 1, 2, 1])
    return gather(paths)


def test_panels_of_an_event_share_the_time_axis(summary):
    panels = figure_of(summary.clusters[0].examples[0], summary).axes[:4]
    assert {axes.get_xlim() for axes in panels} == {(-1.0, 3.95)}  # from first to last sample
    assert len({(axes.get_position().x0, axes.get_position().x1) for axes in panels}) == 1
    panels[0].set_xlim(0, 1)
    assert {axes.get_xlim() for axes in panels} == {(0, 1)}
    spans = {tuple(axes.images[0].get_extent()[:2]) for axes in panels[1:]}
    assert spans == {(-1.0, -1.0 + 0.5 * N_FRAMES)}


def test_components_rise_states_fall_and_rows_of_the_fingerprint_are_level_with_them(summary):
    example = summary.clusters[0].examples[0]
    _, _, energies, states, *_, matrix = figure_of(example, summary).axes
    np.testing.assert_array_equal(shown(energies), example.energies.T[::-1])
    np.testing.assert_array_equal(shown(states), example.state_probabilities.T)
    np.testing.assert_array_equal(shown(matrix), example.fingerprint)
    assert energies.get_ylim() == (0.5, N_COMPONENTS + 0.5)
    assert states.get_ylim() == matrix.get_ylim() == (N_STATES + 0.5, 0.5)
    for edge in ("y0", "y1"):
        assert getattr(states.get_position(), edge) == getattr(matrix.get_position(), edge)


def shown(axes):
    """Return the cells of an image as they are seen, the top row first."""
    image = axes.images[0]
    bottom, top = image.get_extent()[2:]
    cells = image.get_array() if image.origin == "upper" else image.get_array()[::-1]
    return cells if (top > bottom) == (axes.get_ylim()[1] > axes.get_ylim()[0]) else cells[::-1]


def test_events_share_their_colour_scales(summary):
    for example in (e for cluster in summary.clusters for e in cluster.shown):
        axes = figure_of(example, summary).axes
        limits = [axes[i].images[0].get_clim() for i in (1, 2, 3, 6)]
        assert limits == [
            (0, summary.limits.spectrogram),
            (0, summary.limits.energy),
            (0, 1),
            (0, summary.limits.fingerprint),
        ]
        assert example.fingerprint.max() <= summary.limits.fingerprint


@pytest.mark.parametrize(
    "n_frames, n_components, n_states", [(1, 1, 2), (9, 75, 15), (300, 200, 40)]
)
def test_labels_of_an_event_of_any_size_stay_apart(summary, n_frames, n_components, n_states):
    figure = figure_of(event_of(summary, n_frames, n_components, n_states), summary)
    assert style.png(figure, dpi=100).startswith(b"\x89PNG")
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            boxes = [label.get_window_extent() for label in axis.get_ticklabels() if seen(label)]
            for one, other in itertools.pairwise(boxes):
                assert not one.overlaps(other)


def seen(label):
    return label.get_visible() and label.get_text()


def test_an_event_of_one_frame_is_as_wide_as_a_frame(summary):
    figure = figure_of(event_of(summary, 1, N_COMPONENTS, N_STATES), summary)
    for axes in figure.axes[1:4]:
        assert tuple(axes.images[0].get_extent()[:2]) == (-1.0, -0.5)


def test_figures_of_many_events_stay_small():
    rng = np.random.default_rng(0)
    times = np.datetime64("2020-01-01", "us") + rng.integers(10**14, size=30_000)
    labels = rng.integers(1, 4, size=30_000)
    timeline = timeline_figure(times, labels)
    assert not any(axes.collections for axes in timeline.axes)
    plane = Plane(rng.random((30_000, 2)), np.ones(2))
    points = map_figure(plane, labels).axes[0].collections[0]
    assert len(points.get_offsets()) == MOST_POINTS


def test_colors_of_many_clusters_differ():
    colors = [style.cluster_color(number) for number in range(1, 21)]
    assert len(set(colors)) == 20
    assert all(style.contrasting_color(color) in ("#000000", "#ffffff") for color in colors)


def test_same_figure_gives_the_same_image():
    drawn = [style.png(number_figure(tried_of([2, 3, 4]), 1)) for _ in "ab"]
    assert drawn[0] == drawn[1]


def draw_all(folder, monkeypatch, *arguments, **options):
    """Run the stage that draws all figures; return the names of the files in its folder."""
    monkeypatch.setattr(style, "png", lambda figure, dpi: b"png")  # for speed
    monkeypatch.setattr(style, "pdf", lambda figure: b"pdf")
    paths, *_ = write_results(folder, *arguments, **options)
    settings = ReportSettings(examples_per_cluster=1)
    figures.run(settings, folder / "figures", **options_of(paths))
    return {path.name for path in (folder / "figures").iterdir()}


def test_each_figure_is_a_pdf_and_a_png_whose_name_has_nothing_of_the_data(tmp_path, monkeypatch):
    ids = [f"../{HOSTILE_ID}{i}" for i in range(3)]
    names = draw_all(tmp_path, monkeypatch, [1, 0, 2], event_ids=ids)
    parts = ("spectrogram", "fingerprint", "event-1")
    expected = {f"cluster-{number}-{part}" for number in range(3) for part in parts}
    expected |= {
        "overview", "timeline", "activity", "map", "number", "quantities", "components", "states",
        "spectra", "fits",
    }  # fmt: skip
    assert names == {f"{name}.{ending}" for name in expected for ending in ("pdf", "png")}
    assert (tmp_path / "figures/map.pdf").read_bytes() == b"pdf"
    assert (tmp_path / "figures/map.png").read_bytes() == b"png"


def test_figures_that_only_an_earlier_run_had_are_removed_and_nothing_else(tmp_path, monkeypatch):
    folder = tmp_path / "figures"
    folder.mkdir()
    for name in ("cluster-7-event-12.pdf", "months.png", "mine.png", "cluster-7.pdf"):
        (folder / name).write_bytes(b"old")
    names = draw_all(tmp_path, monkeypatch, [1, 2, 1])
    assert {"cluster-7-event-12.pdf", "months.png"} & names == set()
    assert {"mine.png", "cluster-7.pdf"} <= names


@pytest.mark.parametrize("name", [*FIGURES, "cluster-3-spectrogram", "cluster-0-event-2"])
def test_every_figure_has_a_caption_of_its_own_in_snakemakes_report(name):
    template = Template((REPOSITORY / "workflow/report/figures.rst").read_text(encoding="utf-8"))

    def caption_of(figure):
        wildcards = SimpleNamespace(unit="XX.STA..HHZ", figure=figure)
        return template.render(snakemake=SimpleNamespace(wildcards=wildcards)).strip()

    assert "XX.STA..HHZ" in caption_of(name)
    assert caption_of(name) not in {caption_of(other) for other in FIGURES if other != name}


def test_pictures_are_the_same_however_many_processes_draw_them(summary):
    nothing = external.compare_with_series(summary, [], [])
    alone, shared = (draw_pictures(summary, nothing, n) for n in (1, 3))
    assert alone.of_run == shared.of_run
    assert [each.spectrogram for each in alone.of_clusters] == [
        each.spectrogram for each in shared.of_clusters
    ]
    of_events = [
        [(event.event_id, picture) for each in pictures.of_clusters for event, picture in (
            *each.examples, *each.uncertain)]
        for pictures in (alone, shared)
    ]  # fmt: skip
    assert of_events[0] == of_events[1]
