"""How much time, memory and disk a run will take."""

import os
from collections.abc import Sequence

import numpy as np

from specufex_pipe.checking.facts import ChannelFacts, Needs
from specufex_pipe.factorizations.registry import job_costs
from specufex_pipe.jobs.resources import job_needs
from specufex_pipe.settings import Settings
from specufex_pipe.spectrograms import SpectrogramMaker
from specufex_pipe.stages.registry import STAGES

# Measured (docs/cluster.md): what all stages after the waveforms take for an event of 20 s at 100
# Hz, and what clusters, figures and the start of jobs take for any number of them, without NMFs
# and HMMs.
_MILLISECONDS_PER_EVENT, _SECONDS_OF_A_RUN = 1.8, 30.0
# Of those that clusters are learned from.
_MILLISECONDS_PER_LEARNED_EVENT = 5.0
# What each NMF adds: the activations of an event, and the fit.
_MILLISECONDS_PER_EVENT_AND_NMF, _SECONDS_OF_AN_NMF = 1.4, 20.0
# What each of its HMMs adds: the fingerprint of an event, and the fit.
_MILLISECONDS_PER_EVENT_AND_HMM, _SECONDS_OF_AN_HMM = 1.0, 8.0
_SAMPLES = 2000
# Machines differ, and so do data.
_FACTOR = 2.5
_SINGLE, _DOUBLE = 4, 8  # bytes


def estimate_needs(
    settings: Settings, channels: Sequence[ChannelFacts], n_channels: int, n_events: int
) -> Needs:
    """Return what a run will take.

    Parameters
    ----------
    settings : Settings
    channels : sequence of ChannelFacts
        Those that were looked at.
    n_channels, n_events : int
        Of all that there are.
    """
    n_read = sum(each.n_read for each in channels)
    # Of waveforms that are still to be downloaded, nothing was read.
    kept = sum(len(each.durations) for each in channels) / n_read if n_read else 1.0
    durations = [seconds for each in channels for seconds in each.durations]
    samples = np.array(durations or [settings.waveforms.duration])
    samples *= settings.waveforms.sampling_rate
    n_windows = n_events * n_channels
    seconds = n_windows * sum(each.seconds for each in channels) / max(1, n_read)
    length = float(samples.mean()) / _SAMPLES
    n_nmfs, n_models = settings.clusters.n_nmfs, settings.hmm.n_models
    per_nmf = _MILLISECONDS_PER_EVENT_AND_NMF + n_models * _MILLISECONDS_PER_EVENT_AND_HMM
    per_event = _MILLISECONDS_PER_EVENT + n_nmfs * per_nmf
    seconds += n_windows * kept * length * per_event / 1000
    n_learned = min(n_events, settings.clusters.max_events)
    fixed = _SECONDS_OF_A_RUN + n_nmfs * (_SECONDS_OF_AN_NMF + n_models * _SECONDS_OF_AN_HMM)
    fixed += n_learned * _MILLISECONDS_PER_LEARNED_EVENT / 1000
    minutes = (seconds / (os.cpu_count() or 1) + n_channels * fixed) / 60
    is_measured = not job_costs(settings.nmf.method).in_memory
    asked = [job_needs(name, settings, n_events) for name, stage in STAGES.items() if stage.cost]
    return Needs(
        minutes=(minutes / 2, minutes * _FACTOR) if is_measured else None,
        megabytes=max(need.mem_mb for need in asked),
        gigabytes_on_disk=n_windows * kept * _bytes_per_event(settings, samples) / 1e9,
    )


def _bytes_per_event(settings: Settings, samples: np.ndarray) -> float:
    """Return the mean size of what is kept of an event, from the waveform to the fingerprint."""
    maker = SpectrogramMaker(settings.waveforms.sampling_rate, **settings.spectrograms.model_dump())
    hop = maker.frame_interval * settings.waveforms.sampling_rate
    window = 2 * maker.first_frame * settings.waveforms.sampling_rate
    frames = np.maximum((samples - window) // hop + 1, 0)
    states, components = settings.hmm.n_states, settings.nmf.n_components
    of_spectrogram = _SINGLE * (samples + frames * len(maker.frequencies))
    per_frame = _SINGLE * components + _DOUBLE * states
    of_fingerprints = _SINGLE * settings.hmm.n_models * (states**2 + states) + _DOUBLE * components
    of_nmf = frames * per_frame + of_fingerprints
    return float(np.mean(of_spectrogram + settings.clusters.n_nmfs * of_nmf))
