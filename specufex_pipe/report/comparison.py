"""What the report shows of variants that were run beside each other."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specufex_pipe.factorizations.base import LEAST_SHARE
from specufex_pipe.plotting.comparison import ComponentsRow, strongest_first
from specufex_pipe.store import read_arrays


@dataclass(frozen=True)
class Comparison:
    """The variants of a unit, `main` first.

    Attributes
    ----------
    rows : list of dict
        Measures of each variant, by name; see `stages.comparison`.
    components : list of plotting.comparison.ComponentsRow
        Components of each, the strongest first.
    records : dict of dict
        Settings of each factorization, by variant.
    """

    rows: list[dict[str, Any]]
    components: list[ComponentsRow]
    records: dict[str, dict[str, Any]]

    @property
    def has_labels(self) -> bool:
        """Whether labelled events took part."""
        return "rand_index" in self.rows[0]


def read_comparison(path: str | Path) -> Comparison:
    """Read comparison.h5.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Comparison
    """
    arrays, attributes = read_arrays(path, "comparison")
    rows = json.loads(attributes["rows"])
    components = [
        ComponentsRow(
            name if name == row["method"] else f"{name} ({row['method']})",
            strongest_first(arrays[f"{name}.components"], arrays[f"{name}.shares"], LEAST_SHARE),
            arrays[f"{name}.frequencies"],
        )
        for row in rows
        for name in [row["variant"]]
    ]
    return Comparison(rows, components, json.loads(attributes["records"]))
