"""Events of any length, from picks, arrivals, columns and whole files, go from source to store."""

import json

import numpy as np
import pytest
from helpers.stations import write_stations
from helpers.waveforms import CHANNEL, START, noise, trace, write_events_of, write_file

from specufex_pipe.errors import StageError
from specufex_pipe.settings import SpectrogramSettings, WaveformSettings, read_sections
from specufex_pipe.stages import shards, spectrograms, waveforms
from specufex_pipe.stages.index import COLUMNS as CHANNELS
from specufex_pipe.store import FrameStore, read_rejections, write_sealed_csv

HEADER = "event_id,time,duration,latitude,longitude,depth"


def source_of(folder):
    return read_sections(json.dumps({"source": {"path": str(folder / "source")}}))["source"]


@pytest.fixture
def folder(tmp_path):
    for number, code in enumerate(("HHZ", "HH1", "HH2")):
        for hour in range(3):
            record = trace(noise(60, seed=number), START + 3600 * hour, channel=code)
            write_file(tmp_path / f"source/{code}-{hour}.mseed", record)
    return tmp_path


def read(folder, rows, stations=None, channel=CHANNEL, **settings):
    """Run the stage; return lengths in s and onsets by event, rejections, and the store's unit."""
    output = folder / "waveforms.h5"
    waveforms.run(
        WaveformSettings(**{"margin": 2} | settings),
        output,
        source_settings=source_of(folder),
        catalog=write_events_of(folder, rows, HEADER),
        channel=channel,
        stations=stations,
    )
    with FrameStore(output, "waveforms") as store:
        lengths = np.diff(store.offsets) / 100
        onsets = store.array("onset") if len(lengths) else []
        found = {
            name: (length, onset)
            for name, length, onset in zip(store.event_ids, lengths, onsets, strict=True)
        }
        unit = store.attributes["unit"]
    return found, {row.event_id: row for row in read_rejections(output, "waveforms")}, unit


ROWS = [
    "a,2020-01-01T00:00:20,10,0,0.1,5", "b,2020-01-01T01:00:20,25.5,0,0.2,5",
    "c,2020-01-01T02:00:20,,,,",
]  # fmt: skip


def test_events_have_the_duration_that_the_catalog_gives_them(folder):
    found, rejected, unit = read(folder, ROWS, length="duration", before=3, after=1)
    assert found == {"a": (14.0, 3.0), "b": (29.5, 3.0)}
    assert (rejected["c"].kind, rejected["c"].detail) == (
        "no window", "the column duration is empty"
    )  # fmt: skip
    assert unit == "counts"


def test_events_of_different_length_have_spectrograms_of_different_length(folder):
    read(folder, ROWS, length="duration", before=3)
    path = folder / "spectrograms.h5"
    spectrograms.run(SpectrogramSettings(), path, waveforms=folder / "waveforms.h5")
    with FrameStore(path, "spectrograms") as store:
        assert np.diff(store.offsets).tolist() == [(n - 128) // 32 + 1 for n in (1300, 2850)]


def test_the_whole_file_is_read_to_its_last_sample(folder):
    found, rejected, _ = read(folder, ROWS, length="file")
    assert found == dict.fromkeys("abc", (60.0, 20.0))
    assert not rejected
    (_, rejected, _) = read(folder, ["d,2020-06-01,,,,"], length="file")
    assert "expected one file" in rejected["d"].detail


def test_predicted_arrivals_need_coordinates_of_station_and_event(folder):
    stations = folder / "stations.csv"
    stations.write_text("network,station,latitude,longitude,elevation\nXX,STA,0,0,0\n")
    found, rejected, _ = read(
        folder, ROWS, stations, reference="arrival", velocity=5.0, before=1, duration=10
    )
    assert {name: length for name, (length, _) in found.items()} == {"a": 10.0, "b": 10.0}
    assert "no latitude and longitude" in rejected["c"].detail
    with pytest.raises(StageError, match="no stations are given"):
        read(folder, ROWS, reference="arrival", velocity=5.0)
    stations.write_text("network,station\nXX,STA\n")
    with pytest.raises(StageError, match=r"stations: .*stations\.csv: no column latitude"):
        read(folder, ROWS, stations, reference="arrival", velocity=5.0)


def test_ground_motion_is_in_the_unit_that_is_asked_for(folder):
    steps = ["demean", {"type": "remove_response", "output": "DISP"}, "differentiate"]
    found, _, unit = read(folder, ROWS, write_stations(folder), processing=steps)
    assert list(found) == ["a", "b", "c"]
    assert unit == "m/s"


def test_a_margin_keeps_the_edge_effects_of_a_response_out_of_the_window(folder):
    step = {"type": "remove_response", "pre_filter": [0.5, 1.0, 40.0, 45.0]}
    found = []
    for margin in (0, 5, 18):
        settings = {"margin": margin, "before": 0, "duration": 20, "processing": ["detrend", step]}
        read(folder, ROWS[:1], write_stations(folder), **settings)
        with FrameStore(folder / "waveforms.h5", "waveforms") as store:
            found.append(store.read([0]).frames)
    none, some, reference = found
    assert np.abs(none - reference).max() > 0.1 * np.abs(reference).max()
    assert np.abs(some - reference).max() < 1e-3 * np.abs(reference).max()


def test_components_are_read_together_where_they_are_turned(folder):
    steps = ["demean", {"type": "rotate", "to": "ZNE"}]
    path = folder / "waveforms.h5"
    read(
        folder,
        ROWS,
        write_stations(folder),
        channel="XX.STA.00.HHN",
        processing=steps,
    )
    with FrameStore(path, "waveforms") as store:
        north = store.read([0]).frames
    first, second = (noise(60, seed=number)[1300:3700].astype(float) for number in (1, 2))
    turned = np.cos(np.pi / 6) * (first - first.mean()) - 0.5 * (second - second.mean())
    np.testing.assert_allclose(north, turned[200:2200], atol=0.1)
    # A component that is missing rejects its event alone.
    (folder / "source/HH2-1.mseed").unlink()
    found, rejected, _ = read(
        folder,
        ROWS,
        write_stations(folder),
        channel="XX.STA.00.HHN",
        processing=steps,
    )
    assert list(found) == ["a", "c"]
    assert "b" in rejected


def states(folder, rows, stations=None, **settings):
    write_sealed_csv(folder / "channels.csv", CHANNELS, [(CHANNEL,)])
    shards.run(
        WaveformSettings(**settings),
        folder / "shards.csv",
        source_settings=source_of(folder),
        catalog=write_events_of(folder, rows, HEADER),
        index=folder / "none.csv",
        channels=folder / "channels.csv",
        shard_size=1,
        stations=stations,
    )
    return (folder / "shards.csv").read_text().splitlines()[1:4]


def test_a_shard_is_read_again_when_what_places_its_windows_changes(folder, monkeypatch):
    from specufex_pipe.sources.folder import FolderSource

    monkeypatch.setattr(FolderSource, "use_index", lambda *_: None)
    before = states(folder, ROWS, length="duration")
    after = states(folder, [ROWS[0].replace(",10,", ",11,"), *ROWS[1:]], length="duration")
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True, True]
    # Coordinates count where they say how the components are turned.
    steps = [{"type": "rotate", "to": "ZRT"}]
    moved = [ROWS[0].replace(",0,0.1,", ",0,0.3,"), *ROWS[1:]]
    stations = write_stations(folder)
    before, after = (states(folder, rows, stations, processing=steps) for rows in (ROWS, moved))
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True, True]
    assert states(folder, moved) == states(folder, ROWS)
    steps = [{"type": "remove_response"}]
    stations = write_stations(folder)
    before = states(folder, ROWS, stations, processing=steps)
    assert states(folder, ROWS, stations, processing=steps) == before
    after = states(folder, ROWS, write_stations(folder, gain=2000.0), processing=steps)
    assert not set(before) & set(after)
