"""Tables and assignments come back as they were written, in full precision."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.rejections import Kind, Rejection
from specufex_pipe.store import (
    Assignments,
    decode_text,
    encode_text,
    read_assignments,
    read_attributes,
    read_columns,
    read_rejected,
    write_arrays,
    write_assignments,
    write_columns,
    write_rejected,
)

TEXTS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))


@given(TEXTS)
def test_text_of_any_length_and_script_survives_as_bytes_of_one_width(texts):
    assert decode_text(encode_text(texts)) == texts


def test_assignments_keep_every_bit(tmp_path):
    rng = np.random.default_rng(0)
    written = Assignments(
        ["a", 'b, "c"', "é"], np.array([1, 2, 0]), rng.random(3), np.array([2, 0, 0]),
        rng.random(3), rng.standard_normal(3), rng.random(3), np.array([False, False, True]),
        np.array([False, True, True]),
    )  # fmt: skip
    write_assignments(tmp_path / "assignments.h5", written, settings={}, inputs={})
    found = read_assignments(tmp_path / "assignments.h5")
    assert found.event_ids == written.event_ids
    for one, other in zip(found[1:], written[1:], strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_file_of_another_kind_has_no_assignments(tmp_path):
    write_arrays(tmp_path / "nmf.h5", "nmf", {})
    with pytest.raises(OSError, match="holds nmf, expected assignments"):
        read_assignments(tmp_path / "nmf.h5")


@given(first=st.integers(0, 12), stop=st.integers(0, 12))
def test_some_rows_of_some_columns_are_read(tmp_path_factory, first, stop):
    path = tmp_path_factory.mktemp("columns") / "t.h5"
    columns = {"name": list("abcdefghij"), "more/number": np.arange(10)}
    with write_columns(path, "catalog", settings={}) as table:
        table.append(columns)
    found = read_columns(path, "catalog", ["more/number"], slice(first, stop))
    assert list(found) == ["more/number"]
    assert found["more/number"].tolist() == list(range(10))[first:stop]


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
def test_a_table_is_the_same_whatever_the_blocks_that_it_was_written_in(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("columns")
    for name, size in (("whole.h5", len(texts) + 1), ("parts.h5", 2)):
        with write_columns(folder / name, "catalog", settings={}) as table:
            for first in range(0, len(texts) + 1, size):
                table.append({"text": texts[first : first + size]})
        assert decode_text(read_columns(folder / name, "catalog", ["text"])["text"]) == texts
    one, other = (read_attributes(folder / name) for name in ("whole.h5", "parts.h5"))
    assert one["digest"] == other["digest"]


def test_one_long_text_does_not_make_the_others_long(tmp_path):
    texts = ["x" * 100_000, *(str(number) for number in range(2000))]
    with write_columns(tmp_path / "t.h5", "catalog", settings={}) as table:
        table.append({"text": texts})
    assert (tmp_path / "t.h5").stat().st_size < 1_000_000
    assert decode_text(read_columns(tmp_path / "t.h5", "catalog", ["text"])["text"]) == texts


def test_rejections_come_back_from_their_table(tmp_path):
    rejections = [
        Rejection("a", "catalog", Kind.CATALOG_TIME, "'noon, I think' is not ISO 8601"),
        Rejection("b", "waveforms", Kind.GAP, "1.00 s of the 20 s\nare missing"),
    ]
    write_rejected(tmp_path / "rejected.csv", rejections)
    assert read_rejected(tmp_path / "rejected.csv") == rejections
