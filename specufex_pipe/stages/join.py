"""Make one store of the stores of the shards of a catalog."""

import logging
from pathlib import Path

from specufex_pipe.errors import StageError
from specufex_pipe.stages.rejected import explain_rejected
from specufex_pipe.store import FrameStore, join_shards, read_table

log = logging.getLogger(__name__)


def run(output, *, shards, n_shards):
    """Join shards, without copying their frames.

    Parameters
    ----------
    output : str or Path
        The store to write; its name without the suffix is what it holds, such as spectrograms.h5.
    shards : str or Path
        Folder that has a folder for each shard, 00000, 00001, ..., and in it a file with the name
        of the output.
    n_shards : int
        Number of shards.

    Raises
    ------
    StageError
        If no event is left, or the shards do not fit together.
    """
    name = Path(output).name
    kind = Path(output).stem
    paths = [Path(shards) / f"{shard:05d}" / name for shard in range(n_shards)]
    _require_events(paths, kind)
    try:
        n_events = join_shards(output, kind, paths)
    except ValueError as error:
        raise StageError(str(error)) from error
    log.info("%s of %d events in %d shards", kind, n_events, n_shards)


def _require_events(paths, kind):
    for path in paths:
        with FrameStore(path, kind) as store:
            if store.n_events:
                return
    rejected = [row for path in paths for row in read_table(path, "rejected")[1]]
    raise StageError("\n".join(["no event is left:", *explain_rejected(rejected)]))
