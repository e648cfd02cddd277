"""Documents of Bokeh as the page takes them."""

from collections.abc import Iterable
from typing import Any

from bokeh.document import Document
from bokeh.models.ui import UIElement


def document_json(roots: Iterable[UIElement]) -> dict[str, Any]:
    """Return a document, as JSON that is the same for the same plots.

    Bokeh numbers models from where other documents of the process ended; here they count from 1.

    Parameters
    ----------
    roots : iterable of bokeh.models.UIElement
    """
    document = Document()
    for root in roots:
        document.add_root(root)
    numbers: dict[str, str] = {}

    def numbered(value: Any) -> Any:
        if isinstance(value, list):
            return [numbered(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {
            key: numbers.setdefault(each, f"p{len(numbers) + 1}") if key == "id" else numbered(each)
            for key, each in value.items()
        }

    made: dict[str, Any] = numbered(document.to_json(deferred=False))
    return made
