"""The files of a made-up run, with clusters that a test asks for, and the page of its report."""

import numpy as np

from helpers.clusters import learned_of
from helpers.waveforms import write_events_of
from specufex_pipe import BayesianNMF, EventClusterer, HMMEnsemble
from specufex_pipe.clustering import files as cluster_files
from specufex_pipe.clustering.number import Tried
from specufex_pipe.clustering.space import Space
from specufex_pipe.features.ensemble import EnsembleJoiner
from specufex_pipe.rejections import Kind, Rejection
from specufex_pipe.report.files import ModelFiles, ReportFiles
from specufex_pipe.settings import ReportSettings, SpectrogramSettings, WaveformSettings
from specufex_pipe.stages import report
from specufex_pipe.store import (
    Assignments,
    read_attributes,
    write_assignments,
    write_events,
)

N_FREQUENCIES, N_COMPONENTS, N_STATES, N_FRAMES, N_SAMPLES = 6, 4, 3, 9, 100
OF_WAVEFORMS = {
    "channel": "XX.STA..HHZ",
    "sampling_rate": 20.0,
    "before": 1.0,
    "unit": "m/s",
    "reference": "pick of P",
}
ATTRIBUTES = np.random.default_rng(5).gamma(1, 1, (100, 1))
HOSTILE_ID = "<script>alert('1')</script> & \"$x_\\"
HOSTILE_DETAIL = "<img src=x onerror=alert(1)>"


def write_results(
    folder, labels, *, event_ids=None, rejected=(), n_frames=None, method="sequence", n_models=1,
    n_nmfs=1, place=0, tree=None, columns=None,
):  # fmt: skip
    """Write the files of a run with these clusters; return their paths."""
    names = [name for name in ReportFiles._fields if name not in ("catalog", "others")]
    own = (folder / "unit/main" / f"{name}.h5" for name in names)
    paths = ReportFiles(folder / "catalog.h5", *own)
    paths.nmf.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    n_events, n_clusters = len(labels), max(labels)
    event_ids = event_ids or [f"event {i}" for i in range(n_events)]
    n_frames = n_frames or [N_FRAMES] * n_events

    def store(name, ids, lengths, *shape, inputs=(), rejected=(), settings=None, **per_event):
        frames = rng.gamma(1, 5, (sum(lengths), *shape)).astype(np.float32)
        made_from = {other: digest_of_file(getattr(paths, other)) for other in inputs}
        with write_events(
            getattr(paths, name), name, settings=settings or {"key": None}, inputs=made_from
        ) as writer:
            writer.append(ids, lengths, frames, **per_event)
            for rejection in rejected:
                writer.reject(rejection)
            if name == "waveforms":
                writer.attributes(**OF_WAVEFORMS)
                writer.describe("attributes", names=["peak_amplitude"], units=["m/s"])
            if name == "spectrograms":
                writer.array("frequencies", np.arange(1.0, N_FREQUENCIES + 1))
                writer.attributes(frame_interval=0.5, first_frame=0.25, scale="median", unit="dB")
        return frames

    write_models(paths, n_models)
    # The first waveform had no spectrogram.
    store(
        "waveforms", ["gone", *event_ids], [N_SAMPLES] * (n_events + 1), rejected=rejected,
        settings=WaveformSettings().model_dump(mode="json"),
        recorded_rate=np.full(n_events + 1, 20.0), attributes=ATTRIBUTES[: n_events + 1],
    )  # fmt: skip
    spectrograms = store(
        "spectrograms", event_ids, n_frames, N_FREQUENCIES,
        settings=SpectrogramSettings().model_dump(mode="json"),
    )  # fmt: skip
    store("activations", event_ids, n_frames, N_COMPONENTS, inputs=["nmf"])
    prints = rng.random((n_events, n_models, N_STATES, N_STATES))
    occupancy = rng.dirichlet(np.ones(N_STATES), (n_events, n_models))
    others = [files_of_nmf(paths, number) for number in range(2, n_nmfs + 1)]
    for number, files in enumerate(others, start=2):
        write_models(files, n_models, seed=number)
    paths = paths._replace(others=tuple(others))
    for seed, files in enumerate(paths.models):
        write_fingerprints(
            files, event_ids, n_frames, method, seed, fingerprints=prints, occupancy=occupancy
        )
    blocks = {"fingerprints": prints, "peak_amplitude": ATTRIBUTES[1 : n_events + 1, 0]}
    write_clusters(paths, [blocks] * n_nmfs, n_clusters, place, tree)
    write_tables(paths, event_ids, labels, columns or {})
    return paths, spectrograms, prints[:, 0]


def digest_of_file(path):
    return read_attributes(path)["digest"]


def files_of_nmf(paths, number):
    """Return where another NMF is kept; the first has number 1."""
    return ModelFiles(*(path.with_suffix(f".{number}.h5") for path in paths.models[0]))


def write_models(files, n_models, seed=1):
    rng = np.random.default_rng(seed)
    nmf = BayesianNMF(N_COMPONENTS, max_iter=2, check_every=1, prune_below=0)
    nmf.fit(rng.random((4, N_FREQUENCIES, N_FRAMES))).save(
        files.nmf, settings={"method": "bayesian"}
    )
    hmms = HMMEnsemble(n_models, n_states=N_STATES, max_iter=2, check_every=1)
    hmms.fit(rng.random((4, N_COMPONENTS, N_FRAMES)))
    hmms.save(files.hmm, inputs={"nmf": digest_of_file(files.nmf)})


def write_fingerprints(files, event_ids, n_frames, method, seed, **arrays):
    """Write fingerprints that the HMMs of an NMF made."""
    frames = np.random.default_rng(seed).random((sum(n_frames), N_STATES))
    settings, inputs = {"method": method, "horizon": 8}, {"hmm": digest_of_file(files.hmm)}
    with write_events(
        files.fingerprints, "fingerprints", settings=settings, inputs=inputs
    ) as writer:
        writer.append(event_ids, n_frames, frames, **arrays)


def write_clusters(paths, blocks, n_clusters, place, tree):
    """Write clusters in a space whose axes are the last column, and the one before it."""
    joiner = EnsembleJoiner({"fingerprints": 1.0, "peak_amplitude": 2.0}).fit(blocks)
    features = joiner.transform(blocks)
    learned = learned_of(
        np.maximum(0.96 - 0.1 * np.arange(n_clusters), 0.05),
        space=Space(features.mean(axis=0), np.eye(features.shape[1])[::-1][:2]),
        labels=np.ones(len(features), dtype=int),
        tried=tried_of([n_clusters, n_clusters + 1]),
        place=place,
        tree=tree,
    )
    cluster_files.save(
        paths.clusters,
        learned,
        parameters=EventClusterer("ward", n_clusters_max=20).get_params(),
        features=joiner.to_arrays(),
        description=joiner.description(),
        settings={"n_init": 3, "features": joiner.weights},
        inputs={
            name: [digest_of_file(getattr(of_nmf, name)) for of_nmf in paths.models]
            for name in ("fingerprints", "hmm")
        },
    )


def tried_of(numbers):
    values = np.linspace(0.6, 0.3, len(numbers))
    return Tried(np.array(numbers), *[values] * 5, values / 2, values / 3)


def write_tables(paths, event_ids, labels, columns):
    quoted = [event_id.replace('"', '""') for event_id in event_ids]
    times = [f"2020-01-01T00:0{i % 10}:00Z" for i in range(len(labels))]
    cells = zip(columns.get("time", times), *others_of(columns).values(), strict=True)
    rows = [f'"{name}",{",".join(row)}' for name, row in zip(quoted, cells, strict=True)]
    header = ",".join(("event_id", "time", *others_of(columns)))
    write_events_of(paths.catalog.parent, rows, header)
    n_events = len(labels)
    assignments = Assignments(
        event_ids,
        clusters=np.array(labels),
        memberships=0.95 - 0.01 * np.arange(n_events),
        second_clusters=np.full(n_events, 2),
        second_memberships=np.full(n_events, 0.04),
        silhouettes=0.5 - 0.01 * np.arange(n_events),
        distances=n_events - 1.0 - np.arange(n_events),
        are_outside=np.zeros(n_events, dtype=bool),
        are_new=np.zeros(n_events, dtype=bool),
    )
    inputs = {
        "clusters": digest_of_file(paths.clusters),
        "fingerprints": [digest_of_file(of_nmf.fingerprints) for of_nmf in paths.models],
    }
    write_assignments(paths.assignments, assignments, settings={}, inputs=inputs)


def others_of(columns):
    return {name: cells for name, cells in columns.items() if name != "time"}


def options_of(paths):
    """Return the files as the stage takes them."""
    files = paths._asdict()
    del files["others"]
    of_each_nmf = zip(*paths.models, strict=True)
    return files | dict(zip(ModelFiles._fields, map(list, of_each_nmf), strict=True))


def make_page(
    folder, labels, *, settings=None, comparison=None, names=None, write_beside=None, **options
):
    """Return the page of a run with these clusters; options are those of `write_results`.

    `write_beside` takes the paths of its files, and returns those of others to be shown.
    """
    paths, *_ = write_results(folder, labels, **options)
    beside = {} if write_beside is None else write_beside(paths)
    settings = ReportSettings.model_validate(
        {"examples_per_cluster": 1, "uncertain_per_cluster": 1, **(settings or {})}
    )
    page = folder / "report.html"
    report.run(settings, page, comparison=comparison, names=names, **options_of(paths), **beside)
    return page.read_text(encoding="utf-8")


def make_hostile_page(folder):
    """Return a page of a handful of events with names and reasons that try to be markup."""
    rejected = [Rejection("bad<b>", "waveforms", Kind.GAP, HOSTILE_DETAIL)] * 250
    ids = [f"{HOSTILE_ID}{i}" for i in range(5)]
    return make_page(folder, [1, 1, 1, 2, 2], event_ids=ids, rejected=rejected)
