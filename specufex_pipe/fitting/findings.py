"""What a fitted estimator found, beside its diagram in a notebook."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from specufex_pipe.summaries import as_html


class ShowsFindings(ABC):
    """An estimator that adds a table to scikit-learn's diagram, once it is fitted.

    It stands before `BaseEstimator` among the bases, whose representations it adds to.
    """

    @abstractmethod
    def _findings(self) -> Mapping[str, str]:
        """Return what was found, as names and values."""

    def _repr_html_inner(self) -> str:
        return super()._repr_html_inner() + self._findings_as_html()  # type: ignore[misc]

    def _repr_mimebundle_(self, **options: Any) -> dict[str, str]:
        bundle: dict[str, str] = super()._repr_mimebundle_(**options)  # type: ignore[misc]
        if "text/html" in bundle:
            bundle["text/html"] += self._findings_as_html()
        return bundle

    def _findings_as_html(self) -> str:
        try:
            check_is_fitted(self)
        except NotFittedError:
            return ""
        return as_html(f"What this {type(self).__name__} found", self._findings())


def to_distrust(warnings: Sequence[str]) -> dict[str, str]:
    """Return what to distrust of a fit as a row of its findings."""
    return {"to distrust": "; ".join(warnings) or "nothing that was noticed"}
