"""The report of poor data: a sentence stands where there is nothing to see."""

import json
import re

import numpy as np
import pytest
from helpers.report import N_FREQUENCIES, make_page

from specufex_pipe.plotting import style
from specufex_pipe.store import write_arrays

DASH = "\u2013"
ONE_TIME = "2020-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Leave out what takes most of the time."""
    monkeypatch.setattr(style, "png", lambda figure: b"")


def section_of(page, name):
    """Return a section in one line."""
    start = page.index(f'<section id="{name}">')
    return " ".join(page[start : page.index("</section>", start)].split())


def test_one_event_is_said_to_have_nothing_to_be_compared_with(tmp_path):
    page = make_page(tmp_path, [1], place=None)
    sentences = {
        "overview": "There is one event, and nothing to compare it with",
        "time": "There is one event: nothing can be seen over time.",
        "map": "One event cannot be divided into clusters.",
        "quantities": "The attributes of the one event are in events.csv.",
    }
    for name, sentence in sentences.items():
        assert sentence in section_of(page, name)
        assert "<img" not in section_of(page, name)
    assert "<img" in section_of(page, "clusters")
    assert page.count("<time>2020-01-01 00:00:00.000 UTC</time>") == 2  # on top, and the event


def test_events_of_one_time_are_not_shown_over_time(tmp_path):
    page = make_page(tmp_path, [1, 1, 2], columns={"time": [ONE_TIME] * 3})
    assert "All events have the same time: nothing can be seen" in section_of(page, "time")
    assert "<img" not in section_of(page, "time")
    assert "<img" in section_of(page, "overview")


def test_ids_are_isolated_from_the_direction_of_the_text_around_them(tmp_path):
    event_id = "\u05d0\u05d9\u05e8\u05d5\u05e2 7!"
    page = make_page(tmp_path, [1], event_ids=[event_id], place=None)
    assert f"<bdi>{event_id}</bdi>" in page
    assert f'alt="Event \u2068{event_id}\u2069: waveform' in page
    assert page.count(event_id) == 2


def page_with_variants(folder, *n_clusters):
    """Return the section of variants with these numbers of clusters, main first."""
    names = ["main", *(f"variant{number}" for number in range(1, len(n_clusters)))]
    measures = {"method": "bayesian", "components": 2, "power_explained": 0.9}
    measures |= {"silhouette": 0.5, "agreement": 0.25}
    rows = [
        {"variant": name, "clusters": number, **measures}
        for name, number in zip(names, n_clusters, strict=True)
    ]
    arrays = {}
    for name in names:
        arrays[f"{name}.components"] = np.ones((2, N_FREQUENCIES))
        arrays[f"{name}.shares"] = np.array([0.5, 0.5])
        arrays[f"{name}.frequencies"] = np.arange(1.0, N_FREQUENCIES + 1)
    attributes = {"rows": json.dumps(rows), "records": json.dumps({name: {} for name in names})}
    write_arrays(folder / "comparison.h5", "comparison", arrays, attributes=attributes)
    page = make_page(folder, [1, 1, 2], comparison=folder / "comparison.h5")
    return section_of(page, "comparison")


def cells_of(section):
    rows = section[section.index("<tbody>") : section.index("</tbody>")].split("</tr>")[:-1]
    return [re.findall("<td[^>]*>([^<]*)</td>", row)[4:] for row in rows]


def test_variants_without_clusters_have_no_measures_of_clusters(tmp_path):
    section = page_with_variants(tmp_path, 3, 0)
    assert cells_of(section) == [["3", "0.500", "0.250"], ["0", DASH, DASH]]
    assert "A dash stands where there are no clusters" in section


def test_nothing_agrees_with_a_first_variant_that_has_no_clusters(tmp_path):
    section = page_with_variants(tmp_path, 0, 3)
    assert cells_of(section) == [["0", DASH, DASH], ["3", "0.500", DASH]]


def test_no_dash_is_explained_where_there_is_none(tmp_path):
    assert "A dash" not in page_with_variants(tmp_path, 3, 2)
