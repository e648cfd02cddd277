"""Files of events: what is taken from them, and what a damaged or hostile one leads to."""

import gzip
import re

import pytest
from helpers.events import TIME, arrival_of, make_event, write_quakeml
from hypothesis import given, settings
from hypothesis import strategies as st
from obspy import UTCDateTime
from obspy.core.event import Catalog, Magnitude, Origin, Pick, WaveformStreamID

from specufex_pipe.catalogs import event_files
from specufex_pipe.catalogs.event_files import formats
from specufex_pipe.catalogs.obspy import ObsPyCatalog
from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.table import read_events, write_event_table
from specufex_pipe.errors import StageError

ENTITY = '<!DOCTYPE x [<!ENTITY name SYSTEM "file:///etc/hostname">]>'
UNFOLDING = (
    "<!DOCTYPE x [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
    + "]>"
)


def quakeml(events, folder):
    return (folder / write_quakeml(folder / "made.xml", events)).read_text(encoding="utf-8")


def hostile(folder, document_type, reference):
    """Write QuakeML with a document type, which refers to an entity in the text of its event."""
    text = quakeml([make_event("a")], folder)
    text = text.replace("?>", f"?>{document_type}", 1).replace("<type>ML<", f"<type>{reference}<")
    path = folder / "hostile.xml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_preferred_origin_and_magnitude_are_taken(tmp_path):
    event = make_event("a")
    event.origins.append(
        Origin(resource_id="o2", time=TIME + 3, latitude=1, longitude=2, depth=123.4)
    )
    event.magnitudes.append(Magnitude(resource_id="m2", mag=3.25, magnitude_type="Mw"))
    path = tmp_path / "e.xml"
    (first,) = ObsPyCatalog(write_quakeml(path, [event]))
    event.preferred_origin_id, event.preferred_magnitude_id = "smi:local/o2", "smi:local/m2"
    event.event_type = "explosion"
    (preferred,) = ObsPyCatalog(write_quakeml(path, [event]))
    assert list(first.cells.values()) == [
        "a", str(TIME), "-21.2", "55.7", "1.5", "1.5", "ML", "",
    ]  # fmt: skip
    assert list(preferred.cells.values()) == [
        "a", str(TIME + 3), "1", "2", "0.1234", "3.25", "Mw", "explosion",
    ]  # fmt: skip
    assert preferred.time == TIME + 3


def test_picks_have_the_phase_of_the_origin_and_those_that_were_rejected_are_left_out(tmp_path):
    event = make_event("a", picks=[("STA", "P", 1.5), ("STB", None, 2), ("STC", "S", 3)])
    event.picks.append(
        Pick(resource_id="n", time=TIME, waveform_id=WaveformStreamID(station_code="STD"))
    )
    event.picks[2].evaluation_status = "rejected"
    event.origins[0].arrivals = [arrival_of(event.picks[0], "Pg")]
    event.picks[3].phase_hint, event.picks[3].time = "Sn", TIME + 4
    (found,) = ObsPyCatalog(write_quakeml(tmp_path / "e.xml", [event]))
    assert found.picks == (("XX", "STA", "Pg", TIME + 1.5), ("", "STD", "Sn", TIME + 4))


@pytest.mark.parametrize("change", [
    lambda event: event.origins.clear(),
    lambda event: setattr(event.origins[0], "time", None),
    lambda event: setattr(event.origins[0], "time", UTCDateTime(1200, 1, 1)),
])  # fmt: skip
def test_an_event_without_a_usable_time_is_rejected_and_the_others_are_used(tmp_path, change):
    events = [make_event(name) for name in "abc"]
    change(events[1])
    rows = list(ObsPyCatalog(write_quakeml(tmp_path / "e.xml", events)))
    assert [isinstance(row, Event) for row in rows] == [True, False, True]
    assert (rows[1].event_id, rows[1].kind) == ("b", "catalog time")
    assert "(event 2 of e.xml)" in rows[1].detail


def test_an_event_that_obspy_cannot_read_costs_no_other(tmp_path):
    text = quakeml([make_event(name) for name in "abc"], tmp_path)
    damaged = text.replace("<event publicID=\"smi:local/b\">", "<event publicID=\"smi:local/b\">"
                           + "<creationInfo/><creationInfo/>")  # fmt: skip
    (tmp_path / "made.xml").write_text(damaged, encoding="utf-8")
    a, b, c = ObsPyCatalog(str(tmp_path / "made.xml"))
    assert (a.event_id, c.event_id) == ("a", "c")
    assert (b.event_id, b.kind) == ("b", "catalog row")
    assert "Only one CreationInfo allowed" in b.detail


def test_events_and_picks_without_a_resource_id_are_used(tmp_path):
    text = quakeml([make_event("a", picks=[("STA", "P", 1)]), make_event("b")], tmp_path)
    path = tmp_path / "made.xml"
    path.write_text(re.sub(r'publicID="smi:local/[ab][^"]*"', "", text), encoding="utf-8")
    first, second = ObsPyCatalog(str(path))
    assert (first.event_id, second.event_id) == ("made.xml", "made.xml#2")
    assert first.picks == (("XX", "STA", "P", TIME + 1),)


def test_an_event_of_two_files_is_used_once(tmp_path):
    write_quakeml(tmp_path / "1.xml", [make_event("a")])
    (tmp_path / "below").mkdir()
    write_quakeml(tmp_path / "below/2.xml", [make_event("b"), make_event("a")])
    rows = list(ObsPyCatalog(str(tmp_path)))
    assert [row.event_id for row in rows] == ["a", "b", "a"]
    assert rows[2].kind == "duplicate event_id"
    assert rows[2].detail == "event 1 of 1.xml has it already (event 2 of below/2.xml)"


def test_a_gzipped_file_is_read_as_the_plain_one(tmp_path):
    plain = write_quakeml(tmp_path / "e.xml", [make_event("a"), make_event("b")])
    (tmp_path / "e.xml.gz").write_bytes(gzip.compress((tmp_path / "e.xml").read_bytes()))
    events = list(ObsPyCatalog(plain))
    gzipped = ObsPyCatalog(f"{plain}.gz")
    gzipped.check()
    assert [event.cells for event in gzipped] == [event.cells for event in events]


@pytest.mark.parametrize("file_format", ["QUAKEML", "ZMAP", "NORDIC", "SCML"])
@pytest.mark.filterwarnings("ignore:Evaluation mode")
def test_a_format_that_is_written_comes_back_with_ids_that_last(tmp_path, file_format):
    path = tmp_path / "events"
    event = make_event("a", picks=[("STA", "P", 1.5)])
    event.preferred_origin_id = event.origins[0].resource_id
    event.origins[0].arrivals = [arrival_of(event.picks[0], "P")]
    Catalog([event]).write(str(path), format=file_format)
    catalog = ObsPyCatalog(str(path), format=file_format)
    catalog.check()
    (found,) = catalog
    assert list(ObsPyCatalog(str(path), format=file_format)) == [found]
    assert found.event_id in ("a", "events")
    assert abs(found.time - TIME) < 0.1
    assert float(found.cells["latitude"]) == pytest.approx(-21.2)


def test_a_damaged_file_of_a_folder_is_told_and_the_others_are_used(tmp_path):
    text = quakeml([make_event(name) for name in "abc"], tmp_path)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "1.xml").write_text(text[: text.index('smi:local/c"')], encoding="utf-8")
    (folder / "2.xml").write_bytes(b"\x1f\x8b\x08 no gzip")
    (folder / "3.txt").write_text("notes", encoding="utf-8")
    write_quakeml(folder / "4.xml", [])
    write_quakeml(folder / "5.xml", [make_event("d")])
    (folder / ".hidden").write_text("notes", encoding="utf-8")
    rows = list(ObsPyCatalog(str(folder)))
    assert [row.event_id for row in rows if isinstance(row, Event)] == ["a", "b", "d"]
    rejected = [row for row in rows if not isinstance(row, Event)]
    assert [row.event_id for row in rejected] == ["1.xml", "2.xml", "3.txt", "4.xml"]
    assert {row.kind for row in rejected} == {"unreadable file"}
    assert "there is no event of the format QUAKEML in it" in rejected[3].detail


def test_a_damaged_single_file_stops_the_stage(tmp_path):
    text = quakeml([make_event(name) for name in "ab"], tmp_path)
    (tmp_path / "made.xml").write_text(text[:-40], encoding="utf-8")
    with pytest.raises(StageError, match=r"made.xml as QUAKEML: XMLSyntaxError"):
        list(ObsPyCatalog(str(tmp_path / "made.xml")))


@pytest.mark.parametrize(("document_type", "reference"), [
    (ENTITY, "&name;"), (UNFOLDING, "&a11;"), ("<!DOCTYPE x>", ""),
    ('<!DOCTYPE x SYSTEM "file:///etc/hostname">', ""),
])  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("file_format", ["QUAKEML", "SCML"])
def test_xml_with_a_document_type_is_refused(
    tmp_path, document_type, reference, encoding, file_format, monkeypatch
):
    path = hostile(tmp_path, document_type, reference)
    text = path.read_text(encoding="utf-8").replace("encoding='utf-8'", "")
    path.write_text(text.replace('encoding="utf-8"', ""), encoding=encoding)
    # Nothing of it may come to ObsPy, which reads XML as lxml does by default.
    monkeypatch.delattr(event_files.obspy, "read_events")
    monkeypatch.delattr(event_files.Unpickler, "loads")
    catalog = ObsPyCatalog(str(path), format=file_format)
    with pytest.raises(ValueError, match="has a document type"):
        catalog.check()
    with pytest.raises(StageError, match="has a document type"):
        list(catalog)


def test_entities_in_an_attribute_do_not_unfold(tmp_path):
    path = hostile(tmp_path, UNFOLDING, "")
    text = path.read_text(encoding="utf-8").replace("<q:quakeml", '<q:quakeml x="&a11;"', 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StageError, match=r"amplification|document type"):
        list(ObsPyCatalog(str(path)))


@pytest.mark.parametrize("file_format", ["QUAKEML", "ZMAP"])
def test_a_file_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path, monkeypatch, file_format):
    monkeypatch.setattr(event_files, "_LEAST_ROOM", 1000)
    text = quakeml([make_event("a")], tmp_path).replace("</q:quakeml>", " " * 10_000_000)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(text.encode()))
    with pytest.raises(StageError, match="unpacks to more than"):
        list(ObsPyCatalog(str(path), format=file_format))


def test_a_failing_disk_stops_the_stage_and_rejects_nothing(tmp_path, monkeypatch):
    for name in "12":
        write_quakeml(tmp_path / f"{name}.xml", [make_event(name)])

    def fail(*arguments):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(event_files, "_parse_quakeml", fail)
    with pytest.raises(OSError, match="Input/output error"):
        list(ObsPyCatalog(str(tmp_path)))


def test_formats_are_those_that_obspy_reads_from_one_file():
    assert {"QUAKEML", "SCML", "NORDIC", "NLLOC_HYP", "ZMAP"} <= set(formats())
    # The first cannot be read, and the second is an archive.
    assert not {"KML", "CSZ"} & set(formats())


@pytest.mark.parametrize(("path", "file_format", "message"), [
    ("gone.xml", "QUAKEML", "there is no such file or folder"),
    (".", "QUAKEML", "which has no file"),
    (".", "quakeml", "format is 'quakeml': not a format of events that is read here; choose from"),
    (".", "PICKLE", "not a format of events"),
])  # fmt: skip
def test_a_wrong_parameter_is_named(tmp_path, path, file_format, message):
    with pytest.raises(ValueError, match=message):
        ObsPyCatalog(str(tmp_path / path), format=file_format).check()


def test_a_long_file_is_read_an_event_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(event_files, "_BYTES_AT_ONCE", 200)
    text = quakeml([make_event(name) for name in "abc"], tmp_path)
    (tmp_path / "made.xml").write_text(text[:-40], encoding="utf-8")
    rows = iter(ObsPyCatalog(str(tmp_path / "made.xml")))
    # The damage behind it is not known yet.
    assert [next(rows).event_id for _ in "ab"] == ["a", "b"]


@settings(max_examples=20)
@given(damage=st.data())
def test_damage_of_one_file_never_costs_an_event_of_another(tmp_path_factory, damage):
    folder = tmp_path_factory.mktemp("damaged")
    content = bytearray(quakeml([make_event(name) for name in "ab"], folder).encode())
    (folder / "made.xml").unlink()
    for _ in range(damage.draw(st.integers(1, 4))):
        first = damage.draw(st.integers(0, len(content)))
        last = first + damage.draw(st.integers(0, 20))
        content[first:last] = damage.draw(st.binary(max_size=20))
    (folder / "1.xml").write_bytes(content)
    write_quakeml(folder / "2.xml", [make_event("good")])
    rows = list(ObsPyCatalog(str(folder)))
    assert rows[-1].event_id == "good"
    write_event_table(folder / "table.h5", ObsPyCatalog(str(folder)), {})
    assert read_events(folder / "table.h5") == rows
