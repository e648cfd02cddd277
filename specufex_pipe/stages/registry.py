"""What there is to know of each stage: name, purpose, settings, files, scope and cost.

The command line, the rules' resources and the record in the report are made from it.
"""

from enum import Enum
from typing import Literal, NamedTuple

from specufex_pipe.fitting.cost import Cost


class Scope(Enum):
    """What a job of a stage works on."""

    RUN = "all events and channels"
    SHARD = "a channel or unit, the events of one shard"
    UNIT = "a channel or unit, all events"


class Threads(Enum):
    """How many threads a job of a stage has a use for."""

    ONE = "one"
    # Many shards keep all cores busy with one thread each.
    SHARED = "as many as the shards leave"
    # Of what is short.
    FEW = "few"
    ALL = "all"


class Stage(NamedTuple):
    """What there is to know of a stage.

    Attributes
    ----------
    summary : str
        What it does, in one line.
    reads, writes : tuple of str
        Files, as they are called in the folder of results, of a unit, or of its variant.
    scope : Scope
    sections : tuple of str
        Sections of the settings that it is given; the first is its own.
    depends : tuple of str
        Sections that its results depend on, by itself or by what it reads; of those that a
        variant may change.
    cost : Cost, "fit", "transform" or None
        What a job asks for, or which of the costs of the factorization that is; None for what takes
        a moment.
    threads : Threads
    resumes : bool
        Whether a job that was interrupted resumes where it was, and so asks for no more than
        before.
    for_each_hmm : bool
        Whether a job does the same for each of `hmm.n_models`, one after the other.
    """

    summary: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    scope: Scope = Scope.UNIT
    sections: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    cost: Cost | Literal["fit", "transform"] | None = None
    threads: Threads = Threads.ONE
    resumes: bool = False
    for_each_hmm: bool = False


_WAVEFORMS = ("waveforms",)
_SPECTROGRAMS = (*_WAVEFORMS, "spectrograms")
_NMF = (*_SPECTROGRAMS, "nmf")
_HMM = (*_NMF, "hmm")
_FINGERPRINTS = (*_HMM, "fingerprints")
_CLUSTERS = (*_FINGERPRINTS, "clusters")
_REPEATERS = (*_CLUSTERS, "repeaters")

# What the explorer shows, and figures and report.
_EXPLORED = (
    "catalog.h5",
    "waveforms.h5",
    "spectrograms.h5",
    "nmf.h5",
    "activations.h5",
    "hmm.h5",
    "fingerprints.h5",
    "clusters.h5",
    "assignments.h5",
    "background.h5",
    "repeaters/{variant}/families.h5",
)
_SHOWN = (
    *_EXPLORED,
    "comparison.h5",
    "labels.h5",
    "evaluation.h5",
)

# In the order of the pipeline. Costs are at least three times what was measured (docs/cluster.md),
# since machines differ. Waveforms depend on the source more than on anything else, and fits stop in
# time, whatever they are given.
STAGES: dict[str, Stage] = {
    # What these write lies outside of the results, and is named by the request.
    "download_events": Stage(
        "download the events of the catalog",
        reads=(),
        writes=(),
        scope=Scope.RUN,
        sections=("catalog", "download"),
    ),
    "download_stations": Stage(
        "download the stations and their responses",
        reads=(),
        writes=(),
        scope=Scope.RUN,
        sections=("stations", "download"),
    ),
    "catalog": Stage(
        "read the catalog, and write the table of its events",
        reads=(),
        writes=("catalog.h5",),
        scope=Scope.RUN,
        sections=("catalog",),
        cost=Cost(2000, 0, 240, 0),
    ),
    "download_waveforms": Stage(
        "ask web services for the waveforms that the windows need",
        reads=("catalog.h5",),
        writes=("downloads/{variant}.csv",),
        scope=Scope.RUN,
        sections=("source", "waveforms", "background", "download"),
        depends=_WAVEFORMS,
    ),
    "index": Stage(
        "index the source, and find out which channels are meant",
        reads=("catalog.h5",),
        writes=("index.csv", "channels.csv"),
        scope=Scope.RUN,
        sections=("source",),
        cost=Cost(2000, 0, 240, 0),
    ),
    "shards": Stage(
        "note what the waveforms of each shard depend on",
        reads=("catalog.h5", "index.csv", "channels.csv"),
        writes=("shards/{variant}.csv",),
        scope=Scope.RUN,
        sections=("waveforms", "source"),
        depends=_WAVEFORMS,
        cost=Cost(2000, 0, 240, 0),
    ),
    "waveforms": Stage(
        "read, check and prepare the window of each event",
        reads=("catalog.h5", "index.csv", "shards/{variant}.csv"),
        writes=("waveforms.h5",),
        scope=Scope.SHARD,
        sections=("waveforms", "source"),
        depends=_WAVEFORMS,
        cost=Cost(1000, 1, 20, 60),
    ),
    "spectrograms": Stage(
        "make a spectrogram of each waveform",
        reads=("waveforms.h5",),
        writes=("spectrograms.h5",),
        scope=Scope.SHARD,
        sections=("spectrograms",),
        depends=_SPECTROGRAMS,
        cost=Cost(500, 0, 10, 6),
    ),
    "rejected": Stage(
        "list the events that did not make it, and why",
        reads=("waveforms.h5", "spectrograms.h5"),
        writes=("rejected.csv",),
        depends=_SPECTROGRAMS,
    ),
    "join": Stage(
        "make one store of those of the shards",
        reads=("rejected.csv",),
        writes=("waveforms.h5", "spectrograms.h5", "activations.h5", "fingerprints.h5"),
        cost=Cost(1000, 2, 10, 3),
    ),
    "nmf": Stage(
        "learn the components of the spectrograms",
        reads=("spectrograms.h5",),
        writes=("nmf.h5",),
        sections=("nmf",),
        depends=_NMF,
        cost="fit",
        threads=Threads.ALL,
        resumes=True,
    ),
    "activations": Stage(
        "infer how strong each component is in each frame",
        reads=("spectrograms.h5", "nmf.h5"),
        writes=("activations.h5",),
        scope=Scope.SHARD,
        depends=_NMF,
        cost="transform",
        threads=Threads.SHARED,
    ),
    "hmm": Stage(
        "learn the states that events pass through",
        reads=("activations.h5", "nmf.h5"),
        writes=("hmm.h5",),
        sections=("hmm",),
        depends=_HMM,
        cost=Cost(2000, 1, 120, 0),
        threads=Threads.ALL,
        resumes=True,
        for_each_hmm=True,
    ),
    "fingerprints": Stage(
        "infer the states of each event and its fingerprint",
        reads=("activations.h5", "nmf.h5", "hmm.h5"),
        writes=("fingerprints.h5",),
        scope=Scope.SHARD,
        sections=("fingerprints",),
        depends=_FINGERPRINTS,
        cost=Cost(1000, 0, 10, 6),
        threads=Threads.SHARED,
        for_each_hmm=True,
    ),
    "clusters": Stage(
        "learn groups of events with similar features",
        reads=("fingerprints.h5", "waveforms.h5", "catalog.h5"),
        writes=("clusters.h5",),
        sections=("clusters",),
        depends=_CLUSTERS,
        cost=Cost(2000, 1, 30, 0),
    ),
    "assign": Stage(
        "assign each event to a cluster",
        reads=("fingerprints.h5", "clusters.h5", "waveforms.h5", "catalog.h5"),
        writes=("assignments.h5",),
        depends=_CLUSTERS,
        cost=Cost(1000, 6, 10, 1.2),
    ),
    "neighbours": Stage(
        "find the events that are nearest to each event by its features",
        reads=("fingerprints.h5", "clusters.h5", "waveforms.h5", "catalog.h5"),
        writes=("neighbours.h5",),
        sections=("neighbours",),
        depends=_CLUSTERS,
        cost=Cost(1000, 6, 10, 1.2),
    ),
    "repeaters": Stage(
        "find families of repeating events by the waveforms of all stations",
        reads=("catalog.h5", "waveforms.h5", "neighbours.h5"),
        writes=(
            "repeaters/{variant}/families.h5",
            "repeaters/{variant}/families.csv",
            "repeaters/{variant}/recurrence.csv",
        ),
        scope=Scope.RUN,
        sections=("repeaters",),
        depends=_REPEATERS,
        cost=Cost(2000, 6, 20, 3),
        threads=Threads.ALL,
    ),
    "differential_times": Stage(
        "write the differential times of pairs of events for HypoDD and GrowClust",
        reads=("repeaters/{variant}/families.h5",),
        writes=(
            "repeaters/{variant}/dt.cc",
            "repeaters/{variant}/xcordata.txt",
            "repeaters/{variant}/event_numbers.csv",
            "repeaters/{variant}/station_labels.csv",
        ),
        scope=Scope.RUN,
        sections=("repeaters",),
        depends=_REPEATERS,
        cost=Cost(1000, 3, 10, 1.2),
    ),
    "distances": Stage(
        "write matrices of distances between events",
        reads=(
            "fingerprints.h5",
            "clusters.h5",
            "waveforms.h5",
            "spectrograms.h5",
            "catalog.h5",
        ),
        writes=("distances.h5",),
        sections=("distances",),
        depends=_CLUSTERS,
        cost=Cost(4000, 1, 60, 0.1),
        threads=Threads.FEW,
    ),
    "classifier": Stage(
        "learn the labels of some events, and measure how well those of others are found",
        reads=(
            "fingerprints.h5",
            "clusters.h5",
            "spectrograms.h5",
            "waveforms.h5",
            "catalog.h5",
            "repeaters/{variant}/families.h5",
        ),
        writes=("classifier.h5", "evaluation.h5"),
        sections=("classifier",),
        depends=_REPEATERS,
        cost=Cost(2000, 1, 60, 0.6),
    ),
    "classify": Stage(
        "give each event the most probable of the labels that were learned",
        reads=("fingerprints.h5", "clusters.h5", "classifier.h5", "waveforms.h5", "catalog.h5"),
        writes=("labels.h5",),
        sections=("classifier",),
        depends=_REPEATERS,
        cost=Cost(1000, 6, 10, 1.2),
    ),
    "events": Stage(
        "write the events and their clusters as a table and as QuakeML, and what to distrust",
        reads=(
            "assignments.h5",
            "catalog.h5",
            "waveforms.h5",
            "spectrograms.h5",
            "nmf.h5",
            "hmm.h5",
            "clusters.h5",
            "labels.h5",
            "repeaters/{variant}/families.h5",
        ),
        writes=("events.csv", "events.csv-metadata.json", "events.xml"),
        depends=_REPEATERS,
        cost=Cost(500, 2, 10, 1.2),
    ),
    "background": Stage(
        "assign windows without events, which clusters are held against",
        reads=(
            "catalog.h5",
            "index.csv",
            "shards/{variant}.csv",
            "nmf.h5",
            "hmm.h5",
            "clusters.h5",
        ),
        writes=("background.h5",),
        sections=("background", "waveforms", "source", "spectrograms", "fingerprints"),
        depends=_CLUSTERS,
        cost=Cost(1000, 1, 20, 1.2),
    ),
    "comparison": Stage(
        "compare the variants of a unit, and hold them against labels",
        reads=(
            "spectrograms.h5",
            "nmf.h5",
            "activations.h5",
            "fingerprints.h5",
            "assignments.h5",
        ),
        writes=("comparison.h5", "comparison.csv", "comparison.png"),
        cost=Cost(1000, 3, 20, 1.2),
    ),
    "figures": Stage(
        "write the figures for papers",
        reads=_SHOWN,
        writes=("figures",),
        sections=("report",),
        depends=_REPEATERS,
        cost=Cost(1000, 3, 20, 1.2),
    ),
    "report": Stage(
        "write the page that shows it all",
        reads=_SHOWN,
        writes=("report.html",),
        sections=("report",),
        depends=_REPEATERS,
        cost=Cost(1000, 3, 20, 1.2),
        threads=Threads.FEW,
    ),
    "explorer": Stage(
        "write the page to look at events, to select and to label them",
        reads=_EXPLORED,
        writes=("explorer.html",),
        sections=("report",),
        depends=_REPEATERS,
        cost=Cost(1000, 3, 20, 1.8),
        threads=Threads.FEW,
    ),
    "compared": Stage(
        "compare all units and variants, and write the index of their reports",
        reads=(
            "catalog.h5",
            "waveforms.h5",
            "spectrograms.h5",
            "nmf.h5",
            "hmm.h5",
            "fingerprints.h5",
            "clusters.h5",
            "assignments.h5",
            "events.csv-metadata.json",
        ),
        writes=("compared.html", "index.html"),
        scope=Scope.RUN,
        cost=Cost(1000, 8, 20, 3),
    ),
}
