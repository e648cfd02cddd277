"""Make one store of the stores of the shards of a catalog."""

import logging
from pathlib import Path

from specufex_pipe.catalogs.shards import shard_names
from specufex_pipe.errors import StageError
from specufex_pipe.rejections import explain
from specufex_pipe.store import FrameStore, join_shards, read_rejections

log = logging.getLogger(__name__)


def run(output: Path, *, shards: Path, n_shards: int, require_events: bool = False) -> None:
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
    require_events : bool
        Stop if no event is left.

    Raises
    ------
    StageError
        If no event is left, and one is required, or the shards do not fit together.
    """
    kind = output.stem
    paths = [shards / name / output.name for name in shard_names(n_shards)]
    if require_events:
        _require_events(paths, kind)
    try:
        n_events = join_shards(output, kind, paths)
    except ValueError as error:
        raise StageError(str(error)) from error
    log.info("%s of %d events in %d shards", kind, n_events, n_shards)


def _require_events(paths: list[Path], kind: str) -> None:
    for path in paths:
        with FrameStore(path, kind) as store:
            if store.n_events:
                return
    rejections = [row for path in paths for row in read_rejections(path, kind)]
    raise StageError("\n".join(["no event is left:", *explain(rejections)]))
