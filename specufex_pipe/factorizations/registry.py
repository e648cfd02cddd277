"""The factorizations by name: what the setting nmf.method chooses from."""

from typing import TYPE_CHECKING

from specufex_pipe.registries import Registry

if TYPE_CHECKING:
    from specufex_pipe.factorizations.base import Factorization

FACTORIZATIONS: Registry["Factorization"] = Registry(
    "factorization",
    {
        "bayesian": "specufex_pipe.factorizations.bayesian.model:BayesianNMF",
        "seq": "specufex_pipe.factorizations.seq.model:SeqNMF",
        "smooth": "specufex_pipe.factorizations.smooth.plain:SmoothNMF",
        "smooth_convex": "specufex_pipe.factorizations.smooth.convex:SmoothConvexNMF",
        "replicate": "specufex_pipe.factorizations.replicate:ReplicateNMF",
    },
)
