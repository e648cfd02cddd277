"""The section clusters: which clustering, of which features, and a section for each method."""

from typing import Any, Self

from pydantic import field_validator, model_validator

from specufex_pipe.clustering.names import check_names
from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.features.blocks import DEFAULT_WEIGHTS, check_weights
from specufex_pipe.settings.section import Section, setting

# Those of `clustering.number`, which takes long to load.
_RULES = ("stability", "silhouette", "calinski_harabasz")
_SHARED_KEYS = (
    "n_clusters",
    "n_clusters_min",
    "n_clusters_max",
    "n_principal_components",
    "n_neighbors",
    "n_averages",
    "n_resamples",
    "max_events",
    "random_state",
)


class KMeansSettings(Section):
    """k-means."""

    n_init: int = setting(5, "starts; the best is kept", ge=1)


class GaussianMixtureSettings(Section):
    """A mixture of Gaussians along the axes."""

    n_init: int = setting(3, "starts of k-means, which it begins with; the best is kept", ge=1)


class HDBSCANSettings(Section):
    """HDBSCAN, which finds the number itself, and leaves events out (cluster 0)."""

    smallest: float = setting(
        0.02, "share of the events, below which a group is not a cluster", gt=0, lt=0.5
    )


class SpectralSettings(Section):
    """Spectral clustering on the graph of neighbours."""

    n_init: int = setting(5, "starts of k-means on its eigenvectors", ge=1)


class ConsensusSettings(Section):
    """What many partitions of draws of events and NMFs keep together."""

    n_partitions: int = setting(20, "partitions", ge=1)


class ClusterSettings(Section):
    """How events are clustered."""

    method: str = setting("kmeans", f"the clustering: {', '.join(CLUSTERINGS)}")
    n_clusters: int | str = setting(
        "stability", "the number, or the rule that chooses it: stability, silhouette or "
        "calinski_harabasz",
    )  # fmt: skip
    n_clusters_min: int = setting(2, "numbers that are tried, from this ...", ge=2)
    n_clusters_max: int = setting(30, "... to this", ge=2)
    features: dict[str, float] = setting(
        dict(DEFAULT_WEIGHTS), "what events are compared by, and its weight: fingerprints, "
        "occupancy, mean_energies, duration, an attribute (docs/data/attributes.md), or "
        "catalog.COLUMN",
    )  # fmt: skip
    n_nmfs: int = setting(
        3, "NMFs with other seeds, each with its HMMs, whose features stand side by side; more: "
        "clusters depend less on the seed, and each takes as long as the first", ge=1,
    )  # fmt: skip
    n_principal_components: int | None = setting(
        30, "of the features, in which distances are measured; null for all", ge=1
    )
    n_neighbors: int = setting(15, "neighbours of an event; at most a tenth of the events", ge=1)
    n_averages: int = setting(
        5, "how often events are averaged over their neighbours before they are divided (not by "
        "spectral and consensus); 0 for never", ge=0,
    )  # fmt: skip
    n_resamples: int = setting(
        20, "of events and NMFs, which tell how many clusters hold and how sure they are; with "
        "fewer than 10 the number that stability chooses is not sure", ge=2,
    )  # fmt: skip
    max_events: int = setting(
        20_000, "events to learn from, drawn at random; the others are assigned", ge=2
    )
    random_state: int = setting(0, "seed", ge=0)
    names: str | dict[int, str] | None = setting(
        None, "of the clusters, {1: long-period, 2: explosions}, or the cluster_names.csv that the "
        "explorer saves; shown beside their numbers. Changes no cluster",
    )  # fmt: skip
    kmeans: KMeansSettings = KMeansSettings()
    gaussian_mixture: GaussianMixtureSettings = GaussianMixtureSettings()
    hdbscan: HDBSCANSettings = HDBSCANSettings()
    spectral: SpectralSettings = SpectralSettings()
    consensus: ConsensusSettings = ConsensusSettings()

    @field_validator("method")
    @classmethod
    def _is_registered(cls, method: str) -> str:
        if method not in CLUSTERINGS:
            raise ValueError(f"not a clustering; choose from {', '.join(CLUSTERINGS)}")
        return method

    @field_validator("n_clusters", mode="before")
    @classmethod
    def _is_a_number_or_a_rule(cls, given: Any) -> Any:
        if isinstance(given, str) and given.isdecimal():
            given = int(given)  # as Snakemake's --config has numbers within a section
        is_number = isinstance(given, int) and not isinstance(given, bool) and given >= 2
        if not is_number and given not in _RULES:
            raise ValueError(f"expected a whole number >= 2, or one of {', '.join(_RULES)}")
        return given

    @field_validator("features")
    @classmethod
    def _are_known(cls, features: dict[str, float]) -> dict[str, float]:
        check_weights(features)
        return features

    @field_validator("names", mode="before")
    @classmethod
    def _are_a_table_or_names(cls, given: Any) -> Any:
        if given is None or (isinstance(given, str) and given):
            return given
        # JSON and the command line have numbers that are keys as text.
        if isinstance(given, dict) and all(
            str(number).isdecimal() and isinstance(name, str) for number, name in given.items()
        ):
            names = {int(number): name for number, name in given.items()}
            check_names(names)
            return names
        raise ValueError(
            "expected the path of a table, or names by number, {1: long-period, 2: explosions}"
        )

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Self:
        if self.n_clusters_min > self.n_clusters_max:
            raise ValueError(
                f"n_clusters_min is {self.n_clusters_min}, expected at most n_clusters_max "
                f"{self.n_clusters_max}"
            )
        return self

    @property
    def names_file(self) -> str | None:
        """The table of names, if they are in one."""
        return self.names if isinstance(self.names, str) else None

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of `EventClusterer`."""
        shared = {key: getattr(self, key) for key in ("method", *_SHARED_KEYS)}
        return shared | {"method_parameters": self._of_method().model_dump()}

    def record(self) -> dict[str, Any]:
        """Return what the clustering depends on, for its file and for the report."""
        return self.relevant()

    def relevant(self) -> dict[str, Any]:
        """Return the keys that the clustering depends on."""
        keys = {"method", "features", "n_nmfs", *_SHARED_KEYS, self.method}
        return self.model_dump(mode="json", include=keys)

    def _of_method(self) -> Section:
        # A method without parameters of its own has no section.
        section: Section = getattr(self, self.method, Section())
        return section
