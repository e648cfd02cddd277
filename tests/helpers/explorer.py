"""Made-up runs for the explorer, of any number of events, without a file."""

import numpy as np

from specufex_pipe.plotting.style import cluster_color, contrasting_color
from specufex_pipe.plotting.views import Clock, Level, Places, Station
from specufex_pipe.report.explorer.details import pictures_of, records_of
from specufex_pipe.report.explorer.explored import ClusterNote, Column, Detail, Explored
from specufex_pipe.report.explorer.parts import encode_part
from specufex_pipe.report.explorer.render import render_explorer

IDS, MOST_DRAWN = 10_000, 10_000
PICTURES, RECORDS, MOST_SHOWN = 100, 25, 12_000
N_STATES = 5
FREQUENCIES = np.linspace(1, 20, 30)
CLOCK = Clock(before=5.0, sampling_rate=100.0, first_frame=0.64, frame_interval=0.5)
DAY = 86_400_000.0
FIRST_DAY = 1_262_304_000_000.0  # 2010-01-01


def explored(n_events=300, *, n_clusters=3, with_places=True, texts=None, seed=0):
    """Return a run of events in groups; `texts` replaces the identifiers, unit and names."""
    random = np.random.default_rng(seed)
    clusters = random.integers(1, n_clusters + 1, n_events) if n_clusters else np.zeros(n_events)
    clusters = clusters.astype(np.uint16)
    points = random.normal(size=(n_events, 6)).astype(np.float32)
    points[:, 0] += 4 * clusters
    points[:, 1] += 3 * (clusters % 2)
    texts = texts or {}
    event_ids = [f"event{number:07d}" for number in range(n_events)]
    for place, text in enumerate(texts.get("event_ids", ())):
        event_ids[place] = text
    number = lambda key, title, unit, values, log=False: Column(  # noqa: E731, short and local
        key, title, unit, "number", np.asarray(values, np.float32), log
    )
    columns = [
        Column(
            "time", "Time", "", "time",
            FIRST_DAY + np.sort(random.uniform(0, 60 * DAY, n_events)),
        ),
        number("first_component", "First principal component (40 %)", "", points[:, 0]),
        number("second_component", "Second principal component (20 %)", "", points[:, 1]),
        Column("cluster", "Cluster", "", "cluster", clusters),
        number("membership", "Membership", "", random.uniform(0.3, 1, n_events)),
        number("silhouette", "Silhouette", "", random.uniform(-0.2, 0.8, n_events)),
        Column("second_cluster", "Second cluster", "", "cluster", np.zeros(n_events, np.uint16)),
        number("second_membership", "Second membership", "", random.uniform(0, 0.3, n_events)),
        Column("outside", "Outside", "", "flag", np.zeros(n_events, np.uint8)),
        number("duration", "Duration", "s", random.lognormal(2, 0.4, n_events), True),
    ]  # fmt: skip
    magnitudes = random.exponential(0.6, n_events)
    magnitudes[::10] = np.nan
    columns.append(number("magnitude", "Magnitude", "", magnitudes))
    places = None
    if with_places:
        latitudes = 42 + random.normal(0, 0.02, n_events)
        longitudes = 13 + random.normal(0, 0.03, n_events)
        depths = random.uniform(1, 9, n_events)
        latitudes[::7] = longitudes[::7] = depths[::7] = np.nan
        columns += [
            number("latitude", "Latitude", "degrees", latitudes),
            number("longitude", "Longitude", "degrees", longitudes),
            number("depth", "Depth", "km", depths),
            number("along_section", "Along the section", "km", (longitudes - 13) * 82),
        ]
        line = np.array([[12.95, 41.97], [13.0, 42.0], [13.05, 42.03]])
        places = Places(
            latitudes, longitudes, depths, [Station("IV.T1", 42.01, 13.02, True)], [line]
        )
    notes = [
        ClusterNote(
            each, texts.get("name", ""),
            cluster_color(each), contrasting_color(cluster_color(each)),
            "steady" if each else "", 0.9, int((clusters == each).sum()),
        )
        for each in np.unique(clusters).tolist()
    ]  # fmt: skip
    return Explored(
        digest=f"{seed:032x}", clusters_digest=f"{seed + 1:032x}",
        unit=texts.get("unit", "YA.UV05.00.HHZ"), variant="main", event_ids=event_ids,
        columns=columns, clusters=notes, n_clusters=n_clusters,
        said=[f"{n_clusters} clusters were found."], points=points, clock=CLOCK,
        frequencies=FREQUENCIES, level=Level(), spectrogram_end=20.0, fingerprint_end=0.3,
        waveform_unit="m/s", n_states=N_STATES, places=places,
        details=lambda rows: [detail(int(row)) for row in rows],
    )  # fmt: skip


def detail(row):
    """Return an event whose waveform, spectrogram and states differ from row to row."""
    random = np.random.default_rng([1, row])
    n_frames = 20 + row % 30
    n_samples = 100 * (n_frames // 2) + 128
    times = np.arange(n_samples) / 100
    samples = np.exp(-times / 4) * np.sin(2 * np.pi * (2 + row % 8) * times)
    frames = random.uniform(0, 2, (n_frames, len(FREQUENCIES)))
    frames[:, row % len(FREQUENCIES)] += 18 * np.exp(-np.arange(n_frames) / 8)
    states = random.dirichlet(np.full(N_STATES, 0.2), n_frames)
    fingerprint = states[:-1].T @ states[1:] / (n_frames - 1)
    return Detail(samples, frames, states, fingerprint)


def write_explorer(explored, folder):
    """Write the page of a run, and what is beside it; return its path.

    Of few events there are neither pictures nor records; of many, the first have those of one.

    Parts are written plainly, one by one: what a page is to read, not how a run writes it.
    """
    parts = dict(parts_of(explored))
    inside = parts if explored.n_events <= MOST_DRAWN else {"sample": parts.pop("sample")}
    beside = f"explorer_data/{explored.digest}"
    if inside is not parts:
        for key, text in parts.items():
            path = folder / beside / f"{key}.js"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'explorer_received("{key}",{text});', encoding="utf-8")
    run = run_of(explored, None if inside is parts else beside)
    page = folder / "explorer.html"
    page.write_text(render_explorer(explored, run, inside.items()), encoding="utf-8")
    return page


def parts_of(explored):
    """Yield the parts of a run with their keys."""
    n_events = explored.n_events
    for place, column in enumerate(explored.columns):
        yield f"column/{place}", encode_part({"values": column.values})
    for start in range(0, n_events, IDS):
        ids = explored.event_ids[start : start + IDS]
        yield f"ids/{start // IDS}", encode_part({"ids": ids})
    yield "points", encode_part({"values": explored.points})
    if n_events > MOST_DRAWN:
        rows = np.random.default_rng(2).permutation(n_events).astype(np.uint32)
        yield "order", encode_part({"rows": rows})
        first = rows[:MOST_DRAWN]
        values = {str(i): column.values[first] for i, column in enumerate(explored.columns)}
        yield "sample", encode_part({"rows": first, **values})
        yield from blocks_of(explored, "picture", pictures_of, PICTURES)
        yield from blocks_of(explored, "record", records_of, RECORDS)


def blocks_of(explored, kind, encode, size):
    """Yield blocks of the first events of many, which all look like the first one."""
    text = encode_part(encode(explored, [detail(0)] * size))
    for block in range(min(explored.n_events, MOST_SHOWN) // size):
        yield f"{kind}/{block}", text


def run_of(explored, folder):
    """Return what a page knows of a run before any part has been read."""
    fields = ("key", "title", "unit", "kind", "is_logarithmic")
    frequencies = explored.frequencies.tolist()
    return {
        "digest": explored.digest, "clusters_digest": explored.clusters_digest,
        "unit": explored.unit, "variant": explored.variant,
        "n_events": explored.n_events, "n_clusters": explored.n_clusters, "said": explored.said,
        "columns": [{name: getattr(each, name) for name in fields} for each in explored.columns],
        "clusters": [note._asdict() for note in explored.clusters],
        "event": {
            "frequencies": frequencies, "picture_frequencies": frequencies,
            "spectrogram_label": explored.level.label,
            "spectrogram_end": explored.spectrogram_end,
            "fingerprint_end": explored.fingerprint_end,
            "waveform_unit": explored.waveform_unit, "reference": explored.clock.reference,
            "n_states": explored.n_states,
        },
        "n_drawn": min(explored.n_events, MOST_DRAWN),
        "blocks": {"ids": IDS, "pictures": PICTURES, "records": RECORDS},
        "folder": folder, "records": "beside" if folder else "inside",
    }  # fmt: skip
