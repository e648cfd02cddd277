"""What the settings of both Bayesian models have in common."""

from specufex_pipe.settings.section import Section, setting


class FitSettings(Section):
    """The fit of a Bayesian model by stochastic variational inference."""

    evidence_weight: float = setting(1.0, "how often a frame counts against the prior", gt=0)
    batch_size: int = setting(32, "events in a step", ge=1)
    delay: float = setting(1.0, "the step size is (delay + step) ** -forgetting", ge=1)
    forgetting: float = setting(0.7, "in (0.5, 1]; more: later steps count less", gt=0.5, le=1)
    max_iter: int = setting(500, "most steps", ge=1)
    held_out_share: float = setting(0.1, "share of the events that decide when to stop", ge=0, lt=1)
    check_every: int = setting(10, "steps between two checks of the held-out events", ge=1)
    tol: float = setting(1e-3, "stop when their bound rises by less than this share ...", ge=0)
    patience: int = setting(5, "... over so many checks", ge=1)
