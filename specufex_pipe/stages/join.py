"""Make one store of the stores of the shards of a catalog."""

import logging
from pathlib import Path

from specufex_pipe.catalogs.shards import shard_names
from specufex_pipe.errors import StageError
from specufex_pipe.rejections import explain
from specufex_pipe.store import FrameStore, join_shards, read_rejected
from specufex_pipe.words import counted

log = logging.getLogger(__name__)


def run(output: Path, *, shards: Path, n_shards: int, rejected: Path | None = None) -> None:
    """Join shards, without copying their frames.

    Parameters
    ----------
    output : Path
        The store to write; its name without the suffix is what it holds, such as spectrograms.h5.
    shards : Path
        Folder that has a folder for each shard, 00000, 00001, ..., and in it a file with the name
        of the output.
    n_shards : int
        Number of shards.
    rejected : Path, optional
        rejected.csv, for a run that ends here if no event is left: it says why.

    Raises
    ------
    StageError
        If no event is left, or the shards do not fit together.
    """
    kind = output.stem
    paths = [shards / name / output.name for name in shard_names(n_shards)]
    if rejected is not None:
        _require_events(paths, kind, rejected)
    try:
        n_events = join_shards(output, kind, paths)
    except ValueError as error:
        raise StageError(str(error)) from error
    log.info("%s of %s in %s", kind, counted(n_events, "event"), counted(n_shards, "shard"))


def _require_events(paths: list[Path], kind: str, rejected: Path) -> None:
    for path in paths:
        with FrameStore(path, kind) as store:
            if store.n_events:
                return
    reasons = explain(read_rejected(rejected))
    raise StageError("\n".join([f"no event is left; {rejected} lists them all:", *reasons]))
