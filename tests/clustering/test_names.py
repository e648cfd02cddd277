"""Tables of names of clusters: what is read, and what is refused with its line."""

import pytest

from specufex_pipe.clustering.names import NameRow, read_name_table
from specufex_pipe.errors import StageError

HEADER = "cluster,name,clusters_digest"


def write(folder, *rows, header=HEADER):
    path = folder / "names.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_table_has_names_of_the_clusters_of_several_results(tmp_path):
    path = write(tmp_path, '1,"a, ""b""",d1', "2, tremor ,d1", "1,=noise,d2")
    assert read_name_table(path) == [
        NameRow(1, 'a, "b"', "d1"), NameRow(2, "tremor", "d1"), NameRow(1, "=noise", "d2")
    ]  # fmt: skip


def test_other_columns_and_their_order_do_not_matter(tmp_path):
    path = write(tmp_path, "d1,tremor,x,2", header="clusters_digest,name,by,cluster")
    assert read_name_table(path) == [NameRow(2, "tremor", "d1")]


@pytest.mark.parametrize(("rows", "message"), [
    (["1,a,d", "1,b,d"], "line 3: cluster 1 has a name already; keep one of them"),
    (["1,a,d", "1,a,d"], "line 3: cluster 1 has a name already; keep one of them"),
    (["1,a,d", "2, ,d"], "line 3: the name of cluster 2 is empty"),
    (["1," + "x" * 101 + ",d"], "line 2: the name of cluster 1 has 101 characters"),
    (["0,a,d"], "line 2: 0 is not a cluster; clusters are numbered from 1"),
    (["-1,a,d"], "line 2: cluster is '-1', expected a number"),
    (["one,a,d"], "line 2: cluster is 'one', expected a number"),
    (["1,a,"], "line 2: clusters_digest is empty; the explorer writes it"),
    (["1,a"], "line 2 has 2 cells, expected 3"),
    (["1,a,d,e"], "line 2 has 4 cells, expected 3"),
    (["1,a,d", '2,"a,d'], "not a CSV file in UTF-8 .* after line 2"),
])  # fmt: skip
def test_what_is_wrong_in_a_table_is_said_with_its_line(tmp_path, rows, message):
    with pytest.raises(StageError, match=message):
        read_name_table(write(tmp_path, *rows))


def test_a_table_without_a_column_is_refused(tmp_path):
    with pytest.raises(ValueError, match="has no column clusters_digest"):
        read_name_table(write(tmp_path, "1,a", header="cluster,name"))
