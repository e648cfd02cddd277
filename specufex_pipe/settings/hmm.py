"""The section hmm."""

from typing import Any, Literal

from pydantic import field_validator

from specufex_pipe.settings.fit import FitSettings
from specufex_pipe.settings.section import setting


class HMMSettings(FitSettings):
    """The Bayesian HMMs; see `BayesianHMM` and `HMMEnsemble`."""

    n_models: int = setting(
        2, "HMMs of each NMF with other seeds, whose fingerprints are features side by side; more: "
        "clusters depend less on the seed", ge=1,
    )  # fmt: skip
    n_states: int = setting(
        15, "hidden states; more: finer fingerprints, which need more events", ge=1
    )
    smoothing: int = setting(
        3, "frames over which energies are averaged first; an odd number", ge=1
    )
    background: float | None = setting(
        0.5, "quantile of each component's energy over an event's frames, which is subtracted; "
        "less (0.25) where events fill more than half of their windows; null for none", ge=0, lt=1,
    )  # fmt: skip
    loudness: float | None = setting(
        100.0, "mean energy of a frame, to which each event is scaled; null for no scaling", gt=0
    )
    init: Literal["kmeans", "random"] = setting(
        "kmeans", 'first states: "kmeans" groups of frames, or those near "random" frames'
    )
    max_local_rounds: int = setting(50, "most rounds to infer the states of an event", ge=1)
    local_tol: float = setting(
        1e-3, "stop the rounds when counts change by less than this share of the frames", ge=0
    )
    random_state: int = setting(0, "seed", ge=0)

    @field_validator("smoothing")
    @classmethod
    def _is_odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError("expected an odd number of frames")
        return value

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of each HMM."""
        return self.model_dump(exclude={"n_models"})

    def record(self) -> dict[str, Any]:
        """Return what the models depend on, for their file and for the report."""
        return self.model_dump()
