"""What all models have in common: parameters that are checked, files, checkpoints, randomness."""

import hashlib
import json
import logging
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from specufex_pipe import __version__
from specufex_pipe.events.frames import as_frames
from specufex_pipe.fitting.checkpoint import Checkpoint
from specufex_pipe.store import read_arrays, write_arrays

log = logging.getLogger(__name__)

# Sums over threads would come out in another order with another number of threads.
one_blas_thread = threadpool_limits.wrap(limits=1, user_api="blas")

# Every use of randomness has a number, so that none repeats the draws of another.
HOLD_OUT, SHUFFLE, START, SAMPLE, NULL = range(5)


def random_generator(seed, use, counter=0):
    """Return the generator for one use of randomness at one point of a fit.

    It depends on the seed and on counters alone, so a fit that goes on after an interruption
    needs no saved state.

    Parameters
    ----------
    seed : int
    use : int
        `HOLD_OUT`, `SHUFFLE`, `START`, `SAMPLE` or `NULL`.
    counter : int
        Epoch, step or replicate.

    Returns
    -------
    numpy.random.Generator
    """
    return np.random.default_rng((seed, use, counter))


def whole_numbers(least, *names):
    """Return the rule that parameters are whole numbers and not less than `least`."""
    return (
        names,
        lambda value: isinstance(value, Integral) and value >= least,
        f"a whole number >= {least}",
    )


RANDOM_STATE_RULE = whole_numbers(0, "random_state")


class History(NamedTuple):
    """How a fit went.

    Attributes
    ----------
    measure : str
        What was measured, with its unit.
    step : str
        What was counted.
    steps : list of int
        The steps at which it was measured.
    values : list of float
    """

    measure: str
    step: str
    steps: list
    values: list


class EventEstimator(BaseEstimator):
    """A model of events, which `fit` learns and a file keeps.

    A model has the parameters that `_rules` names, of which those in `_optional` may be None, and
    those that `_choices` names; the attributes `_rows` (what its rows are) and `_kind` (what its
    file is called); the methods `_to_arrays` and `_from_arrays`; and, once fitted, `n_iter_`.
    """

    _rules = ()
    _optional = ()
    _choices = ()

    def save(self, path, *, settings=None, inputs=None):
        """Write the model to an HDF5 file.

        Parameters
        ----------
        path : str or Path
        settings, inputs : dict, optional
            The settings and the digests of the data that made it, for the record.
        """
        check_is_fitted(self, "n_iter_")
        arrays, attributes = self._state()
        write_arrays(
            path, self._kind, arrays, attributes=attributes, settings=settings, inputs=inputs
        )

    @classmethod
    def load(cls, path):
        """Read a model that `save` wrote.

        Parameters
        ----------
        path : str or Path

        Raises
        ------
        OSError
            If the file is missing, damaged, of another kind or of a newer format.
        """
        arrays, attributes = read_arrays(path, cls._kind)
        owner = attributes.get("estimator", cls.__name__)
        if owner != cls.__name__:
            raise OSError(f"{path}: a model of {owner}, expected one of {cls.__name__}")
        try:
            model = cls(**json.loads(attributes["parameters"]))
            model._take_state(arrays, attributes)
        except (KeyError, TypeError, ValueError) as error:
            raise OSError(f"{path}: not a whole {cls._kind} file ({error})") from error
        return model

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.positive_only = True
        return tags

    def _state(self):
        """Return (arrays, attributes) of all that a fit has reached."""
        parameters = json.dumps(self._parameters())
        return self._to_arrays(), {
            "estimator": type(self).__name__,
            "n_iter": self.n_iter_,
            "parameters": parameters,
        }

    def _take_state(self, arrays, attributes):
        self._from_arrays(arrays)
        self.n_iter_ = int(attributes["n_iter"])

    def _take_running_state(self, arrays, attributes):
        """Take up what a checkpoint has kept."""
        self._take_state(arrays, attributes)

    def _parameters(self):
        # A NumPy scalar as a parameter is as good as a number of Python's.
        return {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in self.get_params().items()
        }

    def _checkpoint(self, path, frames, start):
        """Return the `Checkpoint` of a fit that begins with some arrays, a dict."""
        return Checkpoint(path, self._identity(frames, start), type(self).__name__)

    def _identity(self, frames, start):
        """Return a digest of all that decides how a fit ends."""
        parameters = self._parameters()
        del parameters["verbose"]
        parts = [type(self).__name__, __version__, frames.digest, parameters]
        identity = hashlib.blake2b(json.dumps(parts).encode(), digest_size=16)
        for name, values in sorted(start.items()):
            identity.update(name.encode())
            identity.update(np.ascontiguousarray(values).tobytes())
        return identity.hexdigest()

    def _resume(self, checkpoint):
        """Take up the state that a checkpoint keeps; return False if it has none of this fit."""
        state = checkpoint.read()
        if state is None:
            return False
        self._take_running_state(*state)
        name = type(self).__name__
        log.info("%s: goes on after step %d of %s", name, state[1]["n_iter"], checkpoint.path)
        return True

    def _frames_of(self, X):
        check_is_fitted(self, "n_iter_")
        self._check_parameters()
        return as_frames(X, n_rows=self.n_features_in_, rows=self._rows)

    def _check_parameters(self):
        for names, valid, expected in self._rules:
            for name in names:
                value = getattr(self, name)
                if value is None and name in self._optional:
                    continue
                number = isinstance(value, Real) and not isinstance(value, bool)
                # Whole numbers may be too large for NumPy to look at.
                finite = number and (isinstance(value, Integral) or np.isfinite(value))
                if not finite or not valid(value):
                    raise ValueError(f"{name} is {value!r}, expected {expected}")
        for name, choices in self._choices:
            value = getattr(self, name)
            if value not in choices:
                expected = " or ".join(map(repr, choices))
                raise ValueError(f"{name} is {value!r}, expected {expected}")
