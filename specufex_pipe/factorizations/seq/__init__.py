"""SeqNMF, convolutive NMF, and the choices and tests around it."""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from specufex_pipe.factorizations.seq.choice import (
        choose_cross_orthogonality,
        choose_n_components,
        costs,
        dissimilarity,
    )
    from specufex_pipe.factorizations.seq.model import SeqNMF
    from specufex_pipe.factorizations.seq.recurrence import significance
    from specufex_pipe.factorizations.seq.synthetic import generate_sequences

__all__ = [
    "SeqNMF",
    "choose_cross_orthogonality",
    "choose_n_components",
    "costs",
    "dissimilarity",
    "generate_sequences",
    "significance",
]

__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "choice": [
            "choose_cross_orthogonality",
            "choose_n_components",
            "costs",
            "dissimilarity",
        ],
        "model": ["SeqNMF"],
        "recurrence": ["significance"],
        "synthetic": ["generate_sequences"],
    },
)
