"""`EventFingerprinter`: from spectrograms to a feature matrix, as a transformer of scikit-learn."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from specufex_pipe.events.checks import EventsLike, as_frames
from specufex_pipe.events.frames import EventFrames, Frames, event_batches
from specufex_pipe.events.sampling import EVENTS_TO_SCALE_BY, choose_events, sample_events
from specufex_pipe.events.views import Selection
from specufex_pipe.factorizations import BayesianNMF
from specufex_pipe.factorizations.base import Factorization
from specufex_pipe.features.blocks import (
    DEFAULT_WEIGHTS,
    DURATION,
    FINGERPRINTS,
    MEAN_ENERGIES,
    OCCUPANCY,
    OF_MODELS,
    check_weights,
)
from specufex_pipe.features.ensemble import EnsembleJoiner
from specufex_pipe.features.models import features_of_models
from specufex_pipe.fitting.findings import ShowsFindings, to_distrust
from specufex_pipe.fitting.parameters import (
    RANDOM_STATE_RULE,
    Choice,
    check_parameters,
    whole_numbers,
)
from specufex_pipe.hmm.ensemble import HMMEnsemble
from specufex_pipe.hmm.model import BayesianHMM
from specufex_pipe.numerics.randomness import seed_of_model
from specufex_pipe.numerics.types import Array, FloatArray, IntArray
from specufex_pipe.words import counted

_EVENTS_AT_A_TIME = 256
_RULES = (
    RANDOM_STATE_RULE,
    whole_numbers(1, "n_nmfs", "n_models", "horizon", "max_events", "max_events_in_memory"),
)
_CHOICES = (Choice("fingerprint", ("sequence", "transitions")),)


class EventFingerprinter(ShowsFindings, TransformerMixin, BaseEstimator):
    """Learns components and states of spectrograms, and turns events into rows of features.

    It does what the stages of the workflow do, bit for bit. NMFs are fitted to the spectrograms,
    and HMMs to the energies of each NMF's components. The HMMs give fingerprints, which are joined
    with other features; see docs/features.md.

    Parameters
    ----------
    nmf : factorization, optional
        `BayesianNMF` by default. It is cloned and fitted `n_nmfs` times, with different seeds. To
        use a fitted one as it is, wrap it in scikit-learn's `FrozenEstimator`; for several, give a
        list of these. `n_nmfs` then has no effect.
    hmm : BayesianHMM, optional
        `BayesianHMM` by default. It is cloned and fitted `n_models` times for each NMF, with
        different seeds. To use fitted HMMs as they are, wrap a `BayesianHMM` or an `HMMEnsemble` in
        `FrozenEstimator`; for several NMFs, give a list of these. `n_models` then has no effect.
    n_nmfs : int
        Number of NMFs.
    n_models : int
        Number of HMMs of each NMF.
    fingerprint, horizon : as for `BayesianHMM`
        They replace those of `hmm`.
    features : dict of float, optional
        Weights of the blocks of features "fingerprints", "occupancy", "mean_energies" and
        "duration"; by default as the workflow has them.
    max_events : int
        Number of events that the scales of the features are learned from; a random sample if there
        are more.
    max_events_in_memory : int
        Number of events that a factorization is fitted to if it needs all of them in memory; a
        random sample if there are more. A `BayesianNMF` is fitted to all events.
    random_state : int
        Seed of the samples, and of `nmf` and `hmm` if these are not given.

    Attributes
    ----------
    nmfs_ : list of factorization
        Fitted.
    hmms_ : list of HMMEnsemble
        Fitted, one of each NMF.
    joiner_ : EnsembleJoiner
        The scales of the features.
    n_features_in_ : int
        Number of frequencies.

    Examples
    --------
    >>> import numpy as np
    >>> from specufex_pipe import BayesianHMM, BayesianNMF, EventFingerprinter
    >>> from specufex_pipe.spectrograms import make_spectrograms
    >>> waveforms = np.random.default_rng(0).normal(size=(30, 2000))
    >>> spectrograms = make_spectrograms(waveforms, 100.0)  # Hz
    >>> nmf, hmm = BayesianNMF(5, max_iter=20), BayesianHMM(n_states=3, max_iter=10)
    >>> fingerprinter = EventFingerprinter(nmf, hmm, n_nmfs=2)
    >>> features = fingerprinter.fit_transform(spectrograms)
    >>> features.shape == (30, len(fingerprinter.get_feature_names_out()))
    True
    """

    def __init__(
        self,
        nmf: Factorization | FrozenEstimator | list[FrozenEstimator] | None = None,
        hmm: BayesianHMM | FrozenEstimator | list[FrozenEstimator] | None = None,
        *,
        n_nmfs: int = 3,
        n_models: int = 2,
        fingerprint: str = "sequence",
        horizon: int = 20,
        features: Mapping[str, float] | None = None,
        max_events: int = EVENTS_TO_SCALE_BY,
        max_events_in_memory: int = 1000,
        random_state: int = 0,
    ) -> None:
        self.nmf = nmf
        self.hmm = hmm
        self.n_nmfs = n_nmfs
        self.n_models = n_models
        self.fingerprint = fingerprint
        self.horizon = horizon
        self.features = features
        self.max_events = max_events
        self.max_events_in_memory = max_events_in_memory
        self.random_state = random_state

    def fit(self, X: EventsLike, y: None = None) -> Self:
        """Learn components, states and scales.

        Parameters
        ----------
        X : list of ndarray of shape (n_frequencies, n_frames_of_event), or ndarray of shape \
(n_events, n_frequencies, n_frames), or EventFrames
            During the fit, the activations of all events by one NMF are in memory.
        y : None

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter is not valid, a feature is not known or not of the models, the numbers of
            fitted HMMs and NMFs differ, or the spectrograms are not valid for `BayesianNMF.fit`.
        """
        check_parameters(self, _RULES, (), _CHOICES)
        joiner = EnsembleJoiner(self._weights())
        nmfs = self._nmfs()
        hmms = self._hmms(len(nmfs))
        frames = as_frames(X, rows="frequencies")
        self.n_features_in_ = frames.n_rows
        self.nmfs_, self.hmms_, blocks = [], [], []
        for nmf, of_nmf in zip(nmfs, hmms, strict=True):
            self._fit_nmf(nmf, frames)
            activations = _activations(nmf, frames)
            if not _is_fitted(self.hmm):
                of_nmf.fit(nmf.energies(activations))
            self.nmfs_.append(nmf)
            self.hmms_.append(of_nmf.with_fingerprints(self.fingerprint, self.horizon))
            blocks.append(self._sample(activations, joiner.weights))
        self.joiner_ = joiner.fit(blocks)
        return self

    def transform(self, X: EventsLike) -> FloatArray:
        """Return the features of events; those of an event depend on that event alone.

        Parameters
        ----------
        X : as for `fit`

        Returns
        -------
        ndarray of shape (n_events, n_features)

        Raises
        ------
        ValueError
            As for `fit`, or if the events have another number of frequencies than in `fit`.
        """
        check_is_fitted(self)
        frames = as_frames(X, n_rows=self.n_features_in_, rows="frequencies")
        return np.concatenate(
            [
                self.joiner_.transform(
                    [
                        _blocks(nmf.transform(batch), nmf, hmms)
                        for nmf, hmms in zip(self.nmfs_, self.hmms_, strict=True)
                    ]
                )
                for batch in _batches(frames)
            ]
        )

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Return the names of the columns; see `EnsembleJoiner.get_feature_names_out`.

        Parameters
        ----------
        input_features : ignored

        Returns
        -------
        ndarray of str objects, shape (n_features,)
        """
        check_is_fitted(self)
        return self.joiner_.get_feature_names_out()

    @property
    def models_(self) -> IntArray:
        """Number of the NMF that each column comes from, from 0; see `EnsembleJoiner`."""
        return self.joiner_.models_

    def _findings(self) -> dict[str, str]:
        n_components = ", ".join(str(nmf.n_components_) for nmf in self.nmfs_)
        n_hmms = sum(len(each.models) for each in self.hmms_)
        warnings = [said for nmf in self.nmfs_ for said in nmf.warnings_]
        warnings += [said for hmms in self.hmms_ for said in hmms.warnings_]
        return {
            "NMFs": f"{len(self.nmfs_)} of {n_components} components",
            "HMMs": f"{n_hmms} of {self.hmms_[0].n_states} states",
            "features": f"{len(self.models_):,}",
            **to_distrust(warnings),
        }

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.positive_only = True
        return tags

    def _weights(self) -> Mapping[str, float]:
        weights = DEFAULT_WEIGHTS if self.features is None else self.features
        check_weights(weights)
        if others := [name for name in weights if name not in OF_MODELS]:
            raise ValueError(
                f"{others[0]} is not a feature of spectrograms: choose from {', '.join(OF_MODELS)}"
            )
        return weights

    def _nmfs(self) -> list[Factorization]:
        """Return NMFs to fit, or those that are fitted."""
        if _is_fitted(self.nmf):
            return _fitted(self.nmf)
        nmf: Any = BayesianNMF(random_state=self.random_state) if self.nmf is None else self.nmf
        if not isinstance(nmf, Factorization):
            raise ValueError(
                f"nmf is of {type(nmf).__name__}, expected a factorization, of which n_nmfs are "
                "fitted; or fitted ones within sklearn.frozen.FrozenEstimator, one or a list"
            )
        check_parameters(nmf, [RANDOM_STATE_RULE], (), ())
        return [
            clone(nmf).set_params(random_state=seed_of_model(nmf.random_state, number))
            for number in range(self.n_nmfs)
        ]

    def _hmms(self, n_nmfs: int) -> list[HMMEnsemble]:
        """Return HMMs of each NMF to fit, or those that are fitted."""
        if _is_fitted(self.hmm):
            return self._fitted_hmms(n_nmfs)
        hmm = BayesianHMM(random_state=self.random_state) if self.hmm is None else self.hmm
        if not isinstance(hmm, BayesianHMM):
            raise ValueError(
                f"hmm is of {type(hmm).__name__}, expected a BayesianHMM, of which n_models are "
                "fitted; or fitted HMMs within sklearn.frozen.FrozenEstimator"
            )
        return [HMMEnsemble(self.n_models, **hmm.get_params()) for _ in range(n_nmfs)]

    def _fitted_hmms(self, n_nmfs: int) -> list[HMMEnsemble]:
        if not _is_fitted(self.nmf):
            raise ValueError(
                "hmm is fitted, and nmf is not: expected the NMF, within FrozenEstimator, whose "
                "energies the HMMs were fitted to"
            )
        hmms = _fitted(self.hmm)
        if len(hmms) != n_nmfs:
            raise ValueError(
                f"hmm has fitted HMMs of {counted(len(hmms), 'NMF')}, and nmf has "
                f"{counted(n_nmfs, 'NMF')}: expected as many, each fitted to the energies of its "
                "NMF"
            )
        return [each if isinstance(each, HMMEnsemble) else HMMEnsemble.of([each]) for each in hmms]

    def _fit_nmf(self, nmf: Factorization, frames: EventFrames) -> None:
        if _is_fitted(self.nmf):
            return
        if not nmf.reads_minibatches:
            frames = sample_events(frames, nmf.random_state, self.max_events_in_memory)
        nmf.fit(frames)

    def _sample(self, activations: Frames, names: Collection[str]) -> dict[str, Array]:
        """Return the blocks of the events that scales are learned from, by the last NMF."""
        chosen = choose_events(activations.n_events, self.random_state, self.max_events)
        parts = [
            _blocks(batch, self.nmfs_[-1], self.hmms_[-1])
            for batch in _batches(Selection(activations, chosen))
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in names}


def _is_fitted(given: Any) -> bool:
    """Return whether what is given is within `FrozenEstimator`, one model or a list of them."""
    models = given if isinstance(given, list) else [given]
    return bool(models) and all(isinstance(model, FrozenEstimator) for model in models)


def _fitted(given: FrozenEstimator | list[FrozenEstimator]) -> list[Any]:
    models = [each.estimator for each in (given if isinstance(given, list) else [given])]
    for model in models:
        check_is_fitted(model)
    return models


def _activations(nmf: Factorization, frames: EventFrames) -> Frames:
    parts = [nmf.transform(batch) for batch in _batches(frames)]
    return Frames(np.concatenate([part.frames for part in parts]), frames.offsets)


def _blocks(activations: Frames, nmf: Factorization, hmms: HMMEnsemble) -> dict[str, Array]:
    """Return the blocks of features that an NMF and its HMMs give of some events."""
    found = features_of_models(activations, nmf, hmms)
    return {
        FINGERPRINTS: found.fingerprints,
        OCCUPANCY: found.occupancy,
        MEAN_ENERGIES: found.mean_energies,
        DURATION: np.diff(activations.offsets),
    }


def _batches(frames: EventFrames) -> Iterator[Frames]:
    """Iterate over some events at a time."""
    for events in event_batches(frames.n_events, _EVENTS_AT_A_TIME):
        yield Frames(*frames.read(events))
