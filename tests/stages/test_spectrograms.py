"""From records to spectrograms and attributes: what the stores say of each event."""

import json

import numpy as np
import pytest
from helpers.waveforms import CHANNEL, START, noise, trace, write_events_of, write_file

from specufex_pipe.settings import SpectrogramSettings, WaveformSettings, read_sections
from specufex_pipe.spectrograms import SpectrogramMaker
from specufex_pipe.stages import join, spectrograms, waveforms
from specufex_pipe.store import FrameStore, read_attributes, read_rejections
from specufex_pipe.waveforms.attributes import ATTRIBUTES, measure

ROWS = ["a,2020-01-01T00:00:10", "lost,2020-06-01T00:00:10", "b,2020-01-01T00:00:20"]
SETTINGS = WaveformSettings(before=4, duration=20, margin=2, low_band=(2, 4))


@pytest.fixture
def shards(tmp_path):
    """Waveforms in three shards, of which the second has no event; of two recorded rates."""
    write_file(tmp_path / "source/a.mseed", trace(noise()))
    write_file(tmp_path / "source/b.mseed", trace(noise(rate=200), START + 3600, rate=200.0))
    rows = [*ROWS, "c,2020-01-01T01:00:10"]
    table = write_events_of(tmp_path, rows)
    source = read_sections(json.dumps({"source": {"path": str(tmp_path / "source")}}))["source"]
    for number, part in enumerate((range(1), range(1, 2), range(2, 4))):
        waveforms.run(
            SETTINGS,
            tmp_path / f"shards/{number:05d}/waveforms.h5",
            source_settings=source,
            catalog=table,
            channel=CHANNEL,
            rows=part,
        )
    return tmp_path / "shards"


def test_attributes_are_those_of_the_samples_and_joined(shards, tmp_path):
    join.run(tmp_path / "waveforms.h5", shards=shards, n_shards=3)
    with FrameStore(tmp_path / "waveforms.h5", "waveforms") as store:
        assert store.event_ids == ["a", "b", "c"]
        described = store.attributes_of("attributes")
        attributes = store.array("attributes")
        samples = store.read(range(3)).events()
        np.testing.assert_array_equal(store.array("onset"), 4.0)
        np.testing.assert_array_equal(store.array("recorded_rate"), [100, 100, 200])
        assert store.attributes["unit"] == "counts"
    assert list(described["names"]) == [attribute.name for attribute in ATTRIBUTES]
    assert list(described["units"])[:4] == ["s", "counts", "counts", "counts^2 s"]
    for row, values in zip(attributes, samples, strict=True):
        expected = measure(values, 100.0, onset=4.0, low_band=(2, 4))
        np.testing.assert_array_equal(row, list(expected.values()))


@pytest.mark.parametrize(("scale", "unit"), [
    ("median", "dB"), ("noise", "dB"), ("power", "counts^2/Hz"), ("amplitude", "counts/sqrt(Hz)"),
])  # fmt: skip
def test_spectrograms_are_those_of_the_maker_and_say_their_unit(shards, scale, unit):
    settings = SpectrogramSettings(scale=scale, frequency_axis="logarithmic")
    for shard in ("00000", "00001"):
        path = shards / shard / "spectrograms.h5"
        spectrograms.run(settings, path, waveforms=shards / shard / "waveforms.h5")
        attributes = read_attributes(path)
        assert (attributes["unit"], attributes["scale"]) == (unit, scale)
        assert json.loads(attributes["processing"])["spectrograms.scale"] == scale
    with FrameStore(shards / "00000/waveforms.h5", "waveforms") as store:
        (samples,) = store.read([0]).events()
    maker = SpectrogramMaker(100.0, fmin=2.0, fmax=45.0, scale=scale, frequency_axis="logarithmic")
    with FrameStore(shards / "00000/spectrograms.h5", "spectrograms") as store:
        np.testing.assert_array_equal(store.read([0]).frames, maker.spectrogram(samples, 4.0))
        np.testing.assert_array_equal(store.array("frequencies"), maker.frequencies)


def test_events_without_noise_before_them_are_rejected(shards):
    settings, path = SpectrogramSettings(scale="noise", window=4.0), shards / "spectrograms.h5"
    spectrograms.run(settings, path, waveforms=shards / "00000/waveforms.h5")
    (rejection,) = read_rejections(path, "spectrograms")
    assert rejection.event_id == "a"
    assert rejection.kind == "no background"
    assert rejection.detail.startswith("1 frame ends before the onset, 4 s after the start")


def test_bands_of_a_logarithmic_axis_do_not_tell_models_of_a_linear_one_apart(shards):
    processing = []
    for bands, axis in ((3, "linear"), (2, "linear"), (2, "logarithmic")):
        settings = SpectrogramSettings(bands_per_octave=bands, frequency_axis=axis)
        spectrograms.run(
            settings, shards / "spectrograms.h5", waveforms=shards / "00000/waveforms.h5"
        )
        processing.append(read_attributes(shards / "spectrograms.h5")["processing"])
    assert processing[0] == processing[1] != processing[2]
