"""Settings that answers name are there, and their examples are valid."""

import re
from typing import get_args

import pytest
import yaml
from helpers.paths import REPOSITORY
from helpers.waveforms import write_rows
from pydantic import BaseModel

from specufex_pipe.settings import Settings, read_settings

PAGES = ("questions", "troubleshooting", "settings", "other_programs", "benchmarks")
TEXTS = {name: (REPOSITORY / f"docs/{name}.md").read_text(encoding="utf-8") for name in PAGES}
CODE = r"`([^`\n]+)`"
# Members of these have settings of their own, which their types tell.
BY_TYPE = {"catalog", "source"}


def keys_named(text):
    """Return the settings that a page names in code, with dots."""
    named = {
        key
        for code in re.findall(CODE, text)
        for key in re.findall(r"(?<![\w./])[a-z]+(?:\.[a-z_]+5?)+", code)
    }
    return {key for key in named if key.partition(".")[0] in Settings.model_fields} - OF_FILES


# Files whose names begin as sections do.
OF_FILES = {
    f"{name}.{end}" for name in Settings.model_fields for end in ("csv", "h5", "html", "xml")
}


def is_setting(key):
    model = Settings
    for name in key.split("."):
        fields = getattr(model, "model_fields", {})
        if name not in fields:
            return False
        annotation = fields[name].annotation
        kinds = [kind for kind in (annotation, *get_args(annotation)) if isinstance(kind, type)]
        model = next((kind for kind in kinds if issubclass(kind, BaseModel)), None)
    return True


@pytest.mark.parametrize("page", PAGES)
def test_settings_that_a_page_names_are_there(page):
    named = keys_named(TEXTS[page])
    assert [key for key in sorted(named) if key.partition(".")[0] not in BY_TYPE
            and not is_setting(key)] == []  # fmt: skip


def test_settings_that_are_not_there_are_found_out():
    assert keys_named("`hmm.n_states: 10` and `hmm.states`") == {"hmm.n_states", "hmm.states"}
    assert is_setting("hmm.n_states")
    assert is_setting("nmf.bayesian.max_iter")
    assert not is_setting("hmm.states")


def examples():
    text = TEXTS["questions"]
    yield from re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    # In a line of their own words, `section.key: value`.
    for code in re.findall(CODE, text):
        if re.match(r"[a-z][\w.]*: ", code) and "/" not in code:
            yield code


@pytest.mark.parametrize("example", list(examples()))
def test_an_example_is_valid(tmp_path, monkeypatch, example):
    monkeypatch.chdir(tmp_path)
    write_rows(tmp_path / "catalog.csv", ["a,2020-01-01"])
    write_rows(tmp_path / "rain.csv", ["2020-01-01,1.0", "2020-01-02,2.0"], "time,rain")
    labels = [f"{label}{number},{label}" for label in "xy" for number in range(5)]
    for name in ("labels.csv", "my_labels.csv"):
        write_rows(tmp_path / name, labels, "event_id,label")
    (tmp_path / "waveforms").mkdir()
    given = {
        "channels": ["XX.STA..HHZ"],
        "catalog": {"path": "catalog.csv"},
        "source": {"path": "waveforms"},
    }
    read_settings(given | yaml.safe_load(example))


def test_each_section_has_a_heading_on_the_page_of_settings():
    headings = " ".join(re.findall(r"^## (.*)$", TEXTS["settings"], re.MULTILINE))
    sections = [
        name
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    ]
    assert [name for name in sections if name not in headings.split()] == []


def test_the_page_of_settings_leaves_nothing_out():
    blocks = re.findall(r':start-at: "(.*?)"\n(?::end-before: "(.*?)"\n)?', TEXTS["settings"])
    ends = [end for _, end in blocks]
    starts = [start for start, _ in blocks]
    config = (REPOSITORY / "config.yaml").read_text(encoding="utf-8")
    # Each begins where the one before ends, but for the heading of the defaults.
    assert ends[1:-1] == starts[2:]
    assert ends[-1] == ""
    assert all(sum(start in line for line in config.splitlines()) >= 1 for start in starts)
