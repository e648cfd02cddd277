"""Names of the clusters of a run: those of other clusters are refused."""

import json

import pytest
from helpers.report import make_page, options_of, write_results
from helpers.runs import labelled, write_result

from specufex_pipe.clustering.names import COLUMNS
from specufex_pipe.errors import StageError
from specufex_pipe.settings import ReportSettings
from specufex_pipe.stages import report
from specufex_pipe.stages.names import names_of_clusters
from specufex_pipe.store import read_attributes, write_csv


@pytest.fixture(scope="module")
def clusters(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "XX.STA..HHZ/main"
    return write_result(folder, labelled([1, 2, 3, 1, 2])) / "clusters.h5"


def table(folder, *rows):
    path = folder / "names.csv"
    write_csv(path, COLUMNS, rows)
    return str(path)


def digest_of(path):
    return read_attributes(path)["digest"]


def test_clusters_have_no_names_unless_they_are_given(clusters):
    assert names_of_clusters(None, clusters) == {}


def test_names_are_read_from_json_and_taken_for_any_clusters(clusters):
    given = json.dumps({1: " long-period ", 3: "explosions"})
    assert names_of_clusters(given, clusters) == {1: "long-period", 3: "explosions"}


def test_names_are_read_from_the_rows_of_a_table_that_are_of_these_clusters(clusters, tmp_path):
    rows = [(1, "long-period", digest_of(clusters)), (9, "other", "of another run")]
    assert names_of_clusters(table(tmp_path, *rows), clusters) == {1: "long-period"}


def test_a_table_of_other_clusters_is_refused_with_what_to_do(clusters, tmp_path):
    message = "names belong to the clusters that they were given to.* set clusters.names to null"
    with pytest.raises(StageError, match=message) as error:
        names_of_clusters(table(tmp_path, (1, "long-period", "another")), clusters)
    assert digest_of(clusters) in str(error.value)


def test_a_name_of_a_cluster_that_there_is_not_is_refused(clusters, tmp_path):
    with pytest.raises(StageError, match=r"names cluster 4, and the last one of .* is 3; take it"):
        names_of_clusters('{"4": "x"}', clusters)
    with pytest.raises(StageError, match="names cluster 5, and the last one of"):
        names_of_clusters(table(tmp_path, (5, "x", digest_of(clusters))), clusters)


def test_where_no_clusters_were_found_there_is_none_to_name(tmp_path):
    folder = tmp_path / "XX.STA..HHZ/main"
    write_result(folder, labelled([1, 1, 1]), found=False)
    with pytest.raises(StageError, match="names cluster 1, and there is none"):
        names_of_clusters('{"1": "x"}', folder / "clusters.h5")


@pytest.mark.parametrize("given", ['{"1": 5}', '{"one": "x"}', '{"1": ""}', "{"])
def test_json_that_has_no_names_is_refused(clusters, given):
    with pytest.raises(StageError, match="are not names by number, such as"):
        names_of_clusters(given, clusters)


def test_names_stand_in_the_titles_of_the_report(tmp_path):
    name = "<b>long</b> & period"
    page = make_page(tmp_path, [1, 1, 2, 2], names=json.dumps({2: name}))
    assert "Cluster 2: &lt;b&gt;long&lt;/b&gt; &amp; period" in page
    assert name not in page
    assert "Cluster 1:" not in page


def test_the_report_refuses_names_of_other_clusters(tmp_path):
    paths, *_ = write_results(tmp_path, [1, 1, 2, 2])
    with pytest.raises(StageError, match="has no names for"):
        report.run(
            ReportSettings(), tmp_path / "report.html",
            names=table(tmp_path, (1, "x", "another")), **options_of(paths),
        )  # fmt: skip
