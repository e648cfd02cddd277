"""The loop of all fits stops where it is asked, keeps its state when that is due, and cleans up."""

import pytest

from specufex_pipe.errors import FitInterrupted
from specufex_pipe.fitting import driver
from specufex_pipe.fitting.driver import drive


class Counter:
    """A model whose steps count."""

    verbose = False

    def __init__(self, n_taken=0):
        self.n_taken, self.is_closed = n_taken, False

    def steps(self, last=None):
        """Take steps without an end, or to the last one."""
        # Kept, since Python closes a generator that nobody holds.
        self._running = self._steps(last)
        return self._running

    def _steps(self, last):
        try:
            while True:
                self.n_taken += 1
                yield self.n_taken == last
        finally:
            self.is_closed = True

    def _progress(self):
        return f"{self.n_taken // 4} times four"

    def _running_state(self):
        return {"n": self.n_taken}, {}


class Kept:
    """A checkpoint that lists what was written; it is due after some of the steps."""

    def __init__(self, due=()):
        self.written, self._due, self._n_asked = [], due, 0

    def is_due(self):
        self._n_asked += 1
        return self._n_asked in self._due

    def write(self, arrays, attributes):
        self.written.append(arrays["n"])


def driven(model, steps, numbers, checkpoint=None, should_stop=None, unit="step"):
    drive(model, steps, numbers, unit=unit, checkpoint=checkpoint, should_stop=should_stop)
    return model


def test_a_fit_ends_at_the_last_number_and_takes_no_step_more():
    model = Counter()
    driven(model, model.steps(), range(5))
    assert model.n_taken == 5
    assert model.is_closed


def test_a_fit_ends_where_its_steps_say_so():
    model, kept = Counter(), Kept()
    driven(model, model.steps(last=3), range(5), kept)
    assert model.n_taken == 3
    assert kept.written == [3]
    assert model.is_closed


def test_a_fit_whose_steps_run_out_or_that_has_none_left_ends_without_a_word():
    model, kept = Counter(), Kept(due=range(100))
    driven(model, (done for done in ()), range(5), kept)
    driven(model, model.steps(), range(5, 5), kept)
    assert model.n_taken == 0
    assert kept.written == []


def test_a_fit_that_is_asked_to_stop_keeps_its_state_and_says_where_it_stopped():
    model, kept = Counter(n_taken=10), Kept()
    asked = iter([False, False, True])
    with pytest.raises(FitInterrupted, match=r"^stopped after replicate 13$"):
        driven(model, model.steps(), range(10, 20), kept, lambda: next(asked), "replicate")
    assert kept.written == [13]
    assert model.is_closed


def test_a_fit_without_checkpoint_stops_as_well():
    model = Counter()
    with pytest.raises(FitInterrupted, match="stopped after step 1"):
        driven(model, model.steps(), range(5), None, lambda: True)


@pytest.mark.parametrize("last", [None, 3])
def test_a_fit_that_ends_with_a_step_is_not_stopped_after_it(last):
    model, kept, n_asked = Counter(), Kept(), []

    def should_stop():
        n_asked.append(model.n_taken)
        return len(n_asked) == 3

    driven(model, model.steps(last), range(3), kept, should_stop)
    assert n_asked == [1, 2, 3]
    assert kept.written == [3]


def test_a_checkpoint_is_written_where_it_is_due_and_at_the_end_and_nowhere_else():
    model, kept = Counter(), Kept(due={2, 5})
    driven(model, model.steps(), range(8), kept, lambda: False)
    assert kept.written == [2, 5, 8]


def test_a_step_that_fails_and_a_checkpoint_that_cannot_be_written_leave_the_steps_closed():
    model, kept = Counter(), Kept(due={2})

    def no_room(arrays, attributes):
        raise OSError("no space left")

    kept.write = no_room
    with pytest.raises(OSError, match="no space left"):
        driven(model, model.steps(), range(5), kept)
    assert model.n_taken == 2
    assert model.is_closed

    def failing():
        yield False
        raise ValueError("no component is left")

    with pytest.raises(ValueError, match="no component is left"):
        driven(Counter(), failing(), range(5))


def test_progress_is_shown_when_it_changes_and_the_bar_is_closed(monkeypatch):
    shown = []

    class Bar(list):
        set_postfix_str = shown.append

        def close(self):
            shown.append("closed")

    def track(numbers, title, unit, is_shown):
        assert (title, unit, is_shown) == ("Counter", "steps", False)
        return Bar(numbers)

    monkeypatch.setattr(driver, "track", track)
    model = Counter()
    driven(model, model.steps(), range(9))
    assert shown == ["0 times four", "1 times four", "2 times four", "closed"]
