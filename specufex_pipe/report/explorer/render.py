"""The page of the explorer: a template filled with a run, its plots and its data."""

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

from bokeh.resources import Resources
from jinja2 import Environment, PackageLoader, StrictUndefined

from specufex_pipe.report.explorer.event_plots import event_plots
from specufex_pipe.report.explorer.explored import Explored
from specufex_pipe.report.explorer.parts import script_json
from specufex_pipe.report.explorer.plots import plots_of

# One after the other they make one script; the first has what all others share.
_SCRIPTS = (
    "core", "format", "theme", "thinning", "axes", "figures", "picking", "plots", "filter_form",
    "sorting", "table", "pictures", "event", "neighbours", "members", "sound", "csv",
    "label_store", "label_files", "labels", "keyboard", "main",
)  # fmt: skip
_STYLES = ("page.css", "event.css")
# Scripts that have not been written here do not run, whatever texts are in the page; the script of
# the page may add others, with which it reads data that lie beside it. Styles need no such care.
_POLICY = (
    "default-src 'none'; script-src {hashes} 'strict-dynamic'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
)
# Of columns whose filters are in sight at once, and which attributes do not begin with.
_FIRST_RANGES = ("time", "magnitude", "membership")
_NO_ATTRIBUTES = {
    "first_component", "second_component", "first_umap", "second_umap", "membership",
    "second_membership", "silhouette", "latitude", "longitude", "along_section",
}  # fmt: skip


def render_explorer(
    explored: Explored, run: dict[str, Any], parts: Iterable[tuple[str, str]]
) -> str:
    """Write the page of the explorer.

    Parameters
    ----------
    explored : explored.Explored
    run : dict
        What the page knows of it before any part has been read, as JSON has it.
    parts : iterable of (str, str)
        Keys of the parts that are inside the page, and these as `parts.encode_part` writes them.

    Returns
    -------
    str
        HTML that needs no other file but the parts that are beside it.
    """
    environment = _environment()
    scripts = [_bokeh(), _own_script(environment)]
    plots = plots_of(explored)
    ranges = [column for column in run["columns"] if column["kind"] in ("number", "time")]
    return environment.get_template("page.html").render(
        run=run,
        policy=_POLICY.format(hashes=" ".join(_hash(script) for script in scripts)),
        styles=_STYLES,
        scripts=scripts,
        run_json=script_json(run),
        plots_json=script_json(plots),
        event_plots_json=script_json(event_plots(run["event"])),
        parts=parts,
        plot_names=[root["attributes"]["name"] for root in plots["document"]["roots"]],
        has_umap=any(column["key"] == "first_umap" for column in run["columns"]),
        chosen_attributes=_chosen_attributes(run["columns"]),
        first_ranges=[column for column in ranges if column["key"] in _FIRST_RANGES],
        more_ranges=[column for column in ranges if column["key"] not in _FIRST_RANGES],
    )


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("specufex_pipe.report.explorer", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None  # noqa: S101, it has just been given one
    return environment.loader.get_source(environment, name)[0]


def _bokeh() -> str:
    """Return Bokeh's script without its widgets, as it can stand within an element."""
    script: str = Resources(mode="inline", components=["bokeh"]).js_raw[0]
    return script.replace("</script", r"<\/script")


def _own_script(environment: Environment) -> str:
    sources = (_source(environment, f"{name}.js") for name in _SCRIPTS)
    return "\n".join(['(() => {\n"use strict";', *sources, "})();"])


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _chosen_attributes(columns: list[dict[str, Any]]) -> tuple[str, str]:
    """Return the keys of the two columns that are plotted against each other at first."""
    numbers = [column["key"] for column in columns if column["kind"] == "number"]
    attributes = [key for key in numbers if key not in _NO_ATTRIBUTES]
    first, second, *_ = [*attributes, "membership", "silhouette"]
    return first, second
