"""A fit that was interrupted ends as if it had not been, and never goes on from another's state."""

import logging

import numpy as np
import pytest

from specufex_pipe import BayesianHMM, BayesianNMF, svi
from specufex_pipe.frames import as_frames


class Interruption(Exception):
    """Stands for whatever ends a process."""


class InterruptedFrames:
    """Frames that can be read only so many times."""

    def __init__(self, source, n_reads):
        self._source, self._n_reads = source, n_reads

    def __getattr__(self, name):
        return getattr(self._source, name)

    def read(self, events):
        if self._n_reads == 0:
            raise Interruption
        self._n_reads -= 1
        return self._source.read(events)


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
@pytest.mark.parametrize(
    "other", ["data", "settings", "model", "version", "damaged", "no checkpoint"]
)
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
            patch.setattr(svi, "__version__", "0.0.0")
            make().fit(data(), checkpoint=checkpoint)
    elif other == "damaged":
        make().fit(data(), checkpoint=checkpoint)
        content = bytearray(checkpoint.read_bytes())
        at = content.find(np.float64(make().fit(data()).bound_[-1]).tobytes())
        assert at >= 0
        content[at] ^= 1
        checkpoint.write_bytes(content)
    else:
        make().fit(data()).save(checkpoint)
    with caplog.at_level(logging.WARNING):
        model = make().fit(data(), checkpoint=checkpoint)
    assert "starts afresh" in caplog.text
    assert_same(model, make().fit(data()))


@pytest.mark.parametrize("make", MODELS)
def test_a_fit_that_talks_goes_on_from_one_that_did_not(make, tmp_path):
    checkpoint = tmp_path / "checkpoint.h5"
    first = make().fit(data(), checkpoint=checkpoint)
    again = make(verbose=True).fit(InterruptedFrames(data(), 0), checkpoint=checkpoint)
    assert_same(again, first)


def test_a_truncated_checkpoint_is_not_resumed(tmp_path, caplog):
    checkpoint = tmp_path / "checkpoint.h5"
    expected = MODELS[0]().fit(data(), checkpoint=checkpoint)
    content = checkpoint.read_bytes()
    for share in (0, 0.01, 0.5, 0.99):
        checkpoint.write_bytes(content[: int(share * len(content))])
        caplog.clear()
        assert_same(MODELS[0]().fit(data(), checkpoint=checkpoint), expected)
        assert "starts afresh" in caplog.text


def test_a_checkpoint_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        MODELS[0]().fit(data(), checkpoint=tmp_path / "file" / "checkpoint.h5")
