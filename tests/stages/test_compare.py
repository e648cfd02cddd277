"""The command that compares finished results, whatever made them, and the stage of its page."""

import pytest
from helpers.runs import write_result

from specufex_pipe.errors import StageError
from specufex_pipe.stages import compare, compared
from specufex_pipe.store import read_csv


@pytest.fixture
def results(tmp_path):
    # The first has six events, of which the second lacks two, and an event of no cluster.
    first = write_result(tmp_path / "A/U/main", {"a": 1, "b": 1, "c": 2, "d": 2, "e": 3, "f": 0})
    second = write_result(tmp_path / "B/U/main", {"d": 1, "c": 1, "b": 2, "a": 2})
    return first, second


def test_clusters_that_differ_in_their_numbers_alone_agree(results, capsys):
    compare.run(list(results))
    printed = capsys.readouterr().out
    assert "Adjusted Rand index 1.000" in printed
    assert "4 events are in both." in printed


def test_events_and_clusters_are_counted_for_each_result_as_a_whole(results, capsys):
    compare.run(list(results))
    printed = capsys.readouterr().out
    assert f"A: {results[0]}, 6 events in 3 clusters" in printed
    assert f"B: {results[1]}, 4 events in 2 clusters" in printed


def test_the_cross_table_counts_the_events_that_both_have(results, tmp_path):
    compare.run(list(results), table=tmp_path / "table.csv")
    first, second = map(str, results)
    assert [tuple(row.values()) for row in read_csv(tmp_path / "table.csv")] == [
        (first, second, "1", "1", "0"),
        (first, second, "1", "2", "2"),
        (first, second, "2", "1", "2"),
        (first, second, "2", "2", "0"),
    ]


def test_all_pairs_of_several_results_are_printed(results, tmp_path, capsys):
    other = write_result(tmp_path / "C/U/main", {"x": 1, "a": 2})
    compare.run([*results, other])
    printed = capsys.readouterr().out
    assert printed.count("1 event is in both.") == 2
    assert "Events by cluster of B (rows) and of C (columns)" in printed


def test_results_without_a_common_event_are_said_to_have_none(results, tmp_path, capsys):
    other = write_result(tmp_path / "C/U/main", {"x": 1, "y": 2})
    compare.run([results[0], other], table=tmp_path / "table.csv")
    assert "They have no event in common." in capsys.readouterr().out
    assert read_csv(tmp_path / "table.csv") == []


def test_one_group_in_both_results_is_not_called_agreement(tmp_path, capsys):
    folders = [write_result(tmp_path / name / "U/main", {"a": 1, "b": 1}) for name in "AB"]
    compare.run(folders)
    printed = capsys.readouterr().out
    assert "Both have all of them in one group, which tells nothing of agreement." in printed
    assert "Rand index" not in printed


def test_a_page_is_written_where_one_is_asked_for(results, tmp_path, capsys):
    compare.run(list(results), output=tmp_path / "compared.html")
    assert f"The page: {tmp_path / 'compared.html'}" in capsys.readouterr().out
    page = (tmp_path / "compared.html").read_text(encoding="utf-8")
    assert "A/U/main" in page
    assert "data:image/png;base64," in page


def test_the_stage_writes_page_and_index(results, tmp_path):
    pages = tmp_path / "compared.html", tmp_path / "index.html"
    compared.run(pages[0], folders=list(results), index=pages[1])
    assert all(page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>") for page in pages)


@pytest.mark.parametrize(("name", "message"), [
    ("", r"A/U/main: assignments\.h5 is missing; expected results/UNIT/VARIANT of a finished run"),
    ("catalog", r"A/U/main: catalog\.h5 is missing; expected results/UNIT/VARIANT"),
    ("clusters", r"A/U/main: the clusters\.h5 that its events were assigned to is not there"),
    ("spectrograms", r"A/U/main: spectrograms\.h5 is missing; expected results/UNIT/VARIANT"),
])  # fmt: skip
def test_a_file_that_is_missing_is_named_with_its_folder(results, tmp_path, name, message):
    folder = results[0].parents[1] if name == "catalog" else results[0]
    (folder / f"{name or 'assignments'}.h5").unlink()
    with pytest.raises(StageError, match=message):
        compare.run(list(results), output=tmp_path / "compared.html")


def test_what_is_no_folder_of_a_result_is_refused(results, tmp_path):
    with pytest.raises(StageError, match="nowhere: there is no such folder; expected results/UNIT"):
        compare.run([results[0], tmp_path / "nowhere"])
    with pytest.raises(StageError, match="is one result: expected two or more"):
        compare.run([results[0]])


def test_a_description_of_the_table_that_is_damaged_is_named(results, tmp_path):
    (results[1] / "events.csv-metadata.json").write_text("{", encoding="utf-8")
    with pytest.raises(StageError, match=r"events\.csv-metadata\.json: damaged"):
        compare.run(list(results), output=tmp_path / "compared.html")
