"""Rows of SpecUFEx's catalog that cannot be used are told as those of any other catalog."""

import pytest
from helpers.hdf5_sources import write_tool_chain

from specufex_pipe.catalogs.specufex import SpecufexCatalog


@pytest.mark.parametrize("event_id", [2000 * "x", "\x1b" + 2000 * "x", "a\x1bb", "a"])
def test_the_identifier_of_a_rejection_is_printable_and_not_too_long(tmp_path, event_id):
    path = tmp_path / "data.h5"
    times = {"a": "2020-01-01", "b": "2020-01-02"}
    write_tool_chain(path, {"a": [1.0]}, times, ev_ID=["a", event_id])
    first, row = SpecufexCatalog(str(path))
    assert first.event_id == "a"
    assert row.event_id.isprintable() and 0 < len(row.event_id) <= 1000
    assert row.detail.isprintable() and row.detail.endswith("(event 1 of the file)")
