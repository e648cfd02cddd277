"""The section classifier."""

from typing import Any, Literal

from specufex_pipe.settings.section import Section, setting


class ClassifierSettings(Section):
    """What learns the labels of some events, and gives them to the others."""

    method: Literal["best", "logistic_regression", "random_forest"] = setting(
        "best", "what tells labels: logistic_regression, random_forest, or the best of them on "
        "events that are held out",
    )  # fmt: skip
    n_principal_components: int | None = setting(
        30, "of the features, which it learns from; null for all", ge=1
    )
    n_folds: int = setting(
        5, "parts that labelled events are divided into, by blocks of time and with families "
        "together, to be held out in turn", ge=2,
    )  # fmt: skip
    novelty_rate: float = setting(
        0.05, 'share of the labelled events that are called "none of these" by mistake', ge=0, lt=1
    )
    n_suggestions: int = setting(20, "events that are proposed to be labelled next", ge=0)
    random_state: int = setting(0, "seed", ge=0)

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of `EventClassifier`."""
        return self.model_dump(exclude={"n_suggestions"})
