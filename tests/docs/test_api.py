"""The pages of docs/api name what is there, and the examples in them and in docstrings run."""

import doctest
import inspect
import re
from pkgutil import resolve_name

import pytest
from helpers.paths import REPOSITORY

import specufex_pipe

PAGES = sorted((REPOSITORY / "docs/api").glob("*.rst"))


def documented(page):
    """Yield the classes and functions that a page names."""
    module = ""
    pattern = r"^\.\. (currentmodule|autoclass|autofunction):: ([\w.]+)"
    for directive, name in re.findall(pattern, page.read_text(encoding="utf-8"), re.MULTILINE):
        if directive == "currentmodule":
            module = name
        else:
            yield name if name.startswith("specufex_pipe.") else f"{module}.{name}"


NAMES = [name for page in PAGES for name in documented(page)]
WITH_EXAMPLES = [name for name in NAMES if ">>>" in (inspect.getdoc(resolve_name(name)) or "")]


def failures(test):
    return doctest.DocTestRunner(verbose=False).run(test).failed


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_example_of_a_docstring_runs(name):
    documented = resolve_name(name)
    finder = doctest.DocTestFinder(recurse=False)
    (test,) = finder.find(documented, name, globs={})
    assert failures(test) == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_run(page):
    text = page.read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(text, {}, page.stem, str(page), 0)
    assert failures(test) == 0


def test_each_name_at_the_top_is_on_a_page_and_has_an_example():
    at_the_top = {getattr(specufex_pipe, name) for name in dir(specufex_pipe)} - {
        specufex_pipe.__version__
    }
    assert at_the_top == {resolve_name(name) for name in WITH_EXAMPLES} & at_the_top


def test_each_figure_is_on_the_page_of_figures():
    figures = re.findall(
        r"\w+_figure", (REPOSITORY / "docs/figures.md").read_text(encoding="utf-8")
    )
    page = {name.rpartition(".")[2] for name in NAMES}
    assert set(figures) <= page
