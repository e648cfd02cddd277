"""HDF5 files of the older SpecUFEx tool chain and of its tutorials."""

import h5py
import numpy as np
import pytest
from helpers.hdf5_sources import write_tool_chain, write_tutorial
from helpers.waveforms import START
from hypothesis import given
from hypothesis import strategies as st
from obspy import UTCDateTime

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.specufex import SpecufexCatalog
from specufex_pipe.errors import StageError
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.specufex import SpecufexSource

N = 300
IDS = ["40001", "40002", "40003"]
OTIMES = [f"2016-10-13 0{hour}:00:01.250000" for hour in range(3)]
WAVEFORMS = np.random.default_rng(0).normal(size=(3, N))


def tutorial(folder, **changes):
    columns = {
        "otime": OTIMES, "lat": [42.1, 42.2, 42.3], "lon": [13.1, 13.2, 13.3],
        "depth": [8.0, 9.0, 10.0], "mag": [1.5, float("nan"), 2.0],
    }  # fmt: skip
    write_tutorial(folder / "data.h5", WAVEFORMS, IDS, **columns)
    with h5py.File(folder / "data.h5", "a") as file:
        for name, value in changes.items():
            del file[name]
            if value is not None:
                file[name] = value
    return folder / "data.h5"


def tool_chain(folder):
    waveforms, times = (dict(zip(IDS, each, strict=True)) for each in (WAVEFORMS, OTIMES))
    write_tool_chain(folder / "data.h5", waveforms, times, "T1214", "EHZ", 125)
    return folder / "data.h5"


def whole(path, event_id, codes=("", "", "", ""), **options):
    source = SpecufexSource(str(path), **options)
    (found,) = source.of_file(event_id).get_waveforms(*codes, None, None)
    return found


def test_an_event_of_a_tutorial_is_a_row_of_the_matrix(tmp_path):
    path = tutorial(tmp_path)
    SpecufexSource(str(path)).check()
    assert SpecufexSource(str(path)).channels() == {"..."}
    for row, event_id in enumerate(IDS):
        found = whole(path, event_id)
        np.testing.assert_array_equal(found.data, WAVEFORMS[row])
        assert found.stats.starttime == UTCDateTime(OTIMES[row])
        assert found.stats.sampling_rate == 100.0


def test_an_event_of_the_tool_chain_is_a_data_set(tmp_path):
    path = tool_chain(tmp_path)
    assert SpecufexSource(str(path)).channels() == {".T1214..EHZ"}
    found = whole(path, "40002", ("", "T1214", "", "EHZ"))
    np.testing.assert_array_equal(found.data, WAVEFORMS[1])
    assert (found.stats.sampling_rate, found.stats.starttime) == (125.0, UTCDateTime(OTIMES[1]))


def test_the_geysers_tutorial_says_neither_rate_nor_time(tmp_path):
    path = tmp_path / "waveforms.h5"
    write_tutorial(path, None, None, sampling_rate=None, waveforms=WAVEFORMS, event_ids=IDS)
    with pytest.raises(ValueError, match=r"^sampling_rate is null, and .* does not say it"):
        SpecufexSource(str(path)).check()
    SpecufexSource(str(path), sampling_rate=500.0).check()
    found = whole(path, "40003", sampling_rate=500.0)
    np.testing.assert_array_equal(found.data, WAVEFORMS[2])
    with pytest.raises(ValueError, match="no time of events is in it"):
        SpecufexCatalog(str(path)).check()


def test_the_rate_in_the_file_counts(tmp_path):
    assert whole(tutorial(tmp_path), "40001", sampling_rate=20.0).stats.sampling_rate == 100.0


def test_a_catalog_is_known_by_the_names_of_the_columns_here(tmp_path):
    catalog = SpecufexCatalog(str(tutorial(tmp_path)))
    catalog.check()
    events = list(catalog)
    assert [event.event_id for event in events] == IDS
    assert [event.file for event in events] == IDS
    assert [event.time for event in events] == [UTCDateTime(time) for time in OTIMES]
    first, second, _ = (event.cells for event in events)
    assert [float(first[name]) for name in ("latitude", "longitude", "depth", "magnitude")] == [
        42.1, 13.1, 8.0, 1.5
    ]  # fmt: skip
    assert second["magnitude"] == ""
    assert "waveform" not in catalog.columns


def test_the_file_of_each_event_is_in_the_source(tmp_path):
    for path, codes in (
        (tutorial(tmp_path / "a"), ("", "", "", "")),
        (tool_chain(tmp_path / "b"), ("", "T1214", "", "EHZ")),
    ):
        for event, expected in zip(SpecufexCatalog(str(path)), WAVEFORMS, strict=True):
            assert isinstance(event, Event)
            np.testing.assert_array_equal(whole(path, event.file, codes).data, expected)


def test_events_whose_ids_are_used_twice_are_duplicates(tmp_path):
    path = tutorial(tmp_path, event_ID=["a", "b", "a"])
    assert [getattr(row, "kind", None) for row in SpecufexCatalog(str(path))] == [
        None, None, Kind.DUPLICATE
    ]  # fmt: skip
    np.testing.assert_array_equal(whole(path, "a").data, WAVEFORMS[0])


@pytest.mark.parametrize(("event_id", "kind"), [
    ("", Kind.CATALOG_ROW), ("a\nb", Kind.CATALOG_ROW), ("x" * 1001, Kind.CATALOG_ROW),
])  # fmt: skip
def test_ids_that_cannot_be_are_rejected_and_no_others(tmp_path, event_id, kind):
    rows = list(SpecufexCatalog(str(tutorial(tmp_path, event_ID=["a", event_id, "c"]))))
    assert [getattr(row, "kind", None) for row in rows] == [None, kind, None]


@pytest.mark.parametrize("event_id", ["40009", "", "..", "../../catalog", "/etc/hostname", "\0"])
def test_an_event_that_is_not_there_is_rejected(tmp_path, event_id):
    for path in (tutorial(tmp_path / "a"), tool_chain(tmp_path / "b")):
        with pytest.raises(RejectedEvent) as error:
            whole(path, event_id)
        assert error.value.kind in (Kind.MISSING_FILE, Kind.UNREADABLE_FILE)


def replace(path, name, value):
    with h5py.File(path, "a") as file:
        del file[name]
        if value is not None:
            file[name] = value
    return path


@pytest.mark.parametrize(("value", "said"), [
    (np.zeros((2, 3)), r"has the shape \(2, 3\)"), ("text", "has the shape|expected numbers"),
    (np.array(["a"], "S"), "expected numbers"), (h5py.Empty("f8"), "is empty"),
    (np.full(N, np.nan), "begins at"), (h5py.ExternalLink("/etc/hostname", "x"), "is a link"),
    (h5py.SoftLink("/waveforms/T1214/EHZ/40001"), "is a link"),
])  # fmt: skip
def test_a_waveform_that_is_none_rejects_its_event_alone(tmp_path, value, said):
    path = replace(tool_chain(tmp_path), "waveforms/T1214/EHZ/40002", value)
    codes = ("", "T1214", "", "EHZ")
    with pytest.raises(RejectedEvent, match=said):
        whole(path, "40002", codes)
    np.testing.assert_array_equal(whole(path, "40001", codes).data, WAVEFORMS[0])


@pytest.mark.parametrize(("name", "value", "said"), [
    ("waveform", None, "nor a data set waveform"), ("waveform", np.zeros(3), "expected events and"),
    ("waveform", np.zeros((2, 5)), "2 waveforms, and 3 event ids"),
    ("event_ID", None, "there is no data set event_ID"),
    ("event_ID", np.zeros((3, 2)), "has the shape"),
    ("event_ID", np.zeros(3, complex), "expected text or numbers"),
    ("sampling_rate", "fast", "expected numbers"),
])  # fmt: skip
def test_a_file_that_is_of_another_kind_is_named(tmp_path, name, value, said):
    path = replace(tutorial(tmp_path), name, value)
    with pytest.raises((RejectedEvent, ValueError), match=said) as error:
        SpecufexSource(str(path)).check()
        whole(path, "40001")
    assert "data.h5" in str(error.value)


@pytest.mark.parametrize("rate", [0.0, -1.0, np.nan, np.inf])
def test_a_rate_that_cannot_be_rejects_events(tmp_path, rate):
    with pytest.raises(RejectedEvent) as error:
        whole(replace(tutorial(tmp_path), "sampling_rate", rate), "40001")
    assert error.value.kind is Kind.SAMPLING_RATE


def test_a_table_that_pandas_wrote_is_refused_by_name(tmp_path):
    path = tool_chain(tmp_path)
    with h5py.File(path, "a") as file:
        file["catalog/global_catalog"].attrs["pandas_type"] = b"frame"
    with pytest.raises(ValueError, match=r"catalog/global_catalog is a table that pandas wrote"):
        SpecufexCatalog(str(path)).check()
    with pytest.raises(StageError, match="pandas wrote"):
        list(SpecufexCatalog(str(path)))


def test_a_file_that_is_cut_off_anywhere_is_named(tmp_path):
    content = tool_chain(tmp_path).read_bytes()

    @given(st.integers(0, len(content) - 1))
    def cut(length):
        path = tmp_path / "new.h5"
        path.unlink(missing_ok=True)
        path.write_bytes(content[:length])
        for member in (SpecufexSource, SpecufexCatalog):
            with pytest.raises(ValueError, match=r"^path is .*new\.h5"):
                member(str(path)).check()
        source = SpecufexSource(str(path))
        assert ["new.h5" in problem for problem in source.problems()] == [True]
        assert source.channels() == set()
        with pytest.raises(RejectedEvent, match=r"new\.h5"):
            source.get_waveforms("", "T1214", "", "EHZ", START, START + 1)

    cut()
