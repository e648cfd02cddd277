"""The shards of a catalog: parts of so many rows, each a job of its own."""


def count_shards(n_rows: int, shard_size: int) -> int:
    """Return the number of shards of a catalog, at least one."""
    return max(1, -(-n_rows // shard_size))


def shard_rows(shard: int, shard_size: int) -> range:
    """Return the range of the numbers of the rows in a shard."""
    return range(shard * shard_size, (shard + 1) * shard_size)


def shard_names(n_shards: int) -> list[str]:
    """Return the names of the folders of the shards."""
    return [f"{shard:05d}" for shard in range(n_shards)]
