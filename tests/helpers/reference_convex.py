"""Smooth convex NMF as an earlier implementation has it, to hold this one against."""

from specufex_pipe.factorizations import SmoothConvexNMF
from specufex_pipe.factorizations.smooth.updates import links_of, positive_root, squared_steps


class ReferenceConvexNMF(SmoothConvexNMF):
    """Takes the earlier step where it does not raise the cost, and the bound's step elsewhere."""

    def _iterate(self, data):
        links = links_of(data.offsets)
        allocation = self._update_activations(data.blocks, links)
        sums, steps = self._H.sum(axis=0), squared_steps(self._H, links)
        before, lengths = self._L.copy(), self.gain_
        components = 0.0
        for here, X in data.blocks:
            gains = X @ allocation.T
            weights = (data.frame_sums[here], lengths, sums, steps, self.smoothness)
            self._L[here] = reference_coefficients(before[here], gains, *weights)
            components = components + self._L[here].T @ X
        old, self.components_ = self.components_, components
        cost = self._cost(data.blocks, links)
        if cost > self.cost_[-1]:
            self._L, self.components_ = before, old
            self._update_coefficients(data, allocation, sums, steps)
            cost = self._cost(data.blocks, links)
        self.cost_.append(cost)


def reference_coefficients(L, gains, frame_sums, lengths, sums, steps, beta):
    """Return new coefficients as an earlier implementation has them; see docs/factorizations.md.

    Its quadratic equation has half the curvature of the penalty, and the pull of all components
    where that of one, weighted by its roughness, belongs. Parameters as for
    `majorize_coefficients`.
    """
    frame_sums = frame_sums[:, None]
    shares = frame_sums * L
    others = lengths.sum() - shares.sum(axis=1, keepdims=True)
    return positive_root(
        beta / 2 * frame_sums**2 * steps,
        frame_sums * sums + beta * frame_sums * others,
        L * gains,
    )
