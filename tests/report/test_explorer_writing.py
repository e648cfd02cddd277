"""What is inside the explorer's page and what is beside it, and what happens to that."""

import json
import socket
import weakref
from dataclasses import replace

import numpy as np
import pytest
from helpers.explorer import FREQUENCIES, detail, explored
from helpers.explorer_parts import decode_part, parts_beside

from specufex_pipe.report.explorer import writing
from specufex_pipe.report.explorer.details import pictures_of, records_of
from specufex_pipe.report.explorer.files import remove_others
from specufex_pipe.report.explorer.thinning import random_order
from specufex_pipe.report.explorer.writing import write_data

N_MANY = 10_130
HOSTILE = "</script><script>alert(1)</script>"
DETAILS = [detail(row) for row in range(7)]


def many(n_events=N_MANY):
    """Return a run that is larger than a page, of events that differ from their neighbours."""
    return replace(explored(n_events), details=lambda rows: [DETAILS[row % 7] for row in rows])


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A large run, what its page needs, and the parts beside the page."""
    run, folder = many(), tmp_path_factory.mktemp("large") / "explorer_data"
    data = write_data(run, folder, 2)
    return run, data, parts_beside(data.beside)


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


def test_a_page_of_few_events_holds_all_of_them(tmp_path):
    run = explored(230)
    data = write_data(run, tmp_path / "explorer_data")
    assert list(tmp_path.iterdir()) == []
    assert data.beside is data.run["folder"] is None
    assert data.run["records"] == "inside"
    columns = {f"column/{place}" for place in range(len(run.columns))}
    blocks = {"ids/0", *(f"picture/{i}" for i in range(3)), *(f"record/{i}" for i in range(10))}
    assert set(data.parts) == columns | blocks | {"points"}


def test_a_page_knows_its_run_from_the_start(tmp_path):
    texts = {"event_ids": [HOSTILE], "unit": HOSTILE, "name": HOSTILE}
    run = explored(12, texts=texts)
    data = write_data(run, tmp_path / "explorer_data")
    found = json.loads(json.dumps(data.run, allow_nan=False))
    assert found == {
        "digest": f"{0:032x}", "clusters_digest": f"{1:032x}", "unit": HOSTILE, "variant": "main",
        "n_events": 12, "n_clusters": 3, "said": ["3 clusters were found."],
        "columns": [
            {"key": each.key, "title": each.title, "unit": each.unit, "kind": each.kind,
             "is_logarithmic": each.is_logarithmic}
            for each in run.columns
        ],
        "clusters": [
            {"number": each.number, "name": HOSTILE, "color": each.color, "ink": each.ink,
             "word": each.word, "stability": each.stability, "n_events": each.n_events}
            for each in run.clusters
        ],
        "event": {
            "frequencies": FREQUENCIES.tolist(), "picture_frequencies": FREQUENCIES.tolist(),
            "spectrogram_label": "dB above median", "spectrogram_end": 20.0,
            "fingerprint_end": 0.3, "waveform_unit": "m/s", "reference": "catalog time",
            "n_states": 5,
        },
        "n_drawn": 12, "blocks": {"ids": 10_000, "pictures": 100, "records": 25},
        "folder": None, "records": "inside",
    }  # fmt: skip
    assert HOSTILE not in "".join(data.parts.values())
    assert decode_part(data.parts["ids/0"])["ids"] == run.event_ids


def test_of_many_events_the_page_holds_a_sample_and_the_first_pictures(large):
    run, data, beside = large
    assert set(data.parts) == {"sample", *(f"picture/{block}" for block in range(100))}
    columns = {f"column/{place}" for place in range(len(run.columns))}
    pictures = {"picture/100", "picture/101"}
    records = {f"record/{block}" for block in range(406)}
    others = {"ids/0", "ids/1", "points", "order"}
    assert set(beside) == columns | pictures | records | others
    assert data.run["records"] == "beside"
    assert data.run["n_drawn"] == 10_000
    assert data.run["folder"] == f"explorer_data/{data.beside.name}"
    assert data.n_beside == sum(map(len, beside.values()))


def test_tables_are_those_of_the_run(large):
    run, _, beside = large
    for place, column in enumerate(run.columns):
        assert_same(decode_part(beside[f"column/{place}"]), {"values": column.values})
    assert_same(decode_part(beside["points"]), {"values": run.points})
    ids = [decode_part(beside[f"ids/{block}"])["ids"] for block in range(2)]
    assert [len(each) for each in ids] == [10_000, 130]
    assert [*ids[0], *ids[1]] == run.event_ids


def test_the_sample_has_the_columns_of_the_first_events_in_the_order_of_drawing(large):
    run, data, beside = large
    order = decode_part(beside["order"])["rows"]
    np.testing.assert_array_equal(order, random_order(N_MANY))
    sample = decode_part(data.parts["sample"])
    np.testing.assert_array_equal(sample.pop("rows"), order[:10_000])
    expected = {str(i): column.values[order[:10_000]] for i, column in enumerate(run.columns)}
    assert_same(sample, expected)


@pytest.mark.parametrize(("block", "n_events"), [(0, 100), (57, 100), (100, 100), (101, 30)])
def test_pictures_of_a_block_are_those_of_its_events(large, block, n_events):
    run, data, beside = large
    rows = range(100 * block, 100 * block + n_events)
    found = decode_part((data.parts | beside)[f"picture/{block}"])
    assert_same(found, pictures_of(run, list(run.details(rows))))


@pytest.mark.parametrize(("block", "n_events"), [(0, 25), (399, 25), (405, 5)])
def test_records_of_a_block_are_those_of_its_events(large, block, n_events):
    run, _, beside = large
    rows = range(25 * block, 25 * block + n_events)
    expected = records_of(run, list(run.details(rows)))
    assert_same(decode_part(beside[f"record/{block}"]), expected)


def test_processes_change_nothing(tmp_path, monkeypatch):
    inside = [write_data(explored(930), tmp_path / "explorer_data", n) for n in (1, 2, 3)]
    assert inside[0].run["records"] == "inside"
    assert inside[0] == inside[1] == inside[2]
    monkeypatch.setattr(writing, "_MOST_OF_RECORDS", 0)
    one, other = (write_data(many(930), tmp_path / f"{n}", n).beside for n in (1, 3))
    assert one.name == other.name
    assert parts_beside(one) == parts_beside(other)


def test_records_that_are_too_much_for_a_page_are_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "_MOST_OF_RECORDS", 100_000)
    data = write_data(many(60), tmp_path / "explorer_data")
    assert data.run["records"] == "beside"
    assert set(parts_beside(data.beside)) == {"record/0", "record/1", "record/2"}
    assert {"ids/0", "picture/0"} <= set(data.parts)


def test_pictures_are_inside_as_far_as_they_fit(tmp_path, monkeypatch):
    sizes = {key: len(text) for key, text in write_data(many(400), tmp_path / "a").parts.items()}
    others = sum(size for key, size in sizes.items() if not key.startswith("picture"))
    monkeypatch.setattr(writing, "_MOST_OF_ALL", others + sizes["picture/0"] + sizes["picture/1"])
    data = write_data(many(400), tmp_path / "explorer_data")
    assert set(parts_beside(data.beside)) == {"picture/2", "picture/3"}
    assert data.run["records"] == "inside"


def test_few_events_are_in_memory_at_a_time(tmp_path):
    alive, most = set(), 0

    def details(rows):
        nonlocal most
        for row in rows:
            made = detail(row)
            alive.add(row)
            weakref.finalize(made.frames, alive.discard, row)
            most = max(most, len(alive))
            yield made

    write_data(replace(explored(400), details=details), tmp_path / "explorer_data")
    assert 25 <= most <= 52


def write_beside(folder, monkeypatch, n_events=30):
    """Write a run whose records are beside its page."""
    monkeypatch.setattr(writing, "_MOST_OF_RECORDS", 0)
    return write_data(explored(n_events), folder)


def test_data_of_earlier_pages_are_removed_and_nothing_else_is(tmp_path, monkeypatch):
    folder = tmp_path / "explorer_data"
    first = write_beside(folder, monkeypatch)
    (folder / "labels.csv").write_text("mine", encoding="utf-8")
    (folder / "notes").mkdir()
    (folder / ("f" * 32)).symlink_to(folder / "notes")
    second = write_beside(folder, monkeypatch, 31)
    assert first.beside != second.beside
    assert first.beside.exists()  # as long as its page may be there
    remove_others(folder, second.beside)
    kept = {"labels.csv", "notes", "f" * 32, second.beside.name}
    assert {path.name for path in folder.iterdir()} == kept
    remove_others(folder, None)
    assert {path.name for path in folder.iterdir()} == kept - {second.beside.name}


def test_a_folder_that_has_nothing_in_it_any_more_is_removed(tmp_path, monkeypatch):
    folder = tmp_path / "explorer_data"
    write_beside(folder, monkeypatch)
    monkeypatch.undo()
    data = write_data(explored(30), folder)
    remove_others(folder, data.beside)
    assert not folder.exists()
    remove_others(folder, None)  # nor is it missed


def test_the_folder_is_named_by_what_is_in_it_and_mended(tmp_path, monkeypatch):
    folder = tmp_path / "explorer_data"
    first = write_beside(folder, monkeypatch).beside
    (first / "record/0.js").unlink()
    assert write_beside(folder, monkeypatch).beside == first
    assert set(parts_beside(first)) == {"record/0", "record/1"}
    run = replace(explored(30), details=lambda rows: [detail(row + 1) for row in rows])
    assert write_data(run, folder).beside != first


def test_an_error_leaves_nothing_behind_and_earlier_data_as_they_were(tmp_path, monkeypatch):
    folder = tmp_path / "explorer_data"
    earlier = write_beside(folder, monkeypatch).beside
    before = parts_beside(earlier)

    def details(rows):
        yield from map(detail, rows[:30])
        raise OSError("waveforms.h5: damaged")

    for place in (folder, tmp_path / "other"):
        with pytest.raises(OSError, match=r"waveforms\.h5: damaged"):
            write_data(replace(explored(60), details=details), place, 2)
    assert list(folder.iterdir()) == [earlier]
    assert parts_beside(earlier) == before
    assert not (tmp_path / "other").exists()


def test_what_a_killed_process_left_is_removed(tmp_path, monkeypatch):
    folder = tmp_path / "explorer_data"
    left = folder / f".new.{socket.gethostname()}.{2**22 + 1}.part"
    (left / "record").mkdir(parents=True)
    (left / "record/0.js").write_text("half", encoding="utf-8")
    data = write_beside(folder, monkeypatch)
    assert list(folder.iterdir()) == [data.beside]


@pytest.mark.parametrize("n_clusters", [0, 1])
def test_one_event_is_enough(tmp_path, n_clusters):
    data = write_data(explored(1, n_clusters=n_clusters, with_places=False), tmp_path / "data", 4)
    assert decode_part(data.parts["picture/0"])["envelope"].shape == (1, 96, 2)
    assert decode_part(data.parts["record/0"])["lengths"].shape == (1,)
