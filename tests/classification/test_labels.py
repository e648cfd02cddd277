"""Tables of labels: what is read, what is refused with its lines, and which events have them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.classification.labels import match_labels, read_labels
from specufex_pipe.errors import StageError

HEADER = "event_id,label,note"


def write(folder, *rows, header=HEADER, encoding="utf-8"):
    path = folder / "labels.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_file_that_the_explorer_saves_is_read(tmp_path, encoding):
    path = write(tmp_path, 'a,"LP, long","said ""so"""', "b,,note alone", "c,Erdstoß,",
                 encoding=encoding)  # fmt: skip
    assert read_labels(path) == {"a": "LP, long", "c": "Erdstoß"}


def test_other_columns_and_their_order_do_not_matter(tmp_path):
    path = write(tmp_path, "LP,3,d,a", header="label,cluster,clusters_digest,event_id")
    assert read_labels(path) == {"a": "LP"}


def test_white_space_makes_no_other_label(tmp_path):
    rows = ["a, ice quake ,", "b,ice\tquake,", 'c,"ice \n quake",', "d,ice\u00a0quake,"]
    assert set(read_labels(write(tmp_path, *rows)).values()) == {"ice quake"}


def test_an_accent_makes_no_other_label_by_how_it_is_written(tmp_path):
    rows = ["a,se\u0301isme,", "b,s\u00e9isme,"]
    assert set(read_labels(write(tmp_path, *rows)).values()) == {"s\u00e9isme"}


def test_rows_that_say_the_same_again_are_fine(tmp_path):
    assert read_labels(write(tmp_path, "a,LP,x", "b,VT,", "a,LP ,y", "a,,")) == {
        "a": "LP", "b": "VT"
    }  # fmt: skip


def test_a_table_without_labels_has_none(tmp_path):
    assert read_labels(write(tmp_path)) == {}
    assert read_labels(write(tmp_path, "a,,", ",,")) == {}


@pytest.mark.parametrize(("rows", "message"), [
    (["a,LP,", "b,LP,", "a,VT,"], "line 4: event a is 'VT', and 'LP' in line 2; keep one of them"),
    (["a,LP,", "b,lp,"], "line 3: the label 'lp' is written 'LP' in line 2; write them alike"),
    (["a,STRASSE,", "b,straße,"], "line 3: the label 'straße' is written 'STRASSE' in line 2"),
    (["a,LP,", "a,lp,"], "line 3: the label 'lp' is written 'LP' in line 2; write them alike"),
    (["a," + "x" * 101 + ","], "line 2: the label has 101 characters, expected at most 100"),
    (["a,L\x07P,"], r"line 2: the label 'L\\x07P' has control characters; take them out"),
    ([",LP,"], "line 2: event_id is empty, and the label is 'LP'"),
    (["a,LP"], "line 2 has 2 cells, expected 3"),
    (["a,LP,x,y"], "line 2 has 4 cells, expected 3"),
    (["a,LP,", '"b,VT,'], "not a CSV file in UTF-8 .* after line 2"),
])  # fmt: skip
def test_what_is_wrong_in_a_table_is_said_with_its_lines(tmp_path, rows, message):
    with pytest.raises(StageError, match=message):
        read_labels(write(tmp_path, *rows))


def test_a_label_of_a_hundred_characters_is_read(tmp_path):
    assert read_labels(write(tmp_path, "a," + "x" * 100 + ",")) == {"a": "x" * 100}


def test_a_file_that_is_none_of_labels_is_refused(tmp_path):
    with pytest.raises(ValueError, match="has no column event_id and no label"):
        read_labels(write(tmp_path, "1,a", header="cluster,name"))
    with pytest.raises(ValueError, match="two columns are called label"):
        read_labels(write(tmp_path, "a,LP,LP", header="event_id,label,label"))
    with pytest.raises(ValueError, match="there is no such file"):
        read_labels(tmp_path / "nowhere.csv")
    path = tmp_path / "labels.csv"
    path.write_bytes(HEADER.encode() + b"\na,\xe9,\n")
    with pytest.raises((ValueError, StageError), match="not a CSV file in UTF-8"):
        read_labels(path)


IDS = st.lists(st.text(string.ascii_lowercase, min_size=1, max_size=2), max_size=9, unique=True)


@given(IDS, IDS)
def test_each_event_gets_its_own_label_and_what_is_left_is_told(labelled, events):
    labels = {event: f"of {event}" for event in labelled}
    found = match_labels(labels, events)
    assert found.labels.tolist() == [f"of {e}" if e in labelled else "" for e in events]
    assert found.unknown_ids == tuple(e for e in labelled if e not in events)
