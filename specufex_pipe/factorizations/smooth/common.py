"""What smooth NMF and smooth convex NMF share: their activations."""

from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from specufex_pipe.events.checks import EventsLike, as_frames, in_form_of
from specufex_pipe.events.frames import Batch, Frames
from specufex_pipe.factorizations.base import peak_order
from specufex_pipe.factorizations.iterative import IterativeFactorization
from specufex_pipe.factorizations.smooth.updates import (
    allocate,
    divergence,
    links_of,
    penalty,
    update_activations,
)
from specufex_pipe.factorizations.start import FrameBlocks, Survey, frames_like
from specufex_pipe.fitting.estimator import Arrays, ShouldStop
from specufex_pipe.fitting.parameters import Rule, at_least
from specufex_pipe.numerics.types import BoolArray, FloatArray


class SmoothFactorization(IterativeFactorization):
    """What the smooth factorizations share: activations H, and the components W that go with them.

    `_H` (n_frames, n_components) are the activations of all events during a fit.
    """

    smoothness: float
    activations_: EventsLike
    _H: FloatArray

    _cost_meaning = (
        "the Kullback-Leibler divergence from the spectrograms, and the penalty on activations "
        "that change"
    )
    tol: float
    _rules: ClassVar[tuple[Rule, ...]] = (*IterativeFactorization._rules, at_least(0, "smoothness"))

    def _fit_events(
        self,
        X: EventsLike,
        given: dict[str, Any],
        checkpoint: str | Path | None,
        should_stop: ShouldStop | None,
    ) -> Self:
        self._check_parameters()
        frames = as_frames(X, rows=self._rows)
        start = {name: values for name, values in given.items() if values is not None}
        if "activations" in start:
            start["activations"] = frames_like(
                start["activations"], frames.offsets, self.n_components, "activations"
            )
        self._fit(frames, start, checkpoint, should_stop)
        if not start:
            self._sort()
        self.activations_ = in_form_of(X, Frames(self._H, frames.offsets))
        return self

    def _begin_activations(self, activations: FloatArray | None, data: Survey) -> None:
        """Share each frame out evenly over the components."""
        if activations is None:
            shares = inverse(self.gain_) / self.n_components
            activations = data.frame_sums[:, None] * shares
        self._H = activations.copy()

    def _update_activations(self, blocks: FrameBlocks, links: BoolArray) -> FloatArray:
        """Update all activations; return the allocation of the frames that goes with them."""
        allocation = np.zeros(self.components_.shape)
        outside = before = np.zeros(self.n_components)
        for here, X in blocks:
            old = self._H[here]
            after = self._H[here.stop] if here.stop < len(self._H) else outside
            here_links = links[here.start : here.stop + 1]
            new = update_activations(
                X, old, self.components_, self.smoothness, here_links, before, after
            )
            before = old[-1].copy()
            self._H[here] = new
            allocation = allocation + allocate(X, new, self.components_)
        return allocation

    def _cost(self, blocks: FrameBlocks, links: BoolArray) -> float:
        total = sum(divergence(X, self._H[here], self.components_) for here, X in blocks)
        return total + penalty(self._H, self.components_, links, self.smoothness)

    def _infer_activations(self, batch: Batch) -> FloatArray:
        events = [self._infer_event(event) for event in batch.events()]
        return np.concatenate(events)

    def _infer_event(self, frames: FloatArray) -> FloatArray:
        X, W = frames.astype(np.float64), self.components_
        links = links_of(np.array([0, len(X)]))
        outside = np.zeros(len(W))
        H = np.repeat(X.sum(axis=1, keepdims=True) / W.sum(), len(W), axis=1)
        costs = [divergence(X, H, W) + penalty(H, W, links, self.smoothness)]
        for _ in range(self.max_iter):
            H = update_activations(X, H, W, self.smoothness, links, outside, outside)
            costs.append(divergence(X, H, W) + penalty(H, W, links, self.smoothness))
            if costs[-2] - costs[-1] <= self.tol * costs[-2]:
                break
        return H

    def _to_arrays(self) -> Arrays:
        return {"components": self.components_, "gain": self.gain_, "cost": np.array(self.cost_)}

    def _running_arrays(self) -> Arrays:
        return {"activations": self._H}

    def _from_arrays(self, arrays: Arrays) -> None:
        self.components_ = arrays["components"]
        self.n_features_in_ = self.components_.shape[1]
        self.cost_ = arrays["cost"].tolist()

    def _from_running_arrays(self, arrays: Arrays) -> None:
        self._H = arrays["activations"]

    def _sort(self) -> None:
        order = peak_order(self.components_)
        self.components_, self._H = self.components_[order], self._H[:, order]


def inverse(values: FloatArray) -> FloatArray:
    """Return the inverses of numbers; 0 of 0."""
    return np.divide(1, values, out=np.zeros_like(values), where=values > 0)
