"""`EnsembleJoiner`: the features that several NMFs give, side by side."""

import json
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np

from specufex_pipe.features.blocks import DEFAULT_WEIGHTS
from specufex_pipe.features.joining import Blocks, FeatureJoiner
from specufex_pipe.numerics.types import Array, FloatArray, IntArray


class EnsembleJoiner:
    """Puts the features of each of several NMFs side by side, so that all count alike.

    Each NMF has a `FeatureJoiner`. Its features are divided by the root of the number of NMFs, so
    that the squared distance between two events is the mean of those that the NMFs give. What is
    of no model, such as the duration, is there once for each NMF, and so counts as with one.

    Parameters
    ----------
    weights : dict of float
        As for `FeatureJoiner`.

    Attributes
    ----------
    joiners_ : list of FeatureJoiner
        One of each NMF.
    models_ : ndarray of int, shape (n_features,)
        Number of the NMF that a column is of, from 0. With one NMF, that of the HMM; -1 for a
        column that is of none.
    """

    joiners_: list[FeatureJoiner]

    def __init__(self, weights: Mapping[str, float] = DEFAULT_WEIGHTS) -> None:
        self.weights = FeatureJoiner(weights).weights

    def fit(self, blocks: Sequence[Blocks]) -> Self:
        """Learn centres and spreads.

        Parameters
        ----------
        blocks : sequence of dict of ndarray
            What each NMF gives, of the same events; see `FeatureJoiner.fit`.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            As `FeatureJoiner.fit`.
        """
        self.joiners_ = [FeatureJoiner(self.weights).fit(each) for each in blocks]
        return self

    def transform(self, blocks: Sequence[Blocks]) -> FloatArray:
        """Return the features of events; those of an event depend on that event alone.

        Parameters
        ----------
        blocks : as for `fit`

        Returns
        -------
        ndarray of shape (n_events, n_features)

        Raises
        ------
        ValueError
            As `FeatureJoiner.transform`, or if the blocks are of another number of NMFs than there.
        """
        if len(blocks) != len(self.joiners_):
            raise ValueError(
                f"the features are of {len(self.joiners_)} NMFs, and {len(blocks)} are given"
            )
        features = [
            joiner.transform(each) for joiner, each in zip(self.joiners_, blocks, strict=True)
        ]
        return features[0] if len(features) == 1 else np.hstack(features) / np.sqrt(len(features))

    @property
    def models_(self) -> IntArray:
        """Number of the NMF, or with one NMF of the HMM, that a column is of."""
        if len(self.joiners_) == 1:
            return self.joiners_[0].models_
        return np.repeat(
            np.arange(len(self.joiners_)), [len(joiner.models_) for joiner in self.joiners_]
        )

    def get_feature_names_out(self) -> Array:
        """Return the names of the columns; see `FeatureJoiner.get_feature_names_out`.

        With several NMFs they begin with nmf_NUMBER_, in which numbers start from 1.

        Returns
        -------
        ndarray of str objects, shape (n_features,)
        """
        names = [joiner.get_feature_names_out() for joiner in self.joiners_]
        if len(names) == 1:
            return names[0]
        return np.array(
            [f"nmf_{number}_{name}" for number, of_nmf in enumerate(names, 1) for name in of_nmf],
            dtype=object,
        )

    def to_arrays(self) -> dict[str, Array]:
        """Return what `fit` learned, for a file; `description` has the rest."""
        arrays: dict[str, Array] = {}
        for number, joiner in enumerate(self.joiners_, start=1):
            arrays |= joiner.to_arrays(number)
        return arrays

    def description(self) -> str:
        """Return weights and shapes of the blocks of each NMF as JSON, for a file."""
        return json.dumps([joiner.description() for joiner in self.joiners_])

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array], description: str) -> Self:
        """Return the joiner that `to_arrays` and `description` tell of.

        Raises
        ------
        KeyError, TypeError, ValueError
            If they do not belong together, or something is missing.
        """
        told = json.loads(description)
        joiner = cls(told[0]["weights"])
        joiner.joiners_ = [
            FeatureJoiner.from_arrays(arrays, each, number)
            for number, each in enumerate(told, start=1)
        ]
        return joiner
