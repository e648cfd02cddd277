"""Suggestions are in doubt, typical and apart, and say why."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specufex_pipe.classification import suggestions
from specufex_pipe.classification.suggestions import suggest

LABELS = ("A", "B", "C")


def places(found):
    return [each.event for each in found]


def scene(seed=0):
    """Return events of two sure labels, of the border between them, of a new kind, and oddities."""
    rng = np.random.default_rng(seed)
    centers = {"A": (-9, 0), "B": (9, 0), "border": (0, 0), "new": (0, 30)}
    kinds = np.repeat([*centers, "odd"], [60, 60, 20, 20, 5])
    points = np.concatenate([
        *(rng.normal(center, 1, (np.sum(kinds == kind), 2)) for kind, center in centers.items()),
        rng.choice([-1, 1], (5, 2)) * rng.uniform(100, 900, (5, 2)),
    ])  # fmt: skip
    of_a = 1 / (1 + np.exp(np.clip(points[:, 0], -9, 9)))
    probabilities = np.stack([of_a, 1 - of_a, 0 * of_a], axis=1)
    p_values = np.where(np.isin(kinds, ["new", "odd"]), 0.01, 0.5)
    return probabilities, p_values, points, kinds


def test_the_border_and_the_new_kind_come_first():
    probabilities, p_values, points, kinds = scene()
    found = suggest(probabilities, p_values, points, LABELS, 6)
    assert set(kinds[places(found)][:2]) == {"border", "new"}
    for event, reason in found:
        if kinds[event] == "new":
            assert reason == "like nothing that is labelled"
        elif kinds[event] == "border":
            assert reason in ("uncertain between A and B", "uncertain between B and A")
        elif kinds[event] in LABELS:
            assert reason == f"typical of what is probably {kinds[event]}"


def test_what_is_typical_of_many_comes_before_oddities():
    probabilities, p_values, points, kinds = scene()
    is_new = np.isin(kinds, ["new", "odd"])
    found = suggest(probabilities[is_new], p_values[is_new], points[is_new], LABELS, 1)
    assert kinds[is_new][places(found)] == ["new"]


def test_the_more_probable_label_is_named_first():
    probabilities = np.array([[0.1, 0.3, 0.6]] * 20)
    (found,) = suggest(probabilities, np.ones(20), np.eye(20), LABELS, 1)
    assert found.reason == "uncertain between C and B"


def test_the_rate_decides_what_is_like_none():
    probabilities, p_values, points, _ = scene()
    for rate, expected in ((0.005, False), (0.01, True)):
        found = suggest(probabilities, p_values, points, LABELS, 9, novelty_rate=rate)
        assert ("like nothing that is labelled" in [each.reason for each in found]) == expected


def naive(rewards, points, number):
    """Return what `_apart` does, by loops."""
    size, left, chosen = max(len(points) // (2 * number), 1), set(range(len(points))), []
    while left and len(chosen) < number:
        best = max(sorted(left), key=lambda event: rewards[event])
        chosen.append(best)
        distances = [np.linalg.norm(point - points[best]) for point in points]
        reach = sorted(distances)[size - 1]
        left -= {event for event in left if distances[event] <= reach}
    return chosen


@settings(max_examples=40)
@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 2**32))
def test_suggestions_are_apart_as_loops_have_them(n_events, number, seed):
    rng = np.random.default_rng(seed)
    rewards, points = rng.random(n_events), rng.normal(size=(n_events, 3))
    found = suggestions._apart(rewards, points, number)
    assert found.tolist() == naive(rewards, points, number)
    assert len(set(found)) == len(found) >= min(number, n_events) / 2


def test_events_that_are_alike_are_suggested_once():
    points = np.repeat([[0.0, 0], [5, 5]], [30, 10], axis=0)
    found = suggest(np.full((40, 2), 0.5), np.ones(40), points, LABELS[:2], 10)
    assert sorted(points[places(found)][:, 0]) == [0, 5]


@pytest.mark.parametrize(("n_events", "n_found"), [(0, 0), (1, 1), (3, 3)])
def test_few_events_are_all_suggested(n_events, n_found):
    points = np.arange(float(n_events))[:, None]
    found = suggest(np.full((n_events, 2), 0.5), np.ones(n_events), points, LABELS[:2], 5)
    assert len(set(places(found))) == n_found


def test_of_many_events_a_sample_tells_how_dense_they_lie(monkeypatch):
    monkeypatch.setattr(suggestions, "_MOST_CANDIDATES", 40)
    monkeypatch.setattr(suggestions, "_MOST_REFERENCES", 90)
    probabilities, p_values, points, kinds = scene()
    found = suggest(probabilities, p_values, points, LABELS, 4)
    assert {"border", "new"} <= set(kinds[places(found)])
    assert "odd" not in kinds[places(found)][:2]
    assert found == suggest(probabilities, p_values, points, LABELS, 4)


def test_no_suggestion_is_refused():
    with pytest.raises(ValueError, match="number is 0, expected 1 or more suggestions"):
        suggest(np.ones((3, 2)), np.ones(3), np.eye(3), LABELS[:2], 0)
