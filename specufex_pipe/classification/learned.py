"""What was learned of labels, which any event can be given."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from sklearn import config_context
from threadpoolctl import threadpool_limits

from specufex_pipe.classification.calibration import Calibration
from specufex_pipe.classification.candidates import Candidate
from specufex_pipe.classification.models import ForestModel, LinearModel, Model
from specufex_pipe.classification.novelty import Novelty
from specufex_pipe.clustering.learned import MEGABYTES_OF_DISTANCES
from specufex_pipe.clustering.space import Space
from specufex_pipe.events.frames import event_batches
from specufex_pipe.fitting.findings import to_distrust
from specufex_pipe.numerics.types import Array, FloatArray, IntArray
from specufex_pipe.summaries import shows_itself

_MODELS: dict[str, type[LinearModel | ForestModel]] = {
    model.method: model for model in (LinearModel, ForestModel)
}
_EVENTS_AT_A_TIME = 8192


class Tried(NamedTuple):
    """What the candidates were worth.

    Attributes
    ----------
    candidates : tuple of candidates.Candidate
    log_losses : tuple of float
        Mean over held-out events of minus the logarithm of the probability that their own label
        was given.
    """

    candidates: tuple[Candidate, ...]
    log_losses: tuple[float, ...]

    @property
    def best(self) -> int:
        """Place of the candidate that was chosen."""
        return int(np.argmin(self.log_losses))


class Classified(NamedTuple):
    """What labels events have, and how surely.

    Attributes
    ----------
    codes : ndarray of int, shape (n_events,)
        Place of the most probable label.
    probabilities : ndarray of shape (n_events, n_labels)
        Of each label, if the event has one of them.
    p_values : ndarray of shape (n_events,)
        Small for an event that is like none that is labelled; see `Novelty.p_values`.
    """

    codes: IntArray
    probabilities: FloatArray
    p_values: FloatArray


@shows_itself
@dataclass(frozen=True, repr=False)
class LearnedLabels:
    """Labels of events, and how sure they are.

    Attributes
    ----------
    labels : tuple of str
        In the order of the columns of probabilities.
    counts : ndarray of int, shape (n_labels,)
        Number of events with each label.
    space : space.Space
        In which events are points.
    model : models.LinearModel or models.ForestModel
        Of the points.
    calibration : calibration.Calibration
        Of what the model says.
    novelty : novelty.Novelty
    tried : Tried
    warnings : tuple of str
        What to distrust.
    """

    labels: tuple[str, ...]
    counts: IntArray
    space: Space
    model: Model
    calibration: Calibration
    novelty: Novelty
    tried: Tried
    warnings: tuple[str, ...]

    def classify(self, batches: Iterable[FloatArray]) -> Classified:
        """Return labels of events.

        Parameters
        ----------
        batches : iterable of ndarray of shape (n_events_of_batch, n_features)

        Returns
        -------
        Classified
        """
        with threadpool_limits(1), config_context(working_memory=MEGABYTES_OF_DISTANCES):
            found = [
                self._classify(features[events.start : events.stop])
                for features in batches
                for events in event_batches(len(features), _EVENTS_AT_A_TIME)
            ]
        if not found:
            none = np.zeros(0)
            return Classified(none.astype(np.int64), np.zeros((0, len(self.labels))), none)
        return Classified(*(np.concatenate(parts) for parts in zip(*found, strict=True)))

    def outcome(self) -> str:
        """Return what was found, for a log line."""
        method, value = self.tried.candidates[self.tried.best]
        return (
            f"{method.replace('_', ' ')} ({value:g}) tells {len(self.labels)} labels of "
            f"{self.counts.sum()} events, with a log loss of {min(self.tried.log_losses):.2f}"
        )

    def _summary(self) -> dict[str, str]:
        labels = zip(self.labels, self.counts, strict=True)
        return {
            "labels": ", ".join(f"{label} ({count:,})" for label, count in labels),
            "outcome": self.outcome(),
            **to_distrust(self.warnings),
        }

    def to_arrays(self) -> dict[str, Array]:
        """Return all numbers of it as arrays by name, for a file."""
        return {
            "counts": self.counts,
            "mean": self.space.mean,
            "principal_components": self.space.axes,
            **{name: np.asarray(each) for name, each in self.calibration._asdict().items()},
            "log_losses": np.array(self.tried.log_losses),
            **self.model.to_arrays(),
            **self.novelty.to_arrays(),
        }

    def to_texts(self) -> dict[str, Any]:
        """Return the rest of it by name, as JSON has it."""
        return {
            "labels": list(self.labels),
            "method": self.model.method,
            "candidates": [list(candidate) for candidate in self.tried.candidates],
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_parts(cls, arrays: Mapping[str, Array], texts: Mapping[str, Any]) -> Self:
        """Take up what `to_arrays` and `to_texts` returned.

        Raises
        ------
        KeyError
            If one is missing.
        """
        return cls(
            labels=tuple(texts["labels"]),
            counts=arrays["counts"],
            space=Space(arrays["mean"], arrays["principal_components"]),
            model=_MODELS[texts["method"]].from_arrays(arrays),
            calibration=Calibration(
                float(arrays["inverse_temperature"]),
                float(arrays["share_weight"]),
                arrays["log_shares"],
            ),
            novelty=Novelty.from_arrays(arrays),
            tried=Tried(
                tuple(Candidate(*candidate) for candidate in texts["candidates"]),
                tuple(arrays["log_losses"].tolist()),
            ),
            warnings=tuple(texts["warnings"]),
        )

    def _classify(self, features: FloatArray) -> Classified:
        found = self.model.log_probabilities(self.space.points(features))
        probabilities = np.exp(self.calibration.log_probabilities(found))
        p_values = self.novelty.p_values(self.space, features)
        return Classified(probabilities.argmax(axis=1), probabilities, p_values)
