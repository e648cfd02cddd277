"""Events and clusters as QuakeML: valid whatever the catalog holds, and read back as they were."""

import re

import obspy
import pytest
from helpers.events import TIME
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from obspy.io.quakeml.core import _validate

from specufex_pipe.catalogs.obspy import ObsPyCatalog
from specufex_pipe.catalogs.protocol import Event, Pick
from specufex_pipe.catalogs.quakeml_output import Clustered, resource_id, write_quakeml

CELLS = {
    "latitude": "-21.25", "longitude": "55.75", "depth": "1.5", "magnitude": "2.5",
    "magnitude_type": "ML", "event_type": "rock burst",
}  # fmt: skip
PICKS = (Pick("XX", "STA", "P", TIME + 1.25), Pick("", "STB", "Sg", TIME + 2))
# Of QuakeML's manual, section 3.1.
VALID = re.compile(
    r"(smi|quakeml):[\w\d][\w\d\-\.\*\(\)_~']{2,}/"
    r"[\w\d\-\.\*\(\)_~'][\w\d\-\.\*\(\)\+\?_~'=,;#/&]*", re.ASCII,
)  # fmt: skip
IDS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1)


def written(folder, *events):
    path = folder / "events.xml"
    made = [Clustered(event, number, 0.4121) for number, event in enumerate(events)]
    n_without_origin = write_quakeml(path, made, digest="ab12")
    assert _validate(str(path))
    return path, n_without_origin


def test_an_event_comes_back_with_its_cluster_as_a_comment(tmp_path):
    path, n_without_origin = written(
        tmp_path, Event("quakeml:us.anss.org/event/1", TIME, "", CELLS, PICKS)
    )
    (found,) = obspy.read_events(str(path), format="QUAKEML")
    assert n_without_origin == 0
    assert found.resource_id.id == "quakeml:us.anss.org/event/1"
    assert [comment.text for comment in found.comments] == ["cluster 0, membership 0.412"]
    assert found.event_type == "rock burst"
    origin, magnitude = found.preferred_origin(), found.preferred_magnitude()
    assert (origin.time, origin.latitude, origin.longitude, origin.depth) == (
        TIME, -21.25, 55.75, 1500.0,
    )  # fmt: skip
    assert (magnitude.mag, magnitude.magnitude_type) == (2.5, "ML")
    assert [
        (p.waveform_id.network_code, p.waveform_id.station_code, p.phase_hint, p.time)
        for p in found.picks
    ] == list(PICKS)


@pytest.mark.parametrize("event_id", ["a", "20100901.1", "quakeml:us.anss.org/event/1?x=2"])
def test_what_is_written_is_a_catalog_again(tmp_path, event_id):
    path, _ = written(tmp_path, Event(event_id, TIME, "", CELLS, PICKS))
    (event,) = ObsPyCatalog(str(path))
    assert (event.event_id, event.time, event.picks) == (event_id, TIME, PICKS)
    assert {name: event.cells[name] for name in CELLS} == CELLS


@given(IDS, IDS)
def test_a_resource_id_is_valid_and_of_one_event(one, other):
    for event_id in (one, "smi:local/" + one, "quakeml:abc/" + one):
        assert VALID.fullmatch(resource_id(event_id))
    assert (resource_id(one) == resource_id(other)) == (one == other)
    assert resource_id("smi:local/" + one) != resource_id(one)


def test_an_event_id_that_is_no_resource_id_stands_in_a_comment(tmp_path):
    path, _ = written(tmp_path, Event("é <1>", TIME, "", {}))
    (found,) = obspy.read_events(str(path), format="QUAKEML")
    assert found.comments[1].text == "event_id é <1>"


def test_an_event_without_coordinates_has_no_origin_and_is_counted(tmp_path):
    cells = [CELLS | {"latitude": ""}, CELLS | {"longitude": "east"}, CELLS | {"latitude": "5323"}]
    events = [Event(str(number), TIME, "", each) for number, each in enumerate([*cells, CELLS, {}])]
    path, n_without_origin = written(tmp_path, *events)
    found = obspy.read_events(str(path), format="QUAKEML")
    assert [len(event.origins) for event in found] == [0, 0, 0, 1, 0]
    assert n_without_origin == 4
    assert len(found[0].magnitudes) == 1


@given(st.dictionaries(st.sampled_from(list(CELLS)), st.text()), st.text(min_size=1))
def test_whatever_the_cells_hold_it_is_valid(tmp_path_factory, cells, text):
    folder = tmp_path_factory.mktemp("any")
    event = Event("a", TIME, "", CELLS | cells, (Pick(text, text, text, TIME),))
    path, _ = written(folder, event)
    assert len(etree.parse(path).getroot()[0]) == 1


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    path, _ = written(tmp_path, Event("a", TIME, "", CELLS))
    before = path.read_bytes()

    def broken():
        yield Clustered(Event("b", TIME, "", CELLS), 1, 0.5)
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        write_quakeml(path, broken(), digest="x")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
