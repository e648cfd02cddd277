"""The section clusters: which clustering, and a section for each."""

from typing import Any, Self

from pydantic import field_validator, model_validator

from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.settings.section import Section, setting

_SHARED_KEYS = ("n_clusters_min", "n_clusters_max", "n_principal_components", "random_state")


class KMeansSettings(Section):
    """k-means; see `KMeansClustering`."""

    n_init: int = setting(20, "starts; the best is kept", ge=1)


class ClusterSettings(Section):
    """How fingerprints are clustered."""

    method: str = setting("kmeans", f"the clustering: {', '.join(CLUSTERINGS)}")
    n_clusters_min: int = setting(
        2, "the number of clusters with the best mean silhouette is taken, from this ...", ge=2
    )
    n_clusters_max: int = setting(
        10, "... to this; silhouette favours few: set the minimum to what you expect", ge=2
    )
    n_principal_components: int | None = setting(
        30, "of the fingerprints, in which distances are measured; null for all", ge=1
    )
    random_state: int = setting(0, "seed", ge=0)
    kmeans: KMeansSettings = KMeansSettings()

    @field_validator("method")
    @classmethod
    def _is_registered(cls, method: str) -> str:
        if method not in CLUSTERINGS:
            raise ValueError(f"not a clustering; choose from {', '.join(CLUSTERINGS)}")
        return method

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Self:
        if self.n_clusters_min > self.n_clusters_max:
            raise ValueError(
                f"n_clusters_min is {self.n_clusters_min}, expected at most n_clusters_max "
                f"{self.n_clusters_max}"
            )
        return self

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the clustering."""
        section: Section = getattr(self, self.method)
        return self.model_dump(include=set(_SHARED_KEYS)) | section.model_dump()

    def record(self) -> dict[str, Any]:
        """Return what the clustering depends on, for its file and for the report."""
        return {"method": self.method} | self.parameters()

    def relevant(self) -> dict[str, Any]:
        """Return the keys that the clustering depends on."""
        return self.model_dump(mode="json", include={"method", *_SHARED_KEYS, self.method})
