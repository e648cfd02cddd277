"""`specufex-pipe init`: the folder of a project."""

import json
import shlex
import shutil
from pathlib import Path

import jinja2

from specufex_pipe.commands.shipped import shipped
from specufex_pipe.errors import SettingsError
from specufex_pipe.settings.document import config_yaml, json_schema

DEMONSTRATION = "demonstration"
_TEMPLATES = Path(__file__).with_name("templates")
SOURCES = (DEMONSTRATION, "folder", "sds", "fdsn", "seisbench", "asdf", "specufex")
EVENTS = ("local", "regional", "volcano", "laboratory")
_SCHEMA = "config.schema.json"
_DEMO = Path("resources/demo")


def make_project(folder: Path, source: str = DEMONSTRATION, events: str | None = None) -> None:
    """Write config.yaml with its schema, profiles and a README into a folder.

    Parameters
    ----------
    folder : Path
        Folder of the project, new or empty.
    source : str
        Where the waveforms come from, one of SOURCES.
    events : str, optional
        Kind of events, one of EVENTS; local by default.

    Raises
    ------
    SettingsError
        If the folder is not empty, or a kind of events is given for the demonstration.
    OSError
        If the folder cannot be written.
    """
    if source == DEMONSTRATION and events is not None:
        raise SettingsError(
            f"--events is {events!r}, but the demonstration has settings of its own; "
            f"give --source, one of {', '.join(SOURCES[1:])}"
        )
    if set("{}") & set(str(folder.resolve())):
        raise SettingsError(f"{folder}: Snakemake takes braces for wildcards; choose another name")
    if folder.exists() and not folder.is_dir():
        raise SettingsError(f"{folder} is a file; give the name of a folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise SettingsError(f"{folder} is not empty; give a new folder, or empty this one")
    folder.mkdir(parents=True, exist_ok=True)
    block = settings_block(source, events or EVENTS[0])
    config = config_yaml(block, schema=_SCHEMA, command="specufex-pipe run")
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    schema = json.dumps(json_schema(), indent=2) + "\n"
    (folder / _SCHEMA).write_text(schema, encoding="utf-8")
    shutil.copytree(shipped("profiles"), folder / "profiles")
    if source == DEMONSTRATION:
        _copy_demonstration(folder)
    (folder / "README.md").write_text(_readme(folder.resolve().name, source), encoding="utf-8")
    (folder / ".gitignore").write_text("results/\ndownloads/\n.snakemake/\n", encoding="utf-8")
    print(_next_steps(folder, source))


def settings_block(source: str, events: str) -> str:
    """Return the settings of a project that are not defaults, for the top of config.yaml."""
    if source == DEMONSTRATION:
        return shipped(f"{_DEMO}/settings.yaml").read_text(encoding="utf-8")
    return "\n".join(
        (_TEMPLATES / kind / f"{name}.yaml").read_text(encoding="utf-8")
        for kind, name in (("sources", source), ("events", events))
    )


def _copy_demonstration(folder: Path) -> None:
    """Copy the data, so that they stay the same when the package is updated."""
    shutil.copytree(shipped(f"{_DEMO}/waveforms"), folder / _DEMO / "waveforms")
    for name in ("catalog.csv", "labels.csv", "README.md"):
        shutil.copy2(shipped(f"{_DEMO}/{name}"), folder / _DEMO / name)


def _readme(name: str, source: str) -> str:
    template = (_TEMPLATES / "README.md.jinja").read_text(encoding="utf-8")
    rendered = jinja2.Template(template, keep_trailing_newline=True, autoescape=False)
    return rendered.render(name=name, source=source, is_demonstration=source == DEMONSTRATION)


def _next_steps(folder: Path, source: str) -> str:
    enter = f"    cd {shlex.quote(str(folder))}\n"
    if source == DEMONSTRATION:
        return f"{folder} is ready:\n{enter}    specufex-pipe run"
    return (
        f"{folder} is ready. Change the lines with an arrow in its config.yaml, then:\n"
        f"{enter}    specufex-pipe check\n    specufex-pipe run"
    )
