"""Datasets in SeisBench's format: every trace is where the format says, and damage stays local."""

import h5py
import numpy as np
import pytest
from helpers.hdf5_sources import metadata_of, write_seisbench
from helpers.waveforms import START, noise, trace
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.seisbench import SeisBenchSource

CODES = ("XX", "STA", "00")
N = 400


def row(name, start=START, **changes):
    return metadata_of(trace([0], start), name) | changes


def waveform(seed=0, n_samples=N, n_components=3):
    return np.random.default_rng(seed).normal(size=(n_components, n_samples))


def whole(source, name, channel="HHZ", codes=CODES):
    (found,) = source.of_file(name).get_waveforms(*codes, channel, None, None)
    return found


def rejected(source, name, channel="HHZ"):
    with pytest.raises(RejectedEvent) as error:
        whole(source, name, channel)
    return error.value


@pytest.mark.parametrize("dimensions", ["CW", "WC"])
def test_components_are_those_of_the_order(tmp_path, dimensions):
    data = waveform()
    stored = data if dimensions == "CW" else data.T
    write_seisbench(tmp_path, [row("a")], {"a": stored}, components="ENZ", dimensions=dimensions)
    source = SeisBenchSource(str(tmp_path))
    source.check()
    assert source.channels() == {f"XX.STA.00.HH{each}" for each in "ENZ"}
    for number, component in enumerate("ENZ"):
        np.testing.assert_array_equal(whole(source, "a", f"HH{component}").data, data[number])


@given(
    lengths=st.lists(st.integers(20, 90), min_size=1, max_size=4),
    dimensions=st.sampled_from(["CW", "WC"]),
    samples=st.tuples(st.integers(-5, 100), st.integers(-5, 100)),
)
def test_a_trace_of_a_bucket_is_cut_as_it_would_be_alone(
    tmp_path_factory, lengths, dimensions, samples
):
    """The oracle are the traces before they were padded and packed."""
    folder = tmp_path_factory.mktemp("dataset")
    traces = [waveform(seed, length, 2) for seed, length in enumerate(lengths)]
    bucket = np.zeros((len(traces), 2, max(lengths)))
    for number, data in enumerate(traces):
        bucket[number, :, : data.shape[1]] = data
    if dimensions == "WC":
        bucket = bucket.transpose(0, 2, 1)
    places = [f":2,:{n}" if dimensions == "CW" else f":{n},:2" for n in lengths]
    names = [f"bucket0${number},{place}" for number, place in enumerate(places)]
    rows = [row(name, START + 10 * number) for number, name in enumerate(names)]
    write_seisbench(folder, rows, {"bucket0": bucket}, components="ZN", dimensions=dimensions)
    source = SeisBenchSource(str(folder))
    for number, data in enumerate(traces):
        start = START + 10 * number
        first, last = 0.01 * min(samples) - 0.003, 0.01 * max(samples) + 0.003
        for component, expected in zip("ZN", data, strict=True):
            np.testing.assert_array_equal(
                whole(source, names[number], f"HH{component}").data, expected
            )
            alone = trace(expected, start).slice(start + first, start + last)
            cut = source.get_waveforms(*CODES, f"HH{component}", start + first, start + last)
            assert sum(len(each) for each in cut) == len(alone)
            for each in cut:
                np.testing.assert_array_equal(each.data, alone.data)
                assert each.stats.starttime == alone.stats.starttime


@pytest.mark.parametrize(("in_row", "in_file"), [
    ({"trace_sampling_rate_hz": 50}, {}), ({"trace_sampling_rate_hz": "", "trace_dt_s": 0.02}, {}),
    ({"trace_sampling_rate_hz": "nan"}, {"sampling_rate": 50}),
    ({"trace_sampling_rate_hz": 50}, {"sampling_rate": 20}),
])  # fmt: skip
def test_the_rate_stands_in_the_row_or_in_the_file(tmp_path, in_row, in_file):
    write_seisbench(tmp_path, [row("a", **in_row)], {"a": waveform(n_components=1)}, **in_file)
    found = whole(SeisBenchSource(str(tmp_path)), "a")
    assert found.stats.sampling_rate == 50.0
    assert found.stats.endtime == START + (N - 1) / 50


def test_components_may_differ_from_row_to_row(tmp_path):
    rows = [row("a", trace_component_order="ZNE"), row("b", trace_component_order="Z12")]
    data_sets = {"a": waveform(1), "b": waveform(2)}
    write_seisbench(tmp_path, rows, data_sets, components=None)
    source = SeisBenchSource(str(tmp_path))
    assert source.channels() == {f"XX.STA.00.HH{each}" for each in "ZNE12"}
    np.testing.assert_array_equal(whole(source, "b", "HH1").data, data_sets["b"][1])


def test_codes_that_are_missing_are_empty(tmp_path):
    rows = [{"trace_name": "a", "station_code": "STA", "station_location_code": "nan"}]
    write_seisbench(tmp_path, rows, {"a": waveform(n_components=1)}, sampling_rate=100)
    source = SeisBenchSource(str(tmp_path))
    assert source.channels() == {".STA..Z"}
    assert len(whole(source, "a", "Z", ("", "STA", ""))) == N
    with pytest.raises(RejectedEvent, match="the time of the first sample is not known"):
        source.of_file("a").get_waveforms("", "STA", "", "Z", START, START + 1)


def test_nan_at_either_end_is_padding(tmp_path):
    data = waveform(n_components=1)
    data[0, :100] = data[0, 350:] = data[0, 200] = np.nan
    write_seisbench(tmp_path, [row("a")], {"a": data})
    found = whole(SeisBenchSource(str(tmp_path)), "a")
    np.testing.assert_array_equal(found.data, data[0, 100:350])
    assert found.stats.starttime == START + 1.0


def test_a_trace_of_nan_alone_is_nothing(tmp_path):
    write_seisbench(tmp_path, [row("a")], {"a": np.full((1, N), np.nan)})
    assert rejected(SeisBenchSource(str(tmp_path)), "a").kind is Kind.OUTSIDE_FILE


def test_a_name_that_chunks_share_needs_its_chunk(tmp_path):
    for chunk, seed in (("_x", 1), ("_y", 2)):
        rows = [row("a", START + 100 * seed)]
        write_seisbench(tmp_path, rows, {"a": waveform(seed, n_components=1)}, chunk)
    (tmp_path / "chunks").write_text("_x\n_y\n", encoding="utf-8")
    source = SeisBenchSource(str(tmp_path))
    error = rejected(source, "a")
    assert error.kind is Kind.SEVERAL_FILES
    assert "_x/a and _y/a" in error.detail
    assert source.find_file(*CODES, "HHZ", START + 201) == "_y/a"
    np.testing.assert_array_equal(whole(source, "_y/a").data, waveform(2, n_components=1)[0])


def test_only_the_chunks_that_are_listed_are_read(tmp_path):
    for chunk in ("_x", "_y"):
        write_seisbench(tmp_path, [row(f"a{chunk}")], {f"a{chunk}": waveform()}, chunk)
    (tmp_path / "chunks").write_text("_y\n", encoding="utf-8")
    assert rejected(SeisBenchSource(str(tmp_path)), "a_x").kind is Kind.MISSING_FILE


def test_of_other_channels_no_rows_are_kept(tmp_path):
    rows = [row("a"), row("b", station_code="STB")]
    write_seisbench(tmp_path, rows, {"a": waveform(), "b": waveform()})
    source = SeisBenchSource(str(tmp_path))
    source.use_index(tmp_path / "index.csv", ["XX.STA.00.HHZ"])
    assert source.channels() == {"XX.STA.00.HHZ", "XX.STB.00.HHZ"}
    assert whole(source, "a")
    assert rejected(source, "b").kind is Kind.MISSING_FILE


@pytest.mark.parametrize(("name", "said"), [
    ("gone", "there is no data set data/gone"),
    ("bucket$7,:1,:400", "is not in its data set"), ("bucket$0,:1,:401", "is not in its data set"),
    ("bucket$0,:1,399:600", "is not in its data set"),
    ("bucket$0,0,:400", "is not in its data set"),
    ("bucket$:1,:400", "expected such as"), ("bucket$0,:1,:400,:1", "is not in its data set"),
    ("bucket$-1,:1,:400", "expected such as"), ("bucket$0,:1,::2", "expected such as"),
    ("bucket$", "expected such as"), ("bucket$__import__('os')", "expected such as"),
    ("../data/bucket", "there is no data set"), ("text", "expected numbers"),
    ("structure", "expected numbers"), ("line", "is not in its data set"),
    ("link", "which may lead to other files"), ("virtual", "are in other files"),
    ("huge", "more than the file can hold"), ("none", "is empty"),
])  # fmt: skip
def test_a_trace_that_is_not_there_is_rejected_and_no_other(tmp_path, name, said):
    rows = [row(name, START + 100), row("bucket$1,:1,:400")]
    write_seisbench(tmp_path, rows, {"bucket": waveform(n_components=2)[:, None, :]})
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["x"] = waveform()
    with h5py.File(tmp_path / "waveforms.hdf5", "a") as file:
        data = file["data"]
        data["text"] = [["a"]]
        data["structure"] = np.zeros((1, 4), [("a", int)])
        data["line"] = np.arange(400.0)
        data["link"] = h5py.ExternalLink("secret.h5", "x")
        layout = h5py.VirtualLayout((3, N), "f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "x", (3, N))
        data.create_virtual_dataset("virtual", layout)
        data.create_dataset("huge", (1, 1 << 40), "f8", chunks=(1, 1 << 20))
        data["none"] = h5py.Empty("f8")
    source = SeisBenchSource(str(tmp_path))
    error = rejected(source, name)
    assert error.kind is Kind.UNREADABLE_FILE
    assert said in error.detail
    assert "waveforms.hdf5" in error.detail
    assert len(source.get_waveforms(*CODES, "HHZ", START, START + 1)) == 1


def test_rows_that_claim_more_components_than_there_are_are_rejected(tmp_path):
    write_seisbench(tmp_path, [row("a")], {"a": waveform(n_components=2)}, components="ZNE")
    source = SeisBenchSource(str(tmp_path))
    assert len(whole(source, "a", "HHN")) == N
    assert "has 2 components of 400 samples" in rejected(source, "a", "HHE").detail


def test_a_number_of_samples_that_is_not_true_is_rejected(tmp_path):
    rows = [row("a", trace_npts=N), row("b", trace_npts=N + 1)]
    write_seisbench(tmp_path, rows, {"a": waveform(), "b": waveform()})
    source = SeisBenchSource(str(tmp_path))
    assert len(whole(source, "a")) == N
    assert "the metadata claim 1 of 401" in rejected(source, "b").detail


def test_a_trace_that_is_not_there_does_not_spoil_those_that_are(tmp_path):
    rows = [row("gone", START + 1, trace_npts=N), row("good", trace_npts=N)]
    rows.append(row("gone_too", START + 3600, trace_npts=N))
    write_seisbench(tmp_path, rows, {"good": waveform()})
    source = SeisBenchSource(str(tmp_path))
    (found,) = source.get_waveforms(*CODES, "HHZ", START, START + 3)
    assert found.data.tolist() == waveform()[0][:301].tolist()
    (problem,) = source.problems()
    assert "there is no data set data/gone" in problem
    with pytest.raises(RejectedEvent, match="there is no data set data/gone_too"):
        source.get_waveforms(*CODES, "HHZ", START + 3600, START + 3603)


@pytest.mark.parametrize(("changes", "said"), [
    ({"trace_start_time": "noon"}, "'noon' is not ISO 8601"),
    ({"trace_start_time": "20100901.12"}, "is not ISO 8601"),
    ({"trace_start_time": "2400-01-01T00:00:00"}, "is not in the years"),
    ({"trace_sampling_rate_hz": "fast"}, "could not convert"),
    ({"trace_sampling_rate_hz": ""}, "there is no sampling rate"),
    ({"trace_npts": "inf"}, "cannot convert float infinity"),
    ({"station_code": "../STA"}, "is not a code"),
    ({"station_code": "A.B"}, "is not a code"), ({"trace_name": ""}, "the trace_name is empty"),
    ({"trace_component_order": "Z/"}, "is not a code"),
])  # fmt: skip
def test_a_row_that_cannot_be_is_a_problem_of_the_source(tmp_path, changes, said):
    optional = {"trace_npts": N, "trace_component_order": "Z"}
    rows = [row("a", **optional), row("b", **(optional | changes))]
    write_seisbench(tmp_path, rows, {"a": waveform(), "b": waveform()})
    source = SeisBenchSource(str(tmp_path))
    (problem,) = source.problems()
    assert "metadata.csv, line 3: " in problem
    assert said in problem
    assert len(whole(source, "a")) == N


@pytest.mark.parametrize("rate", ["0", "-100", "1e30", "1e-30", "inf"])
def test_a_rate_that_cannot_be_rejects_its_events(tmp_path, rate):
    rows = [row("a"), row("b", trace_sampling_rate_hz=rate)]
    write_seisbench(tmp_path, rows, {"a": waveform(), "b": waveform()})
    source = SeisBenchSource(str(tmp_path))
    assert rejected(source, "b").kind is Kind.SAMPLING_RATE
    assert len(whole(source, "a")) == N


def test_files_that_are_cut_off_anywhere_are_problems(tmp_path):
    write_seisbench(tmp_path, [row("a")], {"a": waveform()}, chunk="_bad")
    write_seisbench(tmp_path, [row("b", START + 100)], {"b": waveform()}, chunk="_good")
    content = (tmp_path / "waveforms_bad.hdf5").read_bytes()

    @given(st.integers(0, len(content) - 1))
    def cut(length):
        (tmp_path / "new").write_bytes(content[:length])
        (tmp_path / "new").replace(tmp_path / "waveforms_bad.hdf5")
        source = SeisBenchSource(str(tmp_path))
        assert any("waveforms_bad.hdf5" in problem for problem in source.problems())
        assert len(source.get_waveforms(*CODES, "HHZ", START + 100, START + 101)) == 1

    cut()


def test_metadata_that_are_no_text_are_problems(tmp_path):
    write_seisbench(tmp_path, [row("b")], {"b": waveform()}, chunk="_good")
    write_seisbench(tmp_path, [row("a")], {"a": waveform()}, chunk="_bad")
    (tmp_path / "metadata_bad.csv").write_bytes(b"trace_name,station_code\n\xff\xfe\n")
    source = SeisBenchSource(str(tmp_path))
    assert ["metadata_bad.csv" in problem for problem in source.problems()] == [True]
    assert len(whole(source, "b")) == N


@pytest.mark.parametrize(("change", "said"), [
    (lambda folder: (folder / "metadata.csv").unlink(), "there is no such file"),
    (lambda folder: (folder / "waveforms.hdf5").unlink(), "there is no such file"),
    (lambda folder: (folder / "metadata.csv").write_text("a,b\n"), "no column trace_name"),
    (lambda folder: (folder / "chunks").write_text("/../../x\n"), "leads out of the folder"),
    (lambda folder: [path.unlink() for path in folder.iterdir()], "has no metadata.csv with"),
])  # fmt: skip
def test_a_folder_that_is_no_dataset_does_not_pass_the_check(tmp_path, change, said):
    write_seisbench(tmp_path, [row("a")], {"a": waveform()})
    change(tmp_path)
    with pytest.raises(ValueError, match=r"^path is ") as error:
        SeisBenchSource(str(tmp_path)).check()
    assert said in str(error.value)


@pytest.mark.parametrize(("wrong", "said"), [
    ({"dimensions": "NCW"}, "dimension_order is 'NCW'"),
    ({"sampling_rate": "x"}, "sampling_rate is"),
    ({"components": None}, "neither trace_component_order"),
])  # fmt: skip
def test_a_data_format_that_cannot_be_is_a_problem(tmp_path, wrong, said):
    write_seisbench(tmp_path, [row("a")], {"a": waveform()}, **wrong)
    (problem,) = SeisBenchSource(str(tmp_path)).problems()
    assert said in problem


def test_integers_keep_their_values(tmp_path):
    data = noise(seconds=4)[None].astype(">i2")
    write_seisbench(tmp_path, [row("a")], {"a": data})
    found = whole(SeisBenchSource(str(tmp_path)), "a")
    assert found.data.dtype == np.int32
    np.testing.assert_array_equal(found.data, data[0])
