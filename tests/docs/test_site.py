"""The site: links between pages and files, pictures of examples, names in docstrings."""

import re

import pytest
from helpers.paths import REPOSITORY
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

DOCS = REPOSITORY / "docs"
PICTURE = """\"\"\"A picture
=========

It is drawn.
\"\"\"

import sys
from pathlib import Path

import matplotlib.image
import numpy as np

Path(__file__).read_text()
matplotlib.image.imsave(Path(sys.argv[1]) / "picture.png", np.zeros((8, 8)))
"""
FIGURE = """\"\"\"A figure
========

It is drawn.
\"\"\"

from matplotlib.figure import Figure

figure = Figure()
figure

# %%
# Nothing more is drawn.

print("done")
"""
FIGURE_OF_PYPLOT = FIGURE.replace(
    "from matplotlib.figure import Figure", "import matplotlib.pyplot as plt"
)
FIGURE_OF_PYPLOT = FIGURE_OF_PYPLOT.replace("Figure()", "plt.figure()")


@pytest.fixture(autouse=True)
def extensions_are_found(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "_extensions"))


def build(docs, files, **settings):
    """Return a page of a small site, by its name, and what Sphinx has warned of."""
    for name, text in files.items():
        path = docs.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    warnings = docs.parent / "warnings.txt"
    # Sphinx registers nodes and directives for the whole process.
    with warnings.open("w") as file, docutils_namespace():
        app = Sphinx(
            docs, None, docs.parent / "html", docs.parent / "doctrees", "html",
            confoverrides=settings, status=None, warning=file,
        )  # fmt: skip
        app.build()
    return lambda name: (docs.parent / f"html/{name}.html").read_text(), warnings.read_text()


def links(text):
    return re.findall(r'<a class="reference [^"]*" href="([^"]+)"', text)


@pytest.fixture
def build_links(tmp_path):
    """Return a function that builds a repository whose pages have some links."""

    def build_page(index, contributing="# How to help\n\n## First\n\nText.\n"):
        files = {
            "docs/index.md": index,
            "docs/help.md": "```{include} ../HELP.md\n```\n",
            "docs/data/files.md": "# Files\n\n## Damaged files\n\nText.\n",
            "HELP.md": contributing,
            "rules/a.smk": "",
        }
        return build(
            tmp_path / "docs",
            files,
            extensions=["myst_parser", "repository_links"],
            myst_heading_anchors=3,
            repository_root=str(tmp_path),
            repository_url="https://example.org/code",
            repository_pages={"HELP.md": "help"},
            repository_includes={"help": "HELP.md"},
            suppress_warnings=["toc.not_included"],
        )

    return build_page


@pytest.mark.parametrize(("written", "found"), [
    ("../rules/a.smk", "https://example.org/code/blob/main/rules/a.smk"),
    ("../rules", "https://example.org/code/tree/main/rules"),
    ("../", "https://example.org/code/tree/main"),
    ("../HELP.md", "help.html"),
    ("../HELP.md#first", "help.html#first"),
    ("data/files.md#damaged-files", "data/files.html#damaged-files"),
])  # fmt: skip
def test_a_link_leads_to_a_page_or_to_the_repository(build_links, written, found):
    page, warnings = build_links(f"# Start\n\nSee [there]({written}).\n")
    assert not warnings
    assert found in links(page("index"))


@pytest.mark.parametrize(("written", "found"), [
    ("rules/a.smk", "https://example.org/code/blob/main/rules/a.smk"),
    ("docs/data/files.md", "data/files.html"),
    ("docs/data/files.md#damaged-files", "data/files.html#damaged-files"),
])  # fmt: skip
def test_links_of_an_included_file_are_relative_to_it(build_links, written, found):
    page, warnings = build_links("# Start\n", f"# Help\n\nSee [there]({written}).\n")
    assert not warnings
    assert found in links(page("help"))


@pytest.mark.parametrize("written", ["../rules/b.smk", "../../outside.md", "data/none.md"])
def test_a_link_that_leads_nowhere_is_told(build_links, written):
    _, warnings = build_links(f"# Start\n\nSee [there]({written}).\n")
    assert written in warnings


@pytest.fixture
def build_example(tmp_path, monkeypatch):
    """Return a function that builds a gallery of one example, and gives its page."""
    import gallery

    monkeypatch.setattr(gallery, "PICTURES", tmp_path / "pictures")
    gallery.PICTURES.mkdir()
    docs = tmp_path / "docs"

    def build_page(code):
        files = {
            "docs/index.rst": "Start\n=====\n\n.. toctree::\n\n   auto_examples/index\n",
            "docs/examples/GALLERY_HEADER.rst": "Examples\n========\n",
            "docs/examples/picture.py": code,
        }
        conf = {
            "examples_dirs": [str(docs / "examples")], "gallery_dirs": ["auto_examples"],
            "filename_pattern": r"\.py$", "image_scrapers": ("matplotlib", gallery.saved_pictures),
            "reset_argv": gallery.arguments, "write_computation_times": False,
        }  # fmt: skip
        page, _ = build(
            docs, files, extensions=["sphinx_gallery.gen_gallery"],
            exclude_patterns=["examples"], sphinx_gallery_conf=conf,
        )  # fmt: skip
        assert list((docs / "examples").glob("*.png")) == []
        assert list(gallery.PICTURES.iterdir()) == []
        return page("auto_examples/picture")

    return build_page


@pytest.mark.parametrize("code", [PICTURE, FIGURE, FIGURE_OF_PYPLOT])
def test_what_an_example_draws_is_on_its_page_once(build_example, code):
    page = build_example(code)
    assert page.count('<img src="../_images/sphx_glr_picture_00') == 1


def test_scripts_have_pages():
    import gallery

    pages = gallery.pages(DOCS)
    assert pages["docs/examples"] == "auto_examples/index"
    assert pages["docs/examples/gaps.py"] == "auto_examples/gaps"


def test_names_that_end_in_an_underscore_are_no_links():
    from docstrings import escape_names

    lines = ["of shape (n_components_, 3), see `bound_`", ">>> model.bound_"]
    escape_names(None, "class", "", None, None, lines)
    assert lines == [r"of shape (n_components\_, 3), see `bound_`", ">>> model.bound_"]


def test_the_start_page_has_the_command_of_the_readme():
    readme, start = ((REPOSITORY / name).read_text() for name in ("README.md", "docs/index.md"))
    command, _ = re.findall(r"```bash\n(.*?)```", readme, re.DOTALL)
    assert f"```bash\n{command}```" in start


def test_each_page_is_listed_once():
    pages = [DOCS / "index.md", DOCS / "data/index.md", DOCS / "extend/index.md"]
    listed = [
        (page.parent / name).relative_to(DOCS).as_posix()
        for page in pages
        for block in re.findall(r"```{toctree}\n(.*?)```", page.read_text(), re.DOTALL)
        for name in block.splitlines()
        if name and not name.startswith(":")
    ]
    there = {
        path.relative_to(DOCS).with_suffix("").as_posix()
        for path in (*DOCS.glob("*.md"), *DOCS.glob("data/*.md"), *DOCS.glob("extend/*.md"))
    }
    assert len(listed) == len(set(listed))
    assert there - {"index"} <= set(listed)
