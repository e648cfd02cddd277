"""Signals and time limits end a fit with its state kept; a kill at any moment loses nothing."""

import logging
import multiprocessing
import os
import signal
import time

import numpy as np
import pytest
from helpers.paths import REPOSITORY

from specufex_pipe import BayesianHMM, BayesianNMF, __main__
from specufex_pipe.errors import FitInterrupted
from specufex_pipe.events.checks import as_frames
from specufex_pipe.fitting import checkpoint
from specufex_pipe.fitting.interruption import SIGNALS, StopRequest
from specufex_pipe.settings import HMMSettings
from specufex_pipe.stages import fitting
from specufex_pipe.store import read_attributes

N_KILLS = 50


def events(n_events=120):
    rng = np.random.default_rng(0)
    components = rng.gamma(0.3, 1, (8, 40))
    return [(rng.gamma(0.5, 1, (rng.integers(20, 40), 8)) @ components).T for _ in range(n_events)]


MODELS = {
    "nmf": lambda: BayesianNMF(20, max_iter=100, tol=0, batch_size=16),
    "hmm": lambda: BayesianHMM(8, max_iter=200, tol=0, batch_size=16),
}


def fit_and_save(name, folder):
    """What a process does that is killed."""
    # Half of the time it writes, so that many kills hit a file that is half written.
    checkpoint._SHARE_OF_TIME = 1
    logging.disable()
    model = MODELS[name]().fit(events(), checkpoint=folder / "checkpoint.h5")
    model.save(folder / "model.h5")


@pytest.mark.endurance
@pytest.mark.parametrize("name", MODELS)
def test_fits_killed_at_random_moments_end_with_the_same_bits(name, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(REPOSITORY)  # where a new process finds this file
    MODELS[name]().fit(events()).save(tmp_path / "expected.h5")
    expected = read_attributes(tmp_path / "expected.h5")["digest"]
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    moments = np.random.default_rng(0)
    longest, n_kills, n_ends = 1.0, 0, 0
    while n_kills < N_KILLS // 2:
        folder = tmp_path / str(n_ends)
        folder.mkdir(exist_ok=True)
        process = processes.Process(target=fit_and_save, args=(name, folder))
        start = time.monotonic()
        process.start()
        process.join(moments.uniform(0, longest))
        process.kill()
        process.join()
        if process.exitcode == -signal.SIGKILL:
            n_kills += 1
            continue
        assert process.exitcode == 0
        assert read_attributes(folder / "model.h5")["digest"] == expected
        longest = max(0.2, time.monotonic() - start)
        n_ends += 1
    fit_and_save(name, folder)
    assert read_attributes(folder / "model.h5")["digest"] == expected
    assert {path.name for path in folder.iterdir()} <= {
        "model.h5",
        "checkpoint.h5",
        "checkpoint.previous.h5",
    }


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_asks_to_stop_and_handlers_are_put_back(number):
    before = [signal.getsignal(each) for each in SIGNALS]
    with StopRequest().listening() as stop:
        assert not stop()
        os.kill(os.getpid(), number)
        assert stop()
        assert number.name in stop.reason
    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_time_is_over_when_it_is_over():
    assert not StopRequest(minutes=60)()
    assert StopRequest(minutes=0)()
    assert "minutes are over" in next(
        stop.reason for stop in [StopRequest(minutes=1e-9)] if stop() or True
    )


def test_a_fit_with_little_time_is_handed_on_until_it_has_settled(tmp_path):
    settings = HMMSettings(n_states=4, max_iter=60, tol=0, batch_size=8)
    frames, path = as_frames(events(40)), tmp_path / "checkpoint.h5"
    limits = {"checkpoint": path, "runtime": 60.0, "time_budget": 1e-5}
    n_jobs = 1
    while True:
        model = fitting.begin(BayesianHMM, settings, None)
        try:
            fitting.fit(model, frames, **limits)
            break
        except FitInterrupted as error:
            assert "minutes are over; started again, the fit resumes from" in str(error)
            n_jobs += 1
    assert n_jobs >= 4
    expected = BayesianHMM(**settings.parameters()).fit(frames)
    np.testing.assert_array_equal(model.emissions_, expected.emissions_)


def test_nine_tenths_of_a_jobs_runtime_are_for_the_fit(monkeypatch):
    limits = []
    monkeypatch.setattr(
        fitting, "StopRequest", lambda minutes: limits.append(minutes) or StopRequest(0)
    )
    for runtime, time_budget in ((10.0, None), (10.0, 3.0), (10.0, 30.0), (None, None)):
        with pytest.raises(FitInterrupted, match="starts afresh"):
            fitting.fit(
                BayesianHMM(2),
                as_frames(events(3)),
                checkpoint=None,
                runtime=runtime,
                time_budget=time_budget,
            )
    assert limits == [9.0, 3.0, 9.0, None]


def test_an_interrupted_stage_ends_with_a_code_that_asks_to_try_again(monkeypatch, tmp_path):
    def interrupted(*args, **inputs):
        raise FitInterrupted("stopped after step 3")

    monkeypatch.setattr("specufex_pipe.stages.rejected.read_rejections", interrupted)
    folders = ["--waveform-shards", "a", "--spectrogram-shards", "b", "--n-shards", "1"]
    stage = ["rejected", *folders, "--output", "c"]
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert __main__.main([*stage, "--log", str(tmp_path / "log")]) == __main__.TRY_AGAIN
    finally:
        signal.signal(signal.SIGTERM, before)
    assert "stopped after step 3" in (tmp_path / "log").read_text()
