"""Pictures of the gallery: those that examples save, and the figures that blocks end with."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst

# Scripts in the folder on the left become pages in the one on the right.
GALLERIES = (("tutorials", "auto_tutorials"), ("examples", "auto_examples"))
EXAMPLES = "examples"
_FOLDER = tempfile.TemporaryDirectory(prefix="pictures")  # which is gone when Sphinx ends
PICTURES = Path(_FOLDER.name)
DPI = 150


def pages(docs: Path) -> dict[str, str]:
    """Return the page of each script and of each folder of scripts, by path in the repository."""
    found = {f"docs/{source}": f"{target}/index" for source, target in GALLERIES}
    for source, target in GALLERIES:
        for path in (docs / source).glob("*.py"):
            found[f"docs/{source}/{path.name}"] = f"{target}/{path.stem}"
    return found


def arguments(_: dict[str, Any], script: dict[str, Any]) -> list[str]:
    """Return the arguments of a script: of an example the folder that it draws into."""
    path = Path(script["src_file"])
    # Scripts find their files by where they are, as they do when Python runs them.
    script["example_globals"]["__file__"] = str(path)
    return [str(PICTURES)] if path.parent.name == EXAMPLES else []


def saved_pictures(_: Any, script: dict[str, Any], conf: dict[str, Any]) -> str:
    """Return the pictures that a block has saved, and its figure, as the page shows them."""
    save_figure(script)
    shown = []
    paths: Iterator[str] = script["image_path_iterator"]
    for picture in sorted(PICTURES.glob("*.png")):
        shown.append(str(next(paths)))
        shutil.move(picture, shown[-1])
    return figure_rst(shown, conf["src_dir"])


def save_figure(script: dict[str, Any]) -> None:
    """Save the figure that a block ends with, as a notebook would show it."""
    # Sphinx-Gallery keeps the value of the last expression under this name, also when a later
    # block has none. Figures of pyplot, which have a number, are found by Sphinx-Gallery.
    value = script["example_globals"].get("___")
    is_new = isinstance(value, Figure) and value is not script.get("figure_shown")
    if is_new and not hasattr(value, "number"):
        value.savefig(PICTURES / "figure.png", dpi=DPI)
        script["figure_shown"] = value
