"""Which events of a cluster are shown: those that represent it, and the least certain."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.report.clusters import choose_examples
from specufex_pipe.store import Assignments


def assignments_of(clusters, memberships, silhouettes, distances):
    n_events = len(clusters)
    none = np.zeros(n_events, dtype=bool)
    return Assignments(
        [f"event {i}" for i in range(n_events)],
        np.array(clusters), np.array(memberships, float), np.full(n_events, 2), np.zeros(n_events),
        np.array(silhouettes, float), np.array(distances, float), none, none,
    )  # fmt: skip


def chosen(assignments, events, *numbers):
    found = choose_examples(np.array(events), assignments, *numbers)
    return found.representative.tolist(), found.uncertain.tolist()


def test_the_highest_silhouettes_represent_and_the_lowest_memberships_are_uncertain():
    clusters = assignments_of(
        clusters=[1, 1, 1, 2, 1, 1],
        memberships=[0.9, 0.4, 1.0, 0.1, 0.4, 0.9],
        silhouettes=[0.3, 0.2, 0.9, 0.1, 0.1, 0.8],
        distances=[1, 2, 9, 0, 3, 5],
    )
    assert chosen(clusters, [0, 1, 2, 4, 5], 2, 2) == ([2, 5], [4, 1])


def test_where_silhouettes_are_alike_the_nearest_represent():
    alike = assignments_of([1] * 4, [1] * 4, [0] * 4, [3, 1, 2, 1])
    assert chosen(alike, range(4), 2, 1) == ([1, 3], [0])


def test_events_in_no_cluster_are_the_nearest_to_one_and_none_is_uncertain():
    none = assignments_of([0] * 3, [0.2, 0.1, 0.3], [0.9, 0.5, 0.1], [3, 1, 2])
    assert chosen(none, range(3), 2, 2) == ([1, 2], [])


events = st.lists(
    st.tuples(st.floats(0, 1), st.floats(-1, 1), st.floats(0, 9)), min_size=1, max_size=9
)


@given(events=events, n_representative=st.integers(1, 5), n_uncertain=st.integers(0, 5))
def test_no_event_is_shown_twice_and_as_many_as_there_are(events, n_representative, n_uncertain):
    assignments = assignments_of([1] * len(events), *zip(*events, strict=True))
    first, last = chosen(assignments, range(len(events)), n_representative, n_uncertain)
    assert len(set(first + last)) == len(first) + len(last)
    assert len(first) == min(n_representative, len(events))
    assert len(last) == min(n_uncertain, len(events) - len(first))
    others = [i for i in range(len(events)) if i not in first]
    assert all(events[i][1] <= events[j][1] for i in others for j in first)
    rest = [i for i in others if i not in last]
    assert all(events[i][0] >= events[j][0] for i in rest for j in last)
