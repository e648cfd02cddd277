"""Compare all results of a run, and write the index of them."""

import logging
from pathlib import Path

from specufex_pipe.report.compared import compare_runs
from specufex_pipe.report.page.compared import render_compared, render_index
from specufex_pipe.report.runs import gather_runs
from specufex_pipe.store import atomic_path
from specufex_pipe.words import counted

log = logging.getLogger(__name__)


def run(
    output: Path, *, folders: list[Path], index: Path | None = None, models: Path | None = None
) -> None:
    """Write the page on which results are compared, and the index of them.

    Parameters
    ----------
    output : Path
        compared.html, a page that needs no other file.
    folders : list of Path
        results/UNIT/VARIANT of each result, two or more.
    index : Path, optional
        index.html, a row a result, with links to the reports.
    models : Path, optional
        Folder of the results whose models were kept, where that is another.

    Raises
    ------
    StageError
        If a folder is not that of a finished run.
    """
    runs = gather_runs(folders, models)
    pages = {output: render_compared(compare_runs(runs))}
    if index is not None:
        pages[index] = render_index(runs, index.parent, output)
    for path, page in pages.items():
        with atomic_path(path) as temporary:
            temporary.write_text(page, encoding="utf-8")
    log.info("%s compared, %.1f MB", counted(len(runs), "result"), len(pages[output]) / 1e6)
