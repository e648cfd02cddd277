"""XML of a service is read with nothing from elsewhere, and is written in one way."""

import pytest

from specufex_pipe.webservices.whole_xml import as_text, parse_document


@pytest.mark.parametrize("content", [b"", b"event|time", b"<quakeml><event>"])
def test_what_is_not_xml_is_refused(content):
    with pytest.raises(ValueError, match="its XML cannot be read"):
        parse_document(content)


def test_nothing_is_read_from_elsewhere(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("do not tell")
    document = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><a><b>&x;</b></a>'
    assert "do not tell" not in "".join(parse_document(document.encode()).itertext())


def test_an_element_has_the_same_text_however_it_was_written():
    one = b"""<q:quakeml xmlns:q="u:q" xmlns="u:e"><event b='2' a="1"><x/></event></q:quakeml>"""
    other = (
        b'<?xml version="1.0"?><!-- at noon --><p:quakeml xmlns:p="u:q" xmlns:unused="u:x">'
        b'<event xmlns="u:e" a="1" b="2"><!-- of now --><x></x></event></p:quakeml>'
    )
    texts = [as_text(parse_document(each)[0]) for each in (one, other)]
    assert texts[0] == texts[1] == b'<event xmlns="u:e" a="1" b="2"><x></x></event>'
