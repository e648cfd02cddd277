"""Text is on one line, and fits its room as matplotlib draws it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.plotting.lettering import fitted, width_of
from specufex_pipe.plotting.style import StyledFigure, styled

LETTERS = st.text(st.characters(min_codepoint=32, max_codepoint=0x17F), min_size=2, max_size=150)


@given(LETTERS, st.floats(0.3, 3))
def test_text_fits_and_begins_as_it_did(text, room):
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    found = fitted(text, room, 6.5)
    assert width_of(found, 6.5) <= room
    if found != line:
        assert found.endswith("…")
        assert line.startswith(found[:-1])
        assert width_of(line, 6.5) > room


def test_no_more_is_left_out_than_has_to_be():
    found = fitted("volcano-tectonic earthquake", 1.0, 6.5)
    one_more = "volcano-tectonic earthquake"[: len(found)] + "…"
    assert width_of(one_more, 6.5) > 1.0


@pytest.mark.parametrize("text", ["i" * 60, "W" * 20, "$\\alpha$ 100 %", "LP, shallow"])
@pytest.mark.parametrize("dpi", [140, 210, 300])
def test_the_width_is_that_of_what_is_drawn_and_little_more(text, dpi):
    figure = StyledFigure((20, 1), dpi=dpi)
    drawn = styled(figure.text)(0, 0, text, fontsize=6.5).get_window_extent().width / dpi
    assert drawn <= width_of(text, 6.5) + 1 / dpi
    assert width_of(text, 6.5) < 1.25 * drawn


def test_control_characters_become_spaces():
    assert fitted(" a\nb\tc\x00d\u202ee ", 3, 6.5) == "a b c d e"


@pytest.mark.parametrize(("text", "expected"), [("", ""), ("W", "W"), ("Wide", "W…")])
def test_where_there_is_no_room_the_first_character_is_left(text, expected):
    assert fitted(text, 0, 6.5) == expected
