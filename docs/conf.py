"""How Sphinx builds the documentation: python -m sphinx -W -b html docs docs/_build/html."""

import sys
import tomllib
from pathlib import Path

DOCS = Path(__file__).parent
REPOSITORY = DOCS.parent
sys.path.insert(0, str(DOCS / "_extensions"))

import gallery  # noqa: E402  the folder of the extensions has to be known first

import specufex_pipe  # noqa: E402

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "specufex_pipe"
author = "The specufex_pipe developers"
project_copyright = author
release = version = specufex_pipe.__version__

extensions = [
    "docstrings",
    "myst_parser",
    "numpydoc",
    "repository_links",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "examples", "tutorials", "auto_*/*.ipynb", "auto_*/*.py"]
suppress_warnings = ["config.cache"]  # functions in a setting are not pickled

# -- Pages: Markdown as GitHub reads it ------------------------------------------------------------
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 5
default_role = "py:obj"

# Links out of docs/ lead to the repository, but for files that have a page here.
repository_root = str(REPOSITORY)
repository_url = PROJECT["urls"]["Repository"]
repository_includes = {
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
    "demonstration": "resources/demo/README.md",
}
repository_pages = {
    "README.md": "index",
    "config.yaml": "settings",
    **{file: page for page, file in repository_includes.items()},
    **gallery.pages(DOCS),
}

# -- Examples and tutorials, which are run ---------------------------------------------------------
sphinx_gallery_conf = {
    "examples_dirs": [str(DOCS / source) for source, _ in gallery.GALLERIES],
    "gallery_dirs": [target for _, target in gallery.GALLERIES],
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": ("matplotlib", "gallery.saved_pictures"),
    "reset_argv": gallery.arguments,
    "download_all_examples": False,
    "show_signature": False,
    # How long a script took on one machine says nothing of another.
    "min_reported_time": float("inf"),
    "write_computation_times": False,
    # A figure is shown, and not what Python calls it.
    "ignore_repr_types": r"Figure|int",
}

# -- The API, from the docstrings ------------------------------------------------------------------
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # types stand in the docstrings, with shapes
numpydoc_show_class_members = False

# -- How it looks ----------------------------------------------------------------------------------
html_theme = "furo"
# Between two releases a version ends in the commit.
html_title = f"specufex_pipe {release.partition('+')[0]}"
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
