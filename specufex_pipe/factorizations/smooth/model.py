"""Smooth NMF and smooth convex NMF: activations that change little from frame to frame."""

import numpy as np

from specufex_pipe.events.frames import Frames, as_frames, in_form_of
from specufex_pipe.factorizations.base import peak_order
from specufex_pipe.factorizations.iterative import (
    IterativeFactorization,
    diverse_frames,
    frames_like,
    start_values,
)
from specufex_pipe.factorizations.smooth.updates import (
    allocate,
    divergence,
    links_of,
    majorize_coefficients,
    majorize_components,
    penalty,
    reference_coefficients,
    squared_steps,
    update_activations,
    update_components,
)
from specufex_pipe.fitting.estimator import whole_numbers

# Of a start: what each frame that was not chosen contributes to a component, all together.
_SHARE_OF_THE_OTHERS = 0.2


class _SmoothFactorization(IterativeFactorization):
    """What the smooth factorizations share: activations H, and the components W that go with them.

    `_H` (n_frames, n_components) are the activations of all events while a fit goes on.
    """

    _rules = (
        *IterativeFactorization._rules,
        (("smoothness",), lambda value: value >= 0, "a number >= 0"),
    )

    def _fit_events(self, X, start, checkpoint, should_stop):
        self._check_parameters()
        frames = as_frames(X, rows=self._rows)
        start = {name: values for name, values in start.items() if values is not None}
        if "activations" in start:
            start["activations"] = frames_like(
                start["activations"], frames.offsets, self.n_components, "activations"
            )
        self._fit(frames, start, checkpoint, should_stop)
        if not start:
            self._sort()
        self.activations_ = in_form_of(X, Frames(self._H, frames.offsets))
        return self

    def _begin_activations(self, activations, data):
        """Share each frame out evenly over the components."""
        if activations is None:
            shares = _inverse(self.gain_) / self.n_components
            activations = data.frame_sums[:, None] * shares
        self._H = activations.copy()

    def _update_activations(self, blocks, links):
        """Update all activations; return the allocation of the frames that goes with them."""
        allocation = 0.0
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

    def _cost(self, blocks, links):
        total = sum(divergence(X, self._H[here], self.components_) for here, X in blocks)
        return total + penalty(self._H, self.components_, links, self.smoothness)

    def _infer_activations(self, batch):
        events = [self._infer_event(event) for event in batch.events()]
        return np.concatenate(events)

    def _infer_event(self, frames):
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

    def _to_arrays(self):
        return {"components": self.components_, "gain": self.gain_, "cost": np.array(self.cost_)}

    def _running_arrays(self):
        return {"activations": self._H}

    def _from_arrays(self, arrays):
        self.components_ = arrays["components"]
        self.n_features_in_ = self.components_.shape[1]
        self.cost_ = arrays["cost"].tolist()

    def _from_running_arrays(self, arrays):
        self._H = arrays["activations"]

    def _sort(self):
        order = peak_order(self.components_)
        self.components_, self._H = self.components_[order], self._H[:, order]


class SmoothNMF(_SmoothFactorization):
    """NMF with the Kullback-Leibler divergence and activations that change little over time.

    It minimizes

        D_KL(X | H W) + smoothness / 2 sum_k lambda_k^2 sum_t (h_tk - h_(t-1)k)^2

    with lambda_k the sum of component k, so that the scale of components does not matter. The
    second sum is over frames that follow each other in an event.

    Parameters
    ----------
    n_components : int
    smoothness : float
        Weight of the penalty, beta in the paper; 0 is plain NMF. The penalty grows with the square
        of the data and the divergence in proportion: data ten times as large need a tenth of it.
    max_iter : int
        Number of iterations at the most; also of those that infer the activations of an event.
    tol : float
        An iteration that lowers the cost by less than this share of it is the last one.
    random_state : int
        Seed of the start.
    verbose : bool
        Show progress.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_frequencies)
        By rising peak frequency; in the order of the start values if these were given.
    activations_ : in the form of the data that were fitted
        (n_components, n_frames) of each event; not kept in files.
    gain_ : ndarray of shape (n_components,)
        Energy that one unit of activation stands for.
    cost_ : list of float
        Before the first iteration and after each; it never rises.
    n_iter_ : int

    References
    ----------
    Essid, Févotte, IEEE Transactions on Multimedia 15 (2013), 415-425.
    """

    def __init__(
        self,
        n_components=10,
        *,
        smoothness=0.01,
        max_iter=500,
        tol=1e-5,
        random_state=0,
        verbose=False,
    ):
        self.n_components = n_components
        self.smoothness = smoothness
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X,
        y=None,
        *,
        components=None,
        activations=None,
        checkpoint=None,
        should_stop=None,
    ):
        """Fit components and activations.

        Parameters
        ----------
        X : ndarray of shape (n_frequencies, n_frames), or list of such, or ndarray of shape \
(n_events, n_frequencies, n_frames), or frames.Frames or store.FrameStore
            Entries >= 0. Events may differ in length.
        y : ignored
        components : ndarray of shape (n_components, n_frequencies), optional
            Start values; by default frames of the data that are far from each other.
        activations : in the form of X, (n_components, n_frames) of each event, optional
            Start values.
        checkpoint, should_stop : as for `BayesianNMF.fit`

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter, an event or a start value is not valid, or a frequency is 0 in all
            frames; the message says which.
        """
        start = {"components": components, "activations": activations}
        return self._fit_events(X, start, checkpoint, should_stop)

    def _begin(self, data, rng, components=None, activations=None):
        if components is None:
            _, spectra = diverse_frames(data, self.n_components, rng)
            # Half of each start is flat, so that no frequency is shut out of a component.
            components = (spectra + 1 / spectra.shape[1]) / 2
        shape = (self.n_components, len(data.row_sums))
        self.components_ = start_values(components, shape, "components")
        self._begin_activations(activations, data)
        self.cost_ = [self._cost(data.blocks, links_of(data.offsets))]

    def _iterate(self, data):
        links = links_of(data.offsets)
        allocation = self._update_activations(data.blocks, links)
        what = (
            self.components_,
            allocation,
            self._H.sum(axis=0),
            squared_steps(self._H, links),
            self.smoothness,
        )
        self.components_ = update_components(*what)
        cost = self._cost(data.blocks, links)
        if cost > self.cost_[-1]:
            self.components_ = majorize_components(*what)
            cost = self._cost(data.blocks, links)
        self.cost_.append(cost)


class SmoothConvexNMF(_SmoothFactorization):
    """Smooth NMF whose components are combinations of the data's own frames.

    It minimizes what `SmoothNMF` does, with components W = L' X: nonnegative combinations of
    frames, which makes them look like data.

    Parameters
    ----------
    n_components, smoothness, max_iter, tol, random_state, verbose : as for `SmoothNMF`
    update : {"majorization", "reference"}
        How L is updated. "majorization" minimizes a bound of the cost. "reference" is the formula
        of an earlier implementation, which ends where the cost has no minimum
        (docs/factorizations.md); where it would raise the cost, majorization takes its place.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_frequencies)
        By rising peak frequency; in the order of the start values if these were given.
    coefficients_ : ndarray of shape (n_frames of all events, n_components)
        L, how much of each frame is in each component; not kept in files.
    activations_ : in the form of the data that were fitted
        (n_components, n_frames) of each event; not kept in files.
    gain_ : ndarray of shape (n_components,)
        Energy that one unit of activation stands for.
    cost_ : list of float
        Before the first iteration and after each; it never rises.
    n_iter_ : int

    References
    ----------
    Essid, Févotte, IEEE Transactions on Multimedia 15 (2013), 415-425; Ding, Li, Jordan, IEEE
    Transactions on Pattern Analysis and Machine Intelligence 32 (2010), 45-55 (convex NMF).
    """

    _choices = (("update", ("majorization", "reference")),)

    def __init__(
        self,
        n_components=10,
        *,
        smoothness=0.01,
        update="majorization",
        max_iter=500,
        tol=1e-5,
        random_state=0,
        verbose=False,
    ):
        self.n_components = n_components
        self.smoothness = smoothness
        self.update = update
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.verbose = verbose

    @property
    def coefficients_(self):
        """L, shape (n_frames of all events, n_components)."""
        return self._L

    def fit(
        self,
        X,
        y=None,
        *,
        coefficients=None,
        activations=None,
        checkpoint=None,
        should_stop=None,
    ):
        """Fit components and activations.

        Parameters
        ----------
        X, y : as for `SmoothNMF.fit`
        coefficients : ndarray of shape (n_frames of all events, n_components), optional
            Start values; by default each component is mostly one frame, far from the others'.
        activations : in the form of X, (n_components, n_frames) of each event, optional
            Start values.
        checkpoint, should_stop : as for `BayesianNMF.fit`

        Returns
        -------
        self

        Raises
        ------
        ValueError
            As `SmoothNMF.fit`.
        """
        start = {"coefficients": coefficients, "activations": activations}
        return self._fit_events(X, start, checkpoint, should_stop)

    def _begin(self, data, rng, coefficients=None, activations=None):
        shape = (len(data.frame_sums), self.n_components)
        if coefficients is None:
            chosen, _ = diverse_frames(data, self.n_components, rng)
            coefficients = np.full(shape, _SHARE_OF_THE_OTHERS / shape[0])
            coefficients[chosen, np.arange(self.n_components)] += 1
            coefficients *= _inverse(data.frame_sums)[:, None]
        self._L = start_values(coefficients, shape, "coefficients")
        self.components_ = sum(self._L[here].T @ X for here, X in data.blocks)
        self._begin_activations(activations, data)
        self.cost_ = [self._cost(data.blocks, links_of(data.offsets))]

    def _iterate(self, data):
        links = links_of(data.offsets)
        allocation = self._update_activations(data.blocks, links)
        sums, steps = self._H.sum(axis=0), squared_steps(self._H, links)
        what = (data.frame_sums, allocation, self.gain_, sums, steps)
        if self.update == "reference":
            before = self._L.copy()
            self._update_coefficients(data.blocks, reference_coefficients, *what)
            cost = self._cost(data.blocks, links)
            if cost <= self.cost_[-1]:
                self.cost_.append(cost)
                return
            self._L = before
        self._update_coefficients(data.blocks, majorize_coefficients, *what)
        self.cost_.append(self._cost(data.blocks, links))

    def _update_coefficients(self, blocks, update, frame_sums, allocation, lengths, sums, steps):
        components = 0.0
        for here, X in blocks:
            gains = X @ allocation.T
            weights = (frame_sums[here], lengths, sums, steps, self.smoothness)
            self._L[here] = update(self._L[here], gains, *weights)
            components = components + self._L[here].T @ X
        self.components_ = components

    def _running_arrays(self):
        return {**super()._running_arrays(), "coefficients": self._L}

    def _from_running_arrays(self, arrays):
        super()._from_running_arrays(arrays)
        self._L = arrays["coefficients"]

    def _sort(self):
        self._L = self._L[:, peak_order(self.components_)]
        super()._sort()


class MiniBatchSmoothConvexNMF(SmoothConvexNMF):
    """Smooth convex NMF that reads its frames batch by batch, each time it needs them.

    Takes the steps of `SmoothConvexNMF` and comes to the same result, up to rounding, with any
    batch size: a frame at the edge of a batch is as close to its neighbour in the next batch as any
    other. The data stay in their store; the activations and coefficients of all frames are in
    memory.

    Parameters
    ----------
    n_components, smoothness, update, max_iter, tol, random_state, verbose : as for \
`SmoothConvexNMF`
    batch_size : int
        Number of frames in a batch.

    Attributes
    ----------
    components_, coefficients_, activations_, gain_, cost_, n_iter_ : as of `SmoothConvexNMF`
    """

    _rules = (*SmoothConvexNMF._rules, whole_numbers(1, "batch_size"))

    def __init__(
        self,
        n_components=10,
        *,
        smoothness=0.01,
        update="majorization",
        batch_size=4096,
        max_iter=500,
        tol=1e-5,
        random_state=0,
        verbose=False,
    ):
        super().__init__(
            n_components,
            smoothness=smoothness,
            update=update,
            max_iter=max_iter,
            tol=tol,
            random_state=random_state,
            verbose=verbose,
        )
        self.batch_size = batch_size

    def _frames_at_a_time(self):
        return self.batch_size


def _inverse(values):
    return np.divide(1, values, out=np.zeros_like(values), where=values > 0)
