"""XML that services answer, as elements: read without what lies elsewhere, written in one way."""

from typing import Any

from lxml import etree

# Nothing is fetched, no entity is put in the place of its name, and what stands beside the data,
# which may differ each time, is left out.
_PARSER: dict[str, Any] = {
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "remove_comments": True,
    "remove_pis": True,
}


def parse_document(content: bytes) -> Any:
    """Return the first element of a document that a service has sent.

    Parameters
    ----------
    content : bytes
        As a `DataCentre` returns it, which has looked for its root and for a document type.

    Returns
    -------
    lxml.etree.Element

    Raises
    ------
    ValueError
        If libxml2 cannot read it.
    """
    try:
        return etree.fromstring(content, etree.XMLParser(**_PARSER))
    except etree.XMLSyntaxError as error:
        raise ValueError(f"its XML cannot be read ({error})") from error


def as_text(element: Any) -> bytes:
    """Return an element as XML of its own: the same bytes for the same content.

    The order of its attributes and its namespaces is that of canonical XML.
    """
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
