"""A fit that was interrupted ends as if it had not been, and never resumes from another's state."""

import logging
import resource

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specufex_pipe import BayesianHMM, BayesianNMF
from specufex_pipe.errors import FitInterrupted
from specufex_pipe.events.checks import as_frames
from specufex_pipe.events.views import View
from specufex_pipe.fitting import checkpoint as checkpoint_module
from specufex_pipe.fitting import estimator
from specufex_pipe.fitting.checkpoint import Checkpoint


class Interruption(Exception):
    """Stands for whatever ends a process."""


class InterruptedFrames(View):
    """Frames that can be read only so many times."""

    def __init__(self, source, n_reads):
        super().__init__(source)
        self.n_reads = n_reads

    @property
    def digest(self):
        return self.source.digest

    def read(self, events):
        if self.n_reads == 0:
            raise Interruption
        self.n_reads -= 1
        return self.source.read(events)


def data(seed=0):
    rng = np.random.default_rng(seed)
    return as_frames([rng.gamma(1, 10, (12, length)) for length in rng.integers(3, 9, 30)])


MODELS = [
    lambda **changes: BayesianNMF(
        5, **{"batch_size": 8, "max_iter": 12, "check_every": 3, "tol": 0} | changes
    ),
    lambda **changes: BayesianHMM(
        3, **{"batch_size": 8, "max_iter": 12, "check_every": 3, "tol": 0} | changes
    ),
]


def state(model):
    return {**model._to_arrays(), "bound": model.bound_, "steps": model.bound_steps_}


def assert_same(model, other):
    for (name, array), other_array in zip(state(model).items(), state(other).values(), strict=True):
        assert np.array_equal(array, other_array), name


@pytest.mark.parametrize("make", MODELS)
def test_a_fit_interrupted_again_and_again_ends_with_the_same_bits(make, tmp_path):
    uninterrupted = make().fit(data())
    n_interruptions, n_reads = 0, 1
    while True:
        try:
            model = make().fit(
                InterruptedFrames(data(), n_reads), checkpoint=tmp_path / "checkpoint.h5"
            )
            break
        except Interruption:
            n_interruptions += 1
            n_reads += 1
    assert n_interruptions > 5
    assert_same(model, uninterrupted)


@pytest.mark.parametrize("make", MODELS)
def test_a_fit_that_had_ended_ends_at_once(make, tmp_path):
    checkpoint = tmp_path / "checkpoint.h5"
    for changes in ({}, {"tol": 0.5, "patience": 1}):
        first = make(**changes).fit(data(), checkpoint=checkpoint)
        assert first.n_iter_ == (12 if not changes else 6)
        again = make(**changes).fit(InterruptedFrames(data(), 0), checkpoint=checkpoint)
        assert_same(again, first)


@pytest.mark.parametrize("make", MODELS)
@pytest.mark.parametrize("other", ["data", "settings", "model", "version", "no checkpoint"])
def test_a_checkpoint_of_another_fit_is_not_resumed(make, other, tmp_path, caplog, monkeypatch):
    checkpoint = tmp_path / "checkpoint.h5"
    if other == "data":
        make().fit(data(1), checkpoint=checkpoint)
    elif other == "settings":
        make(random_state=1).fit(data(), checkpoint=checkpoint)
    elif other == "model":
        for another in MODELS:
            if another is not make:
                another().fit(data(), checkpoint=checkpoint)
    elif other == "version":
        with monkeypatch.context() as patch:
            patch.setattr(estimator, "__version__", "0.0.0")
            make().fit(data(), checkpoint=checkpoint)
    else:
        make().fit(data()).save(checkpoint)
    with caplog.at_level(logging.WARNING):
        model = make().fit(data(), checkpoint=checkpoint)
    assert "starts afresh" in caplog.text
    assert_same(model, make().fit(data()))


@pytest.mark.parametrize("make", MODELS)
def test_a_fit_that_talks_resumes_from_one_that_did_not(make, tmp_path):
    checkpoint = tmp_path / "checkpoint.h5"
    first = make().fit(data(), checkpoint=checkpoint)
    again = make(verbose=True).fit(InterruptedFrames(data(), 0), checkpoint=checkpoint)
    assert_same(again, first)


def refit(checkpoint):
    """Fit again with what is there; tell as well how often it read."""
    reads = InterruptedFrames(data(), n_reads=10**6)
    model = MODELS[0]().fit(reads, checkpoint=checkpoint)
    return model, 10**6 - reads.n_reads


def test_a_damaged_checkpoint_falls_back_to_the_one_before(tmp_path, caplog):
    checkpoint, previous = tmp_path / "checkpoint.h5", tmp_path / "checkpoint.previous.h5"
    expected = MODELS[0]().fit(data(), checkpoint=checkpoint)
    content, older = checkpoint.read_bytes(), previous.read_bytes()
    _, all_reads = refit(tmp_path / "other.h5")
    for share in (0, 0.01, 0.5, 0.99):
        checkpoint.write_bytes(content[: int(share * len(content))])
        previous.write_bytes(older)
        caplog.clear()
        model, n_reads = refit(checkpoint)
        assert_same(model, expected)
        assert 0 < n_reads < all_reads
        assert "takes an older state" in caplog.text
        assert "checkpoint.h5" in caplog.text
    for path in (checkpoint, previous):
        path.write_bytes(b"nothing of use")
    caplog.clear()
    assert_same(refit(checkpoint)[0], expected)
    assert "starts afresh" in caplog.text


def test_a_fit_killed_between_two_files_resumes_from_the_one_before(tmp_path):
    checkpoint = tmp_path / "checkpoint.h5"
    expected = MODELS[0]().fit(data(), checkpoint=checkpoint)
    checkpoint.unlink()
    model, n_reads = refit(checkpoint)
    assert_same(model, expected)
    assert n_reads < refit(tmp_path / "other.h5")[1]


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A fit, and the content of its checkpoint."""
    checkpoint = tmp_path_factory.mktemp("kept") / "checkpoint.h5"
    model = MODELS[0]().fit(data(), checkpoint=checkpoint)
    return model, checkpoint.read_bytes()


@settings(max_examples=40)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_bit_that_flips_in_a_checkpoint_reaches_the_model(kept, place, bit, tmp_path_factory):
    expected, content = kept
    content = bytearray(content)
    content[int(place * len(content))] ^= 1 << bit
    checkpoint = tmp_path_factory.mktemp("flipped") / "checkpoint.h5"
    checkpoint.write_bytes(content)
    assert_same(MODELS[0]().fit(data(), checkpoint=checkpoint), expected)


@pytest.mark.parametrize("make", MODELS)
def test_a_fit_that_is_asked_to_stop_after_each_step_ends_with_the_same_bits(make, tmp_path):
    expected, n_stops = make().fit(data()), 0
    while True:
        try:
            model = make().fit(
                data(), checkpoint=tmp_path / "checkpoint.h5", should_stop=lambda: True
            )
            break
        except FitInterrupted as error:
            n_stops += 1
            assert f"after step {n_stops}" in str(error)
    assert n_stops == 11
    assert_same(model, expected)


@pytest.mark.parametrize("make", MODELS)
def test_a_model_that_is_updated_with_more_events_survives_interruptions(make, tmp_path):
    def begun():
        return make().fit(data()).set_params(warm_start=True)

    more = as_frames([*list_of(data()), *list_of(data(2))])
    expected = begun().fit(more)
    assert expected.n_iter_ == 24
    checkpoint, n_reads = tmp_path / "checkpoint.h5", 1
    while True:
        try:
            model = begun().fit(InterruptedFrames(more, n_reads), checkpoint=checkpoint)
            break
        except Interruption:
            n_reads += 1
    assert_same(model, expected)
    assert n_reads > 5


def test_a_checkpoint_of_the_update_of_another_model_is_not_resumed(tmp_path, caplog):
    checkpoint = tmp_path / "checkpoint.h5"
    for seed in (0, 1):
        model = MODELS[0](random_state=seed).fit(data()).set_params(warm_start=True, random_state=0)
        caplog.clear()
        model.fit(data(2), checkpoint=checkpoint)
    assert "starts afresh" in caplog.text


def list_of(frames):
    return [event.T for event in frames.read(range(frames.n_events)).events()]


def test_checkpoints_take_little_of_the_time(tmp_path, monkeypatch):
    clock = iter(np.arange(1000.0))
    monkeypatch.setattr(checkpoint_module.time, "monotonic", lambda: next(clock))
    checkpoint = Checkpoint(tmp_path / "checkpoint.h5", "identity", "a fit")
    assert checkpoint.is_due()
    checkpoint.write({}, {})  # takes one tick of the clock
    n_refusals = 0
    while not checkpoint.is_due():
        n_refusals += 1
    assert n_refusals >= 99


def test_a_full_disk_leaves_a_state_to_resume_from(tmp_path):
    """A limit on the size of files stands for the disk."""
    checkpoint = tmp_path / "checkpoint.h5"
    expected = MODELS[0]().fit(data(), checkpoint=checkpoint)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    limited = Checkpoint(checkpoint, "identity", "a fit")
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            limited.write({"a": np.ones(10_000)}, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"checkpoint.h5", "checkpoint.previous.h5"}
    model, n_reads = refit(checkpoint)
    assert_same(model, expected)
    assert n_reads == 0


def test_a_checkpoint_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        MODELS[0]().fit(data(), checkpoint=tmp_path / "file" / "checkpoint.h5")


def test_a_damaged_checkpoint_never_takes_the_place_of_the_good_one_before(tmp_path):
    path, previous = tmp_path / "checkpoint.h5", tmp_path / "checkpoint.previous.h5"
    checkpoint = Checkpoint(path, "identity", "a fit")
    for number in (1, 2):
        checkpoint.write({"number": np.array(number)}, {})
    path.write_bytes(b"damaged")
    before = previous.read_bytes()
    again = Checkpoint(path, "identity", "a fit")
    assert again.read()[0]["number"] == 1
    again.write({"number": np.array(3)}, {})
    assert previous.read_bytes() == before
    again.write({"number": np.array(4)}, {})
    path.write_bytes(b"damaged")
    assert Checkpoint(path, "identity", "a fit").read()[0]["number"] == 3
