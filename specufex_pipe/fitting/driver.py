"""The one loop of all fits: take a step, show it, keep its state, stop where that is asked."""

from collections.abc import Generator

from specufex_pipe.errors import FitInterrupted
from specufex_pipe.fitting.checkpoint import Checkpoint
from specufex_pipe.fitting.estimator import EventEstimator, ShouldStop
from specufex_pipe.progress import track


def drive(
    model: EventEstimator,
    steps: Generator[bool, None, None],
    numbers: range,
    *,
    unit: str,
    checkpoint: Checkpoint | None,
    should_stop: ShouldStop | None,
) -> None:
    """Take the steps of a fit, from where it is to its end.

    The state of the model is kept at the last step, when it is asked to stop, and whenever enough
    time has passed that writing it hardly slows the fit.

    Parameters
    ----------
    model : EventEstimator
    steps : generator of bool
        Takes a step each time that it is advanced, and tells whether the fit has ended with it.
    numbers : range
        Numbers of the steps that may be taken.
    unit : str
        What a step is called: "step", "iteration", "replicate".
    checkpoint : Checkpoint or None
    should_stop : callable or None
        Asked after each step; when it returns True the fit stops.

    Raises
    ------
    errors.FitInterrupted
        If `should_stop` asked for it.
    OSError
        If the checkpoint cannot be written.
    """
    bar = track(numbers, type(model).__name__, f"{unit}s", model.verbose)
    try:
        shown = ""
        for number, has_ended in zip(bar, steps, strict=False):
            if (reached := model._progress()) != shown:
                bar.set_postfix_str(reached)
                shown = reached
            ends = has_ended or number == numbers[-1]
            stops = should_stop is not None and should_stop() and not ends
            if checkpoint is not None and (ends or stops or checkpoint.is_due()):
                checkpoint.write(*model._running_state())
            if stops:
                raise FitInterrupted(f"stopped after {unit} {number + 1}")
            if ends:
                break
    finally:
        bar.close()
        steps.close()
