"""docs/figures.md shows every figure that there is; its examples run in tests/plotting."""

import ast
import importlib
import pkgutil
import re
from dataclasses import fields

import matplotlib
import matplotlib.pyplot as plt
import pytest
from helpers.paths import REPOSITORY

from specufex_pipe import plotting
from specufex_pipe.report.figures import FIGURES
from specufex_pipe.report.gather import Summary

PAGE = (REPOSITORY / "docs/figures.md").read_text(encoding="utf-8")
STYLE, MADE_UP, OF_A_RUN, *EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def assigned(code):
    return {
        node.id
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def test_every_function_that_draws_a_figure_is_shown_with_a_picture():
    functions = {
        name
        for module in pkgutil.iter_modules(plotting.__path__)
        for name in dir(importlib.import_module(f"specufex_pipe.plotting.{module.name}"))
        if name.endswith("_figure") and not name.startswith("_")
    }
    assert functions == {name for code in EXAMPLES for name in re.findall(r"\w+_figure", code)}
    pictures = re.findall(r"```\n\n!\[[^]]+\]\((figures/\w+\.png)\)", PAGE)
    assert len(pictures) == len(EXAMPLES) == len(functions)
    assert all((REPOSITORY / "docs" / picture).stat().st_size < 250_000 for picture in pictures)
    assert {path.name for path in (REPOSITORY / "docs/figures").iterdir()} == {
        picture.removeprefix("figures/") for picture in pictures
    }


def test_what_is_made_up_is_what_a_run_has():
    of_a_run = assigned(OF_A_RUN) - {"found"}
    assert of_a_run <= assigned(MADE_UP)
    attributes = set(re.findall(r"found\.(\w+)", OF_A_RUN))
    assert attributes <= {field.name for field in fields(Summary)} | set(dir(Summary))


def test_the_page_names_all_files():
    named = {name for cell in re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
             for name in re.findall(r"`([\w-]+)`", cell)}  # fmt: skip
    clusters = {"cluster-K-spectrogram", "cluster-K-fingerprint", "cluster-K-event-1"}
    assert named == {*FIGURES} | clusters


def test_own_figures_take_the_style():
    names = {}
    with matplotlib.rc_context():
        exec(STYLE, names)  # noqa: S102  the example is ours
        plt.close(names["figure"])
    assert names["figure"].get_figwidth() == pytest.approx(84 / 25.4)
    assert names["axes"].xaxis.label.get_fontsize() == 7
