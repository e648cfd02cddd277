"""The section nmf: which factorization, and a section for each."""

from typing import Any, Literal

from pydantic import field_validator

from specufex_pipe.factorizations.registry import FACTORIZATIONS, job_costs
from specufex_pipe.settings.fit import FitSettings
from specufex_pipe.settings.section import Section, setting

_SHARED_KEYS = ("n_components", "random_state")
_IN_MEMORY = [name for name in FACTORIZATIONS if job_costs(name).in_memory]


# What a method was called in an earlier version.
_FORMER = {
    "minibatch_smooth_convex": "it is smooth_convex now, with nmf.smooth_convex.batch_size",
}


class BayesianSettings(FitSettings):
    """The Bayesian NMF; see `BayesianNMF`."""

    evidence_weight: float = setting(
        1.0, "how often a frame counts against the prior; less: fewer components", gt=0
    )
    forgetting: float = setting(0.6, "in (0.5, 1]; more: later steps count less", gt=0.5, le=1)
    annealing: float = setting(
        0.5, "in [0, 1); more: the first steps share the energy out more evenly", ge=0, lt=1
    )
    max_iter: int = setting(1000, "most steps", ge=1)
    check_every: int = setting(20, "steps between two checks of the held-out events", ge=1)
    patience: int = setting(3, "... over so many checks", ge=1)
    prune_below: float = setting(
        1e-4, "drop a component that explains less than this share of the energy", ge=0, lt=1
    )
    max_local_rounds: int = setting(100, "most rounds to infer activations", ge=1)
    local_tol: float = setting(
        1e-4, "stop a frame's rounds when they change its activations by less than this share",
        ge=0,
    )  # fmt: skip


class SeqSettings(Section):
    """SeqNMF: components that last several frames; see `SeqNMF`."""

    length: int = setting(10, "frames of a component", ge=1)
    cross_orthogonality: float = setting(
        0.001, "weight of the penalty on components that explain the same (lambda)", ge=0
    )
    sparse_components: float = setting(0.0, "weight of the sum of all components (L1)", ge=0)
    sparse_activations: float = setting(0.0, "weight of the sum of all activations (L1)", ge=0)
    orthogonal_components: float = setting(
        0.0, "weight of the overlap of components: favours parts", ge=0
    )
    orthogonal_activations: float = setting(
        0.0, "weight of activations at the same time: favours whole events", ge=0
    )
    penalize_components: bool = setting(
        True, "let the first penalty act on components, not on activations alone"
    )
    shift: bool = setting(True, "move components to the middle of their frames as they are learned")
    max_iter: int = setting(100, "most iterations", ge=1)
    tol: float | None = setting(
        None, "stop when the residual falls by less than this below the mean of the previous five "
        "iterations; null: never", "dB", ge=0,
    )  # fmt: skip


class SmoothSettings(Section):
    """Smooth NMF: activations that change little from frame to frame; see `SmoothNMF`."""

    smoothness: float = setting(0.01, "weight of the changes; more: smoother", ge=0)
    max_iter: int = setting(500, "most iterations", ge=1)
    tol: float = setting(
        1e-5, "stop when an iteration lowers the cost by less than this share", ge=0
    )


class SmoothConvexSettings(SmoothSettings):
    """Smooth NMF whose components are combinations of frames of the data."""

    batch_size: int | None = setting(
        None, "frames in memory at a time, for large max_events; null: all of them", ge=1
    )


class ReplicateSettings(Section):
    """scikit-learn's NMF, the best of several random starts; see `ReplicateNMF`."""

    n_replicates: int = setting(5, "starts", ge=1)
    loss: Literal["frobenius", "kullback-leibler", "itakura-saito"] = setting(
        "kullback-leibler",
        "frobenius, kullback-leibler or itakura-saito (for entries above 0 only)",
    )
    batch_size: int | None = setting(
        None, "frames in a minibatch of MiniBatchNMF; null for NMF", ge=1
    )
    max_iter: int = setting(500, "most iterations", ge=1)
    tol: float = setting(1e-4, "scikit-learn's tolerance", ge=0)


class NMFSettings(Section):
    """The factorization of spectrograms into components."""

    method: str = setting("bayesian", f"the factorization: {', '.join(FACTORIZATIONS)}")
    n_components: int = setting(
        75, "components at the start; the Bayesian NMF drops those that are not needed", ge=1
    )
    random_state: int = setting(
        0, "seed; those of other NMFs (clusters.n_nmfs) follow from it", ge=0
    )
    max_events: int = setting(
        1000, "size of the random sample that methods are fitted to which have all events in "
        f"memory: {', '.join(_IN_MEMORY)}", ge=1,
    )  # fmt: skip
    bayesian: BayesianSettings = BayesianSettings()
    seq: SeqSettings = SeqSettings()
    smooth: SmoothSettings = SmoothSettings()
    smooth_convex: SmoothConvexSettings = SmoothConvexSettings()
    replicate: ReplicateSettings = ReplicateSettings()

    @field_validator("method")
    @classmethod
    def _is_registered(cls, method: str) -> str:
        if method not in FACTORIZATIONS:
            choice = f"choose from {', '.join(FACTORIZATIONS)}"
            raise ValueError(_FORMER.get(method, f"not a factorization; {choice}"))
        return method

    @property
    def of_method(self) -> Section:
        """The section of the method."""
        section: Section = getattr(self, self.method)
        return section

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the method's estimator."""
        shared = {key: getattr(self, key) for key in _SHARED_KEYS}
        return shared | self.of_method.model_dump()

    def record(self) -> dict[str, Any]:
        """Return what the method depends on, for its file and for the report."""
        sample = {"max_events": self.max_events} if job_costs(self.method).in_memory else {}
        return {"method": self.method} | sample | self.parameters()

    def relevant(self) -> dict[str, Any]:
        """Return the keys that the method depends on."""
        keys = {"method", *_SHARED_KEYS, self.method}
        if job_costs(self.method).in_memory:
            keys.add("max_events")
        return self.model_dump(mode="json", include=keys)
