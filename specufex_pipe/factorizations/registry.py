"""The factorizations by name, as nmf.method chooses from them, and what their jobs ask for."""

from typing import TYPE_CHECKING, NamedTuple

from specufex_pipe.fitting.cost import Cost
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


class JobCosts(NamedTuple):
    """What the jobs of a factorization ask for.

    Attributes
    ----------
    fit, transform : Cost
    in_memory : bool
        Whether a fit has all of its events in memory.
    """

    fit: Cost
    transform: Cost
    in_memory: bool


# A fit has its events in memory several times, and activations are found event by event.
_IN_MEMORY = JobCosts(Cost(2000, 1500, 120, 0), Cost(1000, 0, 10, 150), in_memory=True)
# Here and not in the classes: rules ask before any job runs, and the classes take longer to load
# than all else that a start of Snakemake does.
_JOB_COSTS = {
    "bayesian": JobCosts(Cost(2000, 1, 120, 0), Cost(1000, 0, 10, 12), in_memory=False),
}


def job_costs(name: str) -> JobCosts:
    """Return what the jobs of a factorization ask for."""
    return _JOB_COSTS.get(name, _IN_MEMORY)
