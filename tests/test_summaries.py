"""What results and frames show of themselves, as text and in a notebook."""

from html.parser import HTMLParser

import numpy as np
import pytest
from helpers.clusters import learned_of
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.clustering.learned import Assigned
from specufex_pipe.events.frames import Frames
from specufex_pipe.events.views import ConvolvedFrames, Excerpts, ScaledFrames, Selection
from specufex_pipe.hmm.ensemble import HMMEnsemble
from specufex_pipe.store import FrameStore, write_events
from specufex_pipe.store.assignments import Assignments
from specufex_pipe.store.background import Background
from specufex_pipe.store.families import Families
from specufex_pipe.store.labels import EventLabels, Suggestion
from specufex_pipe.store.neighbours import NearestEvents
from specufex_pipe.summaries import as_html, as_text, shows_itself, sizes

HOSTILE = '<script>alert("5 > 4 & more")</script>\x1b[2J'
CLUSTERS = np.array([1, 2, 0, 1, 1])


class Cells(HTMLParser):
    """The tags of a page, and the text of its cells."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.texts.append("")

    def handle_data(self, data):
        self.texts[-1] += data


def frames():
    return Frames(np.ones((26, 6), np.float32), [0, 12, 17, 26])


def assignments(clusters=CLUSTERS):
    n, none = len(clusters), np.zeros(len(clusters), dtype=bool)
    measures = [np.linspace(0.5, 1, n), np.zeros(n, int), *np.zeros((3, n)), none, none]
    return Assignments([HOSTILE] * n, clusters, *measures)


def labels():
    return EventLabels(
        event_ids=list("abcd"), known=["", HOSTILE, "", ""], labels=[HOSTILE, "quake"],
        predicted=np.array([0, 0, 1, 1]), probabilities=np.full((4, 2), 0.5),
        p_values=np.ones(4), are_none=np.array([False, False, False, True]),
        suggestions=[Suggestion(2, "its labels are close")],
    )  # fmt: skip


def families(stations=(HOSTILE,)):
    return Families(
        event_ids=list("abcde"), families=np.array([1, 1, 0, 2, 2]),
        pairs=np.array([[0, 1], [3, 4]]), means=np.array([0.9, 0.96]),
        coefficients=np.ones((2, 1)), seconds=np.zeros((2, 1)), counts=np.zeros(3, int),
        edges=np.zeros(4), stations=list(stations), waveforms=[],
    )  # fmt: skip


def nearest(is_exact, n_events=5):
    distances = np.full((n_events, 3), 0.25)
    return NearestEvents(list("abcde"), distances.astype(int), distances, is_exact, 0.987)


def background():
    return Background(np.arange(5), CLUSTERS, np.full(5, 0.5), np.zeros(5, bool), 9)


EXPECTED = {
    "frames": (
        frames(), "<Frames: events 3; frames 26; frames of an event 5 to 12; features 6; type "
        "float32>",
    ),
    "no frames": (
        Frames(np.ones((0, 6)), [0]), "<Frames: events 0; frames 0; features 6; type float64>"
    ),
    "assignments": (
        assignments(), "<Assignments: events 5; clusters 2 of 3, 1; in none 1; mean membership "
        "0.75; new 0; outside 0>",
    ),
    "no assignments": (
        assignments(np.zeros(0, int)), "<Assignments: events 0; clusters 0; in none 0; mean "
        "membership none; new 0; outside 0>",
    ),
    "nearest": (
        nearest(True), "<NearestEvents: events 5; neighbours of each 3; mean distance of the "
        "nearest 0.25; search exact>",
    ),
    "nearest, not all": (
        nearest(False), "<NearestEvents: events 5; neighbours of each 3; mean distance of the "
        "nearest 0.25; search finds 98.7 % of them>",
    ),
    "families": (
        families(["XX.STA.00.HH"]), "<Families: events 5; families 2 of 2, 2; in none 1; pairs 2; "
        "mean coefficient 0.93; stations XX.STA.00.HH>",
    ),
    "background": (
        background(), "<Background: windows 5; tried 9; clusters 2 of 3, 1; in none 1; mean "
        "membership 0.50; outside 0>",
    ),
    "no background": (
        Background.none("too few", 7), "<Background: windows 0; tried 7; none, since too few>"
    ),
    "assigned": (
        Assigned(*assignments()[1:]), "<Assigned: events 5; clusters 2 of 3, 1; in none 1; mean "
        "membership 0.75; new 0; outside 0>",
    ),
    "no clusters": (
        learned_of([0.5]), "<LearnedClusters: events 3; clusters 1 of 3; in none 0; outcome no "
        "clusters found; beats one Gaussian no>",
    ),
    "HMMs": (
        HMMEnsemble(2, n_states=4), "<HMMEnsemble: models 2 of BayesianHMM(n_states=4); seeds 0, "
        "3964924996>",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("shown", "expected"), EXPECTED.values(), ids=EXPECTED)
def test_a_result_says_what_it_is_in_one_line(shown, expected):
    assert repr(shown) == expected


def test_what_is_made_of_other_frames_says_of_which():
    made = [
        Selection(frames(), [0, 2]), ScaledFrames(frames(), np.ones(6)),
        ConvolvedFrames(frames(), np.ones((6, 2))),
        Excerpts(frames(), np.zeros(3, int), np.array([2, 2, 2])),
    ]  # fmt: skip
    for view in made:
        assert repr(view).startswith(f"<{type(view).__name__}: events {view.n_events}; ")
        assert repr(view).endswith(f"; made of {frames()!r}>")


@pytest.mark.parametrize(("kind", "shape", "expected"), [
    ("spectrograms", (17, 6), "events 2; frames 17; frames of an event 5 to 12; features 6; type "),
    ("waveforms", (17,), "events 2; samples 17; samples of an event 5 to 12; type float64"),
])  # fmt: skip
def test_a_store_names_its_file_open_or_closed(tmp_path, kind, shape, expected):
    path = tmp_path / "<b>store.h5"
    with write_events(path, kind, settings={}, inputs={}) as writer:
        writer.append(["a", "b"], [12, 5], np.ones(shape))
    with FrameStore(path, kind) as store:
        assert f"<FrameStore: file {path}; {expected}" in repr(store)
        assert "b" not in Cells(store._repr_html_()).tags
    assert "type not known, the file is closed" in repr(store)


def test_labels_of_catalogs_are_shown_as_text():
    for shown in (labels(), families()):
        page = Cells(shown._repr_html_())
        assert set(page.tags) == {"table", "caption", "tbody", "tr", "th", "td"}
        assert '<script>alert("5 > 4 & more")</script>\\x1b[2J' in "".join(page.texts)
        assert "\x1b" not in shown._repr_html_() + repr(shown)
    assert "labels" in repr(labels())
    assert "(2), quake (1); none of these 1; suggestions 1" in repr(labels())


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=4))
def test_whatever_is_shown_stays_one_line_and_one_table(title, rows):
    line = as_text(title, rows)
    assert line.isprintable()
    page = Cells(as_html(title, rows))
    assert page.tags == ["table", "caption", "tbody", *["tr", "th", "td"] * len(rows)]
    assert as_html(title, rows).isprintable()


@given(st.lists(st.integers(0, 40)))
def test_sizes_count_each_event_once(groups):
    told = sizes(np.array(groups, dtype=int))
    assert told["in none"] == str(groups.count(0))
    n_groups, *listed = told["clusters"].replace(" of ", ", ").split(", ")
    assert int(n_groups) == max(groups, default=0)
    assert len(listed) <= 11
    if int(n_groups) <= 10:
        assert sum(map(int, listed)) == len(groups) - groups.count(0)
    else:
        assert listed[-1] == "..."


def test_a_subclass_shows_its_own_name():
    @shows_itself
    class Result:
        def _summary(self):
            return {"events": "2"}

    class Special(Result):
        pass

    assert repr(Special()) == "<Special: events 2>"
