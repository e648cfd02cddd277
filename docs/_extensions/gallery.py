"""Pictures of the gallery: the examples save theirs to the folder that is their argument."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx_gallery.scrapers import figure_rst

# Scripts in the folder on the left become pages in the one on the right.
GALLERIES = (("tutorials", "auto_tutorials"), ("examples", "auto_examples"))
EXAMPLES = "examples"
_FOLDER = tempfile.TemporaryDirectory(prefix="pictures")  # which is gone when Sphinx ends
PICTURES = Path(_FOLDER.name)


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
    """Return the pictures that a block has saved, as the page shows them."""
    shown = []
    paths: Iterator[str] = script["image_path_iterator"]
    for picture in sorted(PICTURES.glob("*.png")):
        shown.append(str(next(paths)))
        shutil.move(picture, shown[-1])
    return figure_rst(shown, conf["src_dir"])
