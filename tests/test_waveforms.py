"""Every kind of bad waveform becomes a row with its reason, and good ones come through."""

import pickle

import numpy as np
import pytest
from obspy import Stream, Trace, UTCDateTime

from specufex_pipe.catalogs.csv import Event, Unusable, read_catalog
from specufex_pipe.errors import RejectedEvent, StageError
from specufex_pipe.settings import WaveformSettings
from specufex_pipe.sources.folder import EventFileSource
from specufex_pipe.sources.index import index_archive
from specufex_pipe.stages import join, waveforms
from specufex_pipe.store import FrameStore
from specufex_pipe.waveforms.processing import clipped_share, prepare

CHANNEL = "XX.STA.00.HHZ"
START = UTCDateTime(2020, 1, 1)


def trace(data, start=START, rate=100.0, channel="HHZ"):
    header = {"network": "XX", "station": "STA", "location": "00", "channel": channel}
    return Trace(np.asarray(data), header | {"starttime": start, "sampling_rate": rate})


def noise(seconds=60, rate=100, seed=0):
    samples = np.random.default_rng(seed).normal(0, 1000, int(seconds * rate))
    return samples.astype(np.int32)


def make_settings(archive=".", catalog="catalog.csv", **changes):
    values = {"before": 5, "duration": 20, "margin": 2} | changes
    return WaveformSettings(archive=str(archive), catalog=str(catalog), **values)


def run_stage(folder, rows, header="event_id,time", output=None, part=None, **changes):
    """Run the stage on an archive; return event ids and reasons by event id."""
    catalog = folder / "catalog.csv"
    catalog.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    (folder / "archive").mkdir(exist_ok=True)
    output = output or folder / "waveforms.h5"
    settings = make_settings(folder / "archive", catalog, **changes)
    waveforms.run(settings, output, channel=CHANNEL, rows=part)
    with FrameStore(output, "waveforms") as store:
        rejected = {event_id: reason for event_id, _, reason in store.table("rejected")[1]}
        return store.event_ids, rejected


def write(folder, name, data):
    (folder / "archive").mkdir(exist_ok=True)
    data = data if isinstance(data, Stream) else Stream([data])
    data.write(str(folder / "archive" / name), format="MSEED")


def run_rejected(path):
    """Return the ids of a catalog's usable and of its other rows."""
    events, unusable = split(path)
    return [event.event_id for event in events], [row.event_id for row in unusable]


def split(path):
    """Return the usable and the other rows of a catalog."""
    rows = list(read_catalog(path))
    return [row for row in rows if isinstance(row, Event)], [
        row for row in rows if isinstance(row, Unusable)
    ]


def prepare_window(data, **changes):
    return prepare(
        data if isinstance(data, Stream) else Stream([data]), START + 5, make_settings(**changes)
    )


def test_window_is_cut_at_the_right_samples():
    ramp = trace(np.arange(6000, dtype=float) ** 1.5)
    found = prepare_window(ramp, fmin=None, margin=0)
    expected = ramp.slice(START + 5, START + 25 - 0.01)
    np.testing.assert_allclose(found, expected.detrend("linear").data, rtol=1e-5, atol=1e-2)


def test_a_wave_keeps_its_frequency_and_time_when_it_is_resampled():
    seconds = np.arange(0, 60, 1 / 250)
    wave = 1e4 * np.sin(2 * np.pi * 7 * seconds)
    found = prepare_window(trace(wave, rate=250.0))
    expected = 1e4 * np.sin(2 * np.pi * 7 * (5 + np.arange(2000) / 100))
    assert len(found) == 2000
    np.testing.assert_allclose(found[100:-100], expected[100:-100], atol=150)


def test_frequencies_above_the_new_nyquist_do_not_fold_back():
    seconds = np.arange(0, 60, 1 / 200)
    quiet = 10 * np.sin(2 * np.pi * 7 * seconds)
    loud = 1e4 * np.sin(2 * np.pi * 80 * seconds)
    found = prepare_window(trace(quiet + loud, rate=200.0))
    spectrum = np.abs(np.fft.rfft(found * np.hanning(2000)))
    assert np.fft.rfftfreq(2000, 0.01)[spectrum.argmax()] == pytest.approx(7, abs=0.1)


def test_a_margin_keeps_the_filters_edges_out_of_the_window():
    whole = trace(noise(120).astype(float))
    from_long = whole.copy().detrend("linear").filter("highpass", freq=1.0, zerophase=True)
    expected = from_long.slice(START + 5, START + 25 - 0.01).data
    with_margin = prepare_window(whole.slice(START, START + 30), margin=5)
    without = prepare_window(whole.slice(START + 5, START + 25), margin=0)
    assert np.abs(with_margin - expected)[:100].max() < np.abs(without - expected)[:100].max() / 3


def test_a_short_gap_is_bridged_and_a_long_one_rejects():
    data = noise()
    short = Stream([trace(data[:1000]), trace(data[1004:], START + 10.04)])
    assert len(prepare_window(short)) == 2000
    long = Stream([trace(data[:1000]), trace(data[1100:], START + 11)])
    with pytest.raises(RejectedEvent, match=r"gap: 1\.00 s of the 20 s"):
        prepare_window(long)


def test_a_gap_outside_the_window_does_no_harm():
    data = noise()
    stream = Stream([trace(data[:450]), trace(data[480:], START + 4.8)])
    assert len(prepare_window(stream)) == 2000


def test_overlapping_records_that_agree_are_joined_and_others_are_gaps():
    data = noise()
    agree = Stream([trace(data[:1500]), trace(data[1000:], START + 10)])
    assert len(prepare_window(agree)) == 2000
    differ = Stream([trace(data[:1500]), trace(data[1000:] + 7, START + 10)])
    with pytest.raises(RejectedEvent, match="gap"):
        prepare_window(differ)


@pytest.mark.parametrize(("data", "reason"), [
    (np.zeros(6000), "dead channel: all samples are 0"),
    (np.where(np.arange(6000) == 900, np.nan, 1.0), "not a number"),
    (np.where(np.arange(6000) == 900, np.inf, 1.0), "not a number"),
    (np.clip(noise(), -1000, 1000), "clipped"),
    (noise(20), "gap: 5.00 s of the 20 s .* the data cover 2020-01-01T00:00:00"),
    (np.array([]), "no data: there are no samples"),
])  # fmt: skip
def test_a_window_that_cannot_be_trusted_is_rejected(data, reason):
    with pytest.raises(RejectedEvent, match=reason):
        prepare_window(trace(data))


def test_data_that_were_lost_and_filled_in_are_rejected():
    data = noise()
    data[1000:1200] = 0
    with pytest.raises(RejectedEvent, match=r"flat: the trace stands still for 1\.99 s"):
        prepare_window(trace(data))


def test_samples_too_large_for_single_precision_are_rejected():
    data = noise().astype(float)
    data[1000] = 1e300
    with pytest.raises(RejectedEvent, match="not a number: samples are too large"):
        prepare_window(trace(data))


def test_records_of_different_calibration_are_joined():
    data = noise()
    stream = Stream([trace(data[:1200]), trace(data[1200:], START + 12)])
    stream[0].stats.calib = 2.0
    assert len(prepare_window(stream)) == 2000


def test_a_rate_below_the_one_asked_for_is_rejected_and_so_is_a_changing_one():
    with pytest.raises(RejectedEvent, match="recorded at 50 Hz, less than the 100 Hz"):
        prepare_window(trace(noise(rate=50), rate=50.0))
    changing = Stream([trace(noise(10)), trace(noise(50, 200), START + 10, 200.0)])
    with pytest.raises(RejectedEvent, match="it changes within the window"):
        prepare_window(changing)


def test_clipping_is_told_from_quiet_records():
    wave = 1000 * np.sin(np.arange(2000) / 20)
    assert clipped_share(np.clip(wave, -500, 500)) > 0.5
    assert clipped_share(wave) == 0
    few_counts = np.random.default_rng(0).integers(-2, 3, 2000)
    assert clipped_share(few_counts) == 0


def test_catalog_rows_that_cannot_be_used_are_rejected(tmp_path):
    path = tmp_path / "catalog.csv"
    path.write_text(
        "event_id,time,magnitude\n"
        "a,2020-01-01T00:00:10Z,1\n"
        "a,2020-01-01T00:00:20Z,1\n"
        "b,yesterday,1\n"
        ",2020-01-01T00:00:20Z,1\n"
        "c,2020-01-01T00:00:20Z\n"
        "\n"
        "d,2020-01-01T02:00:20.5+02:00,1\n",
        encoding="utf-8",
    )
    events, unusable = split(path)
    assert [event.event_id for event in events] == ["a", "d"]
    assert events[1].time == UTCDateTime(2020, 1, 1, 0, 0, 20.5)
    reasons = [reason for _, reason in unusable]
    assert reasons == [
        "duplicate event_id: line 2 has it already (line 3)",
        "catalog time: 'yesterday' is not ISO 8601 (line 4)",
        "catalog row: the event_id is empty (line 5)",
        "catalog row: 2 cells, expected 3 (line 6)",
    ]


def test_an_open_quotation_mark_does_not_swallow_the_rows_after_it(tmp_path):
    path = tmp_path / "catalog.csv"
    path.write_text('event_id,time,place\na,2020-01-01,"Piton\nb,2020-01-01,x\n', encoding="utf-8")
    with pytest.raises(StageError, match="not a CSV file in UTF-8"):
        list(read_catalog(path))


def test_control_characters_and_times_before_all_times_are_rejected(tmp_path):
    path = tmp_path / "catalog.csv"
    rows = "event_id,time,place\na\0b,2020-01-01,x\nc,2020-01-01,x\0\nd,0001-01-01T00:00+05:00,x\n"
    path.write_text(rows, encoding="utf-8")
    events, rejected = run_rejected(path)
    assert events == []
    assert rejected == ["'a\\x00b'", "'c'", "d"]


def test_an_archive_without_the_channel_says_what_it_holds(tmp_path):
    write(tmp_path, "a.mseed", trace(noise(), channel="HHN"))
    _, rejected = run_stage(tmp_path, ["a,2020-01-01T00:00:10"])
    assert "nothing of this channel, but XX.STA.00.HHN" in rejected["a"]


def test_a_run_goes_on_past_bad_events(tmp_path):
    write(tmp_path, "good.mseed", trace(noise()))
    write(tmp_path, "dead.mseed", trace(np.zeros(6000, dtype=np.int32), START + 3600))
    (tmp_path / "archive" / "broken.mseed").write_bytes(b"not miniSEED at all")
    events, rejected = run_stage(
        tmp_path,
        ["good,2020-01-01T00:00:10", "dead,2020-01-01T01:00:10", "lost,2020-06-01T00:00:10"],
    )
    assert events == ["good"]
    assert rejected["dead"].startswith("dead channel")
    assert rejected["lost"].startswith("no data")
    assert "1 file of the archive is unreadable" in rejected["lost"]
    assert "broken.mseed" in rejected["lost"]


def test_a_window_across_two_files_is_joined(tmp_path):
    data = noise()
    write(tmp_path, "first.mseed", trace(data[:1200]))
    write(tmp_path, "second.mseed", trace(data[1200:], START + 12))
    events, _ = run_stage(tmp_path, ["a,2020-01-01T00:00:10"])
    assert events == ["a"]


def test_files_that_the_catalog_names_are_the_only_ones_read(tmp_path):
    write(tmp_path, "a.mseed", trace(noise()))
    write(tmp_path, "other.mseed", trace(noise(), channel="HHN"))
    (tmp_path / "archive" / "broken.mseed").write_bytes(b"not miniSEED at all")
    (tmp_path / "secret.mseed").write_bytes((tmp_path / "archive" / "a.mseed").read_bytes())
    time = "2020-01-01T00:00:10"
    events, rejected = run_stage(
        tmp_path,
        [
            f"a,{time},a.mseed",
            f"none,{time},none.mseed",
            f"broken,{time},broken.mseed",
            f"other,{time},other.mseed",
            "late,2020-01-02T00:00:10,a.mseed",
            f"outside,{time},../secret.mseed",
        ],
        header="event_id,time,file",
    )
    assert events == ["a"]
    assert rejected["none"].startswith("missing file")
    assert rejected["broken"].startswith("unreadable file")
    assert rejected["other"].startswith("no data: other.mseed holds XX.STA.00.HHN")
    assert rejected["late"].startswith("outside its file: a.mseed covers 2020-01-01T00:00:00")
    assert rejected["outside"].startswith("file outside the archive")


@pytest.mark.parametrize("archive", [".", "inside", "inside/.."])
def test_a_catalog_cannot_lead_out_of_the_archive(tmp_path, monkeypatch, archive):
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path)
    for file in ("../../secret.mseed", "/etc/hostname", "inside/../../secret.mseed"):
        with pytest.raises(RejectedEvent, match="file outside the archive"):
            EventFileSource(archive, file, "MSEED")


def test_a_pickled_stream_is_never_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was loaded",))

    (tmp_path / "trap.pickle").write_bytes(pickle.dumps(Trap()))
    assert [bool(entry.problem) for entry in index_archive(tmp_path, "MSEED")] == [True]
    with pytest.raises(ValueError, match="not a waveform format that is read here"):
        make_settings(format="PICKLE")


def test_an_sds_archive_is_read(tmp_path):
    folder = tmp_path / "archive" / "2020" / "XX" / "STA" / "HHZ.D"
    folder.mkdir(parents=True)
    Stream([trace(noise())]).write(str(folder / "XX.STA.00.HHZ.D.2020.001"), format="MSEED")
    (folder / "XX.STA.00.HHZ.D.2020.100").write_bytes(b"not miniSEED at all" * 100)
    events, rejected = run_stage(
        tmp_path,
        ["a,2020-01-01T00:00:10", "b,2020-05-01T00:00:10", "c,2020-04-09T12:00:00"],
        layout="sds",
    )
    assert events == ["a"]
    assert rejected["b"].startswith("no data")
    assert rejected["c"].startswith("unusable data")


def test_no_event_left_in_any_shard_is_an_error_that_counts_the_reasons(tmp_path):
    write(tmp_path, "dead.mseed", trace(np.zeros(6000, dtype=np.int32)))
    rows = ["a,2020-01-01T00:00:10", "b,2020-01-01T00:00:11", "c,2020-02-01T00:00:10"]
    shards = tmp_path / "shards"
    for number in range(2):
        run_stage(tmp_path, rows, output=shards / f"{number:05d}" / "waveforms.h5",
                  part=range(2 * number, 2 * number + 2))  # fmt: skip
    with pytest.raises(StageError) as error:
        join.run(tmp_path / "waveforms.h5", shards=shards, n_shards=2)
    message = str(error.value)
    assert "no event is left" in message
    assert "2 x dead channel" in message
    assert "1 x no data" in message
    assert not (tmp_path / "waveforms.h5").exists()
