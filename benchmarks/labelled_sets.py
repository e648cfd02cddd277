"""The labelled sets that quality.py holds clusters against.

- "sources", "orders", "rhythms": the synthetic events of synthetic_events.py;
- "UV05", "UV06", "UV10": the windows of the demonstration as these stations recorded them, with
  the labels of resources/demo/labels.csv. "hum" counts as "helicopter", since these are helicopters
  on their approach; events labelled "unsure" are clustered, and left out where labels are compared;
- any set in an HDF5 file, such as spoken digits: `samples` of all events, one after the other at
  8000 Hz, `offsets` where events begin (one more than there are events), and `label` of each event.
"""

import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
from demo_clusters import REPOSITORY, read_column
from digests import write_settings
from synthetic_events import BAND, ORDERS, RATE, RHYTHMS, SOURCES, STATIONS, generate

from specufex_pipe.settings import read_settings_file
from specufex_pipe.spectrograms import SpectrogramMaker
from specufex_pipe.stages import catalog, spectrograms, waveforms
from specufex_pipe.store import FrameStore

SYNTHETIC = {"sources": (SOURCES, 1000), "orders": (ORDERS, 800), "rhythms": (RHYTHMS, 800)}
NAMES = (*SYNTHETIC, *STATIONS)
DIGITS = "digits"
_RATE_OF_DIGITS = 8000.0  # Hz
_FRAMES_OF_DIGITS = {"window": 0.032, "overlap": 0.75, "fmin": 125.0, "fmax": 3100.0}
_SEED = 0  # of the synthetic events: the data are the same whatever the seed of the models


class LabelledSet(NamedTuple):
    """Labelled events.

    Attributes
    ----------
    spectrograms : list of ndarray of shape (n_frequencies, n_frames_of_event)
    waveforms : list of ndarray of shape (n_samples_of_event,)
    labels : ndarray of shape (n_events,)
    is_sure : ndarray of bool, shape (n_events,)
        Whether the label counts.
    sampling_rate : float
        Hz.
    band : tuple of float
        Lowest and highest frequency of the spectrograms, Hz.
    n_components : int
        For the NMF to start with.
    """

    spectrograms: list[Any]
    waveforms: list[Any]
    labels: Any
    is_sure: Any
    sampling_rate: float
    band: tuple[float, float]
    n_components: int

    @property
    def n_labels(self):
        """Number of labels that count."""
        return len(np.unique(self.labels[self.is_sure]))


def labelled_set(name, digits=None):
    """Return a set by its name; `digits` is the file of the one that is given by its path."""
    if name == DIGITS:
        return _spoken(digits)
    return _recorded(name) if name in STATIONS else _synthetic(name)


def _synthetic(name):
    samples, labels = generate(*SYNTHETIC[name], _SEED)
    maker = SpectrogramMaker(RATE, fmin=BAND[0], fmax=BAND[1])
    return _all_sure(maker, list(samples.astype(float)), labels, RATE, BAND)


def _spoken(path):
    with h5py.File(path) as file:
        samples, offsets, labels = (file[name][()] for name in ("samples", "offsets", "label"))
    maker = SpectrogramMaker(_RATE_OF_DIGITS, **_FRAMES_OF_DIGITS)
    band = _FRAMES_OF_DIGITS["fmin"], _FRAMES_OF_DIGITS["fmax"]
    events = np.split(samples.astype(float), offsets[1:-1])
    return _all_sure(maker, events, labels, _RATE_OF_DIGITS, band)


def _all_sure(maker, events, labels, rate, band):
    return LabelledSet(
        [maker.spectrogram(samples).T for samples in events],
        events,
        labels,
        np.ones(len(labels), dtype=bool),
        rate,
        band,
        75,
    )


def _recorded(station):
    """Return the demonstration's events at a station, made by the stages of the workflow."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_settings(folder)
        settings = read_settings_file(folder / "config.yaml")
        table, traces, made = (folder / f"{each}.h5" for each in ("catalog", "waveforms", "made"))
        catalog.run(settings.catalog, table)
        waveforms.run(
            settings.waveforms,
            traces,
            source_settings=settings.source,
            catalog=table,
            channel=f"YA.{station}.00.HHZ",
        )
        spectrograms.run(settings.spectrograms, made, waveforms=traces)
        with FrameStore(made, "spectrograms") as store:
            event_ids = store.event_ids
            frames = [each.T.astype(float) for each in store.read(range(store.n_events)).events()]
        with FrameStore(traces, "waveforms") as store:
            samples = dict(
                zip(store.event_ids, store.read(range(store.n_events)).events(), strict=True)
            )
    label_of = read_column(REPOSITORY / "resources/demo/labels.csv", "label")
    labels = np.array([label_of[event_id].replace("hum", "helicopter") for event_id in event_ids])
    return LabelledSet(
        frames,
        [samples[event_id].astype(float) for event_id in event_ids],
        labels,
        labels != "unsure",
        settings.waveforms.sampling_rate,
        (settings.spectrograms.fmin, settings.spectrograms.fmax),
        settings.nmf.n_components,
    )
