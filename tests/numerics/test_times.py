"""Times as text mean the same wherever they stand, and what only looks like one is refused."""

import pytest
from helpers.hdf5_sources import metadata_of, write_seisbench
from helpers.waveforms import CHANNEL, noise, trace

from specufex_pipe.catalogs.seisbench import SeisBenchCatalog
from specufex_pipe.numerics.times import parse_time
from specufex_pipe.sources.seisbench import SeisBenchSource


@pytest.mark.parametrize("text", [
    "20100901.12", "2010-09-01+12:03:20", "20100901", "2010-W35-3", "2010-09-01 12", "2010-9-1",
    "2010-09-01T12:03:20.", "2010-09-01T12:03:20Zulu", "noon", "1283299200", "2010-02-30",
])  # fmt: skip
def test_a_time_that_only_looks_like_one_is_refused(text):
    with pytest.raises(ValueError, match="is not ISO 8601"):
        parse_time(text)


@pytest.mark.parametrize(("text", "expected"), [
    ("2010-09-01", "2010-09-01T00:00:00"),
    ("2010-09-01 12:03", "2010-09-01T12:03:00"),
    ("2010-09-01T12:03:20.123456", "2010-09-01T12:03:20.123456"),
    ("2010-09-01T12:03:20,5", "2010-09-01T12:03:20.5"),
    ("2010-09-01T12:03:20Z", "2010-09-01T12:03:20"),
    ("2010-09-01T12:03:20+02:00", "2010-09-01T10:03:20"),
    ("2010-09-01 12:03:20-0330", "2010-09-01T15:33:20"),
])  # fmt: skip
def test_a_time_in_iso_8601_is_read(text, expected):
    assert parse_time(text) == parse_time(expected)
    assert str(parse_time(text)).startswith(expected)


@pytest.mark.parametrize("text", [
    "2010-09-01", "2010-09-01 12:03:20,5", "2010-09-01T12:03:20+0200", " 2010-09-01T12:03:20Z ",
    "2010-09-01 12", "2010-09-01T120320", "20100901", "2010-W35-3T12:03:20",
])  # fmt: skip
def test_a_catalog_and_a_source_take_the_same_times(tmp_path, text):
    data = trace(noise())
    rows = [metadata_of(data, "a") | {"trace_start_time": text}]
    write_seisbench(tmp_path, rows, {"a": data.data[None]})
    (event,) = SeisBenchCatalog(str(tmp_path))
    starts = [record.start for record in SeisBenchSource(str(tmp_path)).records_of(CHANNEL).items]
    assert starts == ([event.time] if hasattr(event, "time") else [])
