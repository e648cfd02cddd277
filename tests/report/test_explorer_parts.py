"""Parts of the explorer's data come back from their text as they were, whatever is in them."""

import json

import numpy as np
import pytest
from helpers.explorer_parts import decode_part
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from specufex_pipe.report.explorer.parts import (
    encode_part,
    part_of_script,
    part_script,
    script_json,
)
from specufex_pipe.report.explorer.thinning import random_order

DTYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")
HOSTILE = "</script><!--<script>\u2028\u2029&\"'\\\ud800\0"


@given(
    arrays.arrays(
        st.sampled_from(DTYPES).map(np.dtype),
        arrays.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=40),
    ),
    st.lists(st.text(st.characters(codec="utf-8"), max_size=20), max_size=5),
)
def test_arrays_and_texts_come_back_as_they_were(values, texts):
    found = decode_part(encode_part({"values": values, "texts": texts}))
    assert found["values"].dtype == values.dtype
    np.testing.assert_array_equal(found["values"], values)
    assert found["texts"] == texts


def test_numbers_of_the_other_byte_order_and_views_come_back():
    values = np.arange(24, dtype=">u4").reshape(4, 6)[::2, ::-1]
    np.testing.assert_array_equal(decode_part(encode_part({"a": values}))["a"], values)


def test_arrays_that_browsers_have_none_of_are_refused():
    with pytest.raises(ValueError, match="counts: int64 arrays cannot be read by browsers"):
        encode_part({"counts": np.arange(3)})


@given(st.text(max_size=40) | st.just(HOSTILE))
def test_no_text_ends_the_script_that_it_stands_in(text):
    written = encode_part({"ids": [text]}) + script_json({text: text})
    assert not set("<>&") & set(written)
    assert written.isascii()
    assert json.loads(script_json(text)) == text


def test_numbers_that_json_does_not_have_are_refused():
    with pytest.raises(ValueError, match="Out of range"):
        script_json({"end": float("nan")})


def test_a_script_beside_the_page_gives_its_part_back():
    part = encode_part({"ids": [HOSTILE, ");\n"]})
    script = part_script("ids/0", part)
    assert script == f'explorer_received("ids/0", {part});\n'
    assert part_of_script("ids/0", script) == part


def test_the_order_of_drawing_has_each_event_once_and_never_changes():
    order = random_order(1000)
    assert order.dtype == np.uint32
    assert sorted(order.tolist()) == list(range(1000))
    # So that two pages of the same run draw the same points.
    assert order[:6].tolist() == [998, 162, 670, 664, 185, 322]
    assert random_order(1).tolist() == [0]


def test_the_order_of_drawing_is_not_that_of_the_events():
    order = random_order(10_000).astype(float)
    assert abs(np.corrcoef(order, np.arange(10_000))[0, 1]) < 0.03
