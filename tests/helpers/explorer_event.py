"""A page with the explorer's event, neighbours, members, sound and labels alone.

Its data are encoded here in plain steps, of a made-up run.
"""

import base64
import hashlib
import json
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from bokeh.resources import INLINE
from jinja2 import Environment, FileSystemLoader

from specufex_pipe.report import explorer as explorer_package
from specufex_pipe.report.explorer.event_plots import event_plots
from specufex_pipe.report.explorer.parts import encode_part, script_json

PAGE = Path(explorer_package.__file__).with_name("page")
SCRIPTS = (
    "core", "format", "theme", "pictures", "event", "neighbours", "members", "sound", "csv",
    "label_store", "label_files", "labels",
)  # fmt: skip
N_PARTS, MOST_COLUMNS, MOST_ROWS = 96, 48, 32
MOST_FRAMES, MOST_FREQUENCIES, MOST_SAMPLES = 256, 128, 16_384
BLOCKS = {"ids": 10_000, "pictures": 100, "records": 25}
MAIN = """
startTheme(); startEvent(); startNeighbours(); startMembers(); startLabels();
window.explorer = {
  run, bus, showEvent, selectRows, showWhere, nearestRows, sortedMembers, loadColumn, plotModel,
  loadedParts, toggleSound, soundOf, loadRecord, loadPicture, focusLabel, labelOf,
  parseCsv, csvOf, selection, currentRow: () => currentRow,
};
document.documentElement.dataset.started = "";
"""
STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1d2430, #e3e7ec);
  --muted: light-dark(#5b6470, #a5afba); --ground: light-dark(#fff, #14181d);
  --line: light-dark(#dde1e6, #39424d); --accent: light-dark(#35608f, #8fb8e8); }
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
body { max-width: 1200px; margin: 0 auto; padding: 1rem; background: var(--ground);
  color: var(--ink); font: 16px/1.5 sans-serif; }
table { border-collapse: collapse; font-size: 0.88rem; }
caption { text-align: left; font-weight: 600; }
th, td { padding: 0.2rem 1rem 0.2rem 0; border-bottom: 1px solid var(--line); text-align: left; }
tbody th { font-weight: 400; color: var(--muted); }
.badge { display: inline-block; min-width: 1.7em; padding: 0 0.4em; border-radius: 0.3em;
  font-weight: 700; text-align: center; }
"""


def write_page(folder, explored, *, beside=()):
    """Write explorer.html, and explorer_data/ with the parts whose keys begin with `beside`."""
    parts = parts_of(explored)
    kept = {key: text for key, text in parts.items() if not key.startswith(tuple(beside))}
    data = f"explorer_data/{explored.digest}"
    for key in parts.keys() - kept.keys():
        path = folder / data / f"{key}.js"
        path.parent.mkdir(parents=True, exist_ok=True)
        script = f"explorer_received({json.dumps(key)}, {parts[key]});"
        path.write_text(script, encoding="utf-8")
    run = run_of(explored, data if beside else None)
    path = folder / "explorer.html"
    path.write_text(page_of(explored, run, kept), encoding="utf-8")
    return path


@contextmanager
def opened(browser, path, *, expected=(), script="", **options):
    """Open a page and let it start.

    Errors fail, but for those with one of the `expected` texts, and so do requests that leave the
    folder. `script` runs before those of the page.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
    page, asked, errors = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda m: m.type in ("error", "warning") and errors.append(m.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(script)
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-started]")
    yield page
    inside = (path.parent.as_uri() + "/", "data:", "blob:")
    assert [url for url in asked if not url.startswith(inside)] == []
    assert [text for text in errors if not any(part in text for part in expected)] == []
    context.close()


def show(page, row):
    """Show an event, and wait until all of it is drawn."""
    page.evaluate("row => explorer.showEvent(row)", row)
    wait_for_event(page)


def wait_for_event(page):
    page.wait_for_selector(".event-panels:not([aria-busy])", state="attached")


def page_of(explored, run, parts):
    bokeh = "\n".join(INLINE.js_raw[:1])
    texts = [(PAGE / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    app = "\n".join(["(() => {", '"use strict";', *texts, MAIN, "})();"])
    policy = (
        f"default-src 'none'; script-src {hash_of(bokeh)} {hash_of(app)} 'strict-dynamic'; "
        "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
    templates = Environment(loader=FileSystemLoader(PAGE), autoescape=True)
    sections = "".join(
        templates.get_template(f"{name}.html").render() for name in ("event", "members", "labels")
    )
    json_script = '<script type="application/json" {}>{}</script>'.format
    data = [json_script('id="run"', script_json(run))]
    data += [json_script('id="event-plots-json"', script_json(event_plots(run["event"])))]
    data += [json_script(f'data-part="{key}"', text) for key, text in parts.items()]
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Explorer</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<style>{STYLE}{(PAGE / 'event.css').read_text(encoding='utf-8')}</style></head>"
        f'<body><button id="theme">Dark mode</button><span id="color-probe" hidden></span>'
        f"<main><h1>Explorer</h1>{sections}</main>{''.join(data)}"
        f"<script>{bokeh}</script><script>{app}</script></body></html>"
    )


def hash_of(script):
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def run_of(explored, folder=None):
    return {
        "digest": explored.digest, "clusters_digest": explored.clusters_digest,
        "unit": explored.unit, "variant": explored.variant, "n_events": explored.n_events,
        "n_clusters": explored.n_clusters, "said": explored.said,
        "columns": [
            {"key": each.key, "title": each.title, "unit": each.unit, "kind": each.kind,
             "is_logarithmic": each.is_logarithmic}
            for each in explored.columns
        ],
        "clusters": [each._asdict() for each in explored.clusters],
        "event": {
            "frequencies": kept_frequencies(explored, MOST_FREQUENCIES).tolist(),
            "picture_frequencies": kept_frequencies(explored, MOST_ROWS).tolist(),
            "spectrogram_label": explored.level.label, "spectrogram_end": explored.spectrogram_end,
            "fingerprint_end": explored.fingerprint_end, "waveform_unit": explored.waveform_unit,
            "reference": explored.clock.reference, "n_states": explored.n_states,
        },
        "n_drawn": min(explored.n_events, 10_000), "blocks": BLOCKS, "folder": folder,
        "records": "beside" if folder else "inside",
    }  # fmt: skip


def parts_of(explored):
    """Return all parts by their keys."""
    parts = {
        f"column/{place}": {"values": column.values}
        for place, column in enumerate(explored.columns)
    }
    parts["points"] = {"values": explored.points}
    everyone = np.arange(explored.n_events)
    for block in range(0, explored.n_events, BLOCKS["ids"]):
        ids = list(explored.event_ids[block : block + BLOCKS["ids"]])
        parts[f"ids/{block // BLOCKS['ids']}"] = {"ids": ids}
    for kind, made in (("picture", pictures_of), ("record", records_of)):
        size = BLOCKS[f"{kind}s"]
        for first in range(0, explored.n_events, size):
            details = explored.details(everyone[first : first + size])
            parts[f"{kind}/{first // size}"] = made(explored, details)
    return {key: encode_part(part) for key, part in parts.items()}


def every(values, most):
    """Return the least step with which at most so many of the values are left."""
    return -(-len(values) // most)


def kept_frequencies(explored, most):
    return explored.frequencies[:: every(explored.frequencies, most)]


def picture_of(explored, detail):
    """Return the small picture of an event as plain arrays."""
    clock, samples = explored.clock, detail.samples
    peak = np.abs(samples).max() or 1.0
    pieces = np.array_split(samples / peak, N_PARTS)
    step = every(detail.frames, MOST_COLUMNS)
    frames = detail.frames[::step, :: every(explored.frequencies, MOST_ROWS)]
    return {
        "peak": peak, "start": -clock.before, "duration": len(samples) / clock.sampling_rate,
        "envelope": np.array([[127 * p.min(), 127 * p.max()] for p in pieces]).round(),
        "widths": len(frames), "frame_start": clock.first_frame - clock.before,
        "frame_interval": step * clock.frame_interval,
        "spectrogram": in_bytes(frames, explored.spectrogram_end),
        "states": detail.state_probabilities[::step].argmax(axis=1),
        "fingerprint": in_bytes(detail.fingerprint, explored.fingerprint_end),
    }  # fmt: skip


def record_of(explored, detail):
    """Return the whole record of an event as plain arrays."""
    clock = explored.clock
    samples = detail.samples[:MOST_SAMPLES]
    peak = np.abs(samples).max() or 1.0
    logarithms = np.log1p(255 * np.abs(samples) / peak) / np.log(256)
    frames = detail.frames[:MOST_FRAMES, :: every(explored.frequencies, MOST_FREQUENCIES)]
    return {
        "widths": len(frames), "frame_start": clock.first_frame - clock.before,
        "frame_interval": clock.frame_interval,
        "spectrogram": in_bytes(frames, explored.spectrogram_end),
        "states": in_bytes(detail.state_probabilities[:MOST_FRAMES], 1),
        "lengths": len(samples), "samples": (127 * np.sign(samples) * logarithms).round(),
        "sampling_rate": clock.sampling_rate, "peak": peak, "start": -clock.before,
    }  # fmt: skip


def in_bytes(values, end):
    return np.clip(255 * values / end, 0, 255).round()


PICTURE_TYPES = {
    "peak": np.float32, "start": np.float32, "duration": np.float32, "envelope": np.int8,
    "widths": np.uint16, "frame_start": np.float32, "frame_interval": np.float32,
    "spectrogram": np.uint8, "states": np.uint8, "fingerprint": np.uint8,
}  # fmt: skip
RECORD_TYPES = {
    "widths": np.uint16, "frame_start": np.float32, "frame_interval": np.float32,
    "spectrogram": np.uint8, "states": np.uint8, "lengths": np.uint32, "samples": np.int8,
    "sampling_rate": np.float32, "peak": np.float32, "start": np.float32,
}  # fmt: skip
# One of each event; the others are one after the other.
STACKED = {"envelope", "fingerprint"}


def pictures_of(explored, details):
    return block_of([picture_of(explored, each) for each in details], PICTURE_TYPES)


def records_of(explored, details):
    return block_of([record_of(explored, each) for each in details], RECORD_TYPES)


def block_of(events, types):
    block = {}
    for name, dtype in types.items():
        values = [event[name] for event in events]
        is_long = np.ndim(values[0]) > 0 and name not in STACKED
        block[name] = (np.concatenate if is_long else np.array)(values).astype(dtype)
    return block
