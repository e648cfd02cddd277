"""A function for many items, in processes that share the memory of this one."""

import multiprocessing
import os
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_PLACE = struct.Struct("i")
# What a pipe holds at least, bytes.
_MOST_ITEMS = 65_536 // _PLACE.size


def map_processes(
    function: Callable[[Item], Result], items: Sequence[Item], n_processes: int
) -> list[Result]:
    """Return what a function makes of each item, in the order of the items.

    Processes are forked from this one, so that they need no copy of what the function uses; where
    that is not safe, on other systems than Linux, this process does all. It also does, and raises,
    what another could not.

    Parameters
    ----------
    function : callable
        Of one item. It may not use other threads, and what it returns has to be picklable.
    items : sequence
        The costliest first, since each process takes the next one that nobody has taken. More
        than 16 384 are done by this process alone.
    n_processes : int
        Including this one.
    """
    n_others = min(n_processes, len(items)) - 1
    is_safe = sys.platform.startswith("linux") and len(items) <= _MOST_ITEMS
    if n_others < 1 or not is_safe:
        return [function(item) for item in items]
    context = multiprocessing.get_context("fork")
    turns = _line_up(len(items))
    try:
        receivers = [_start(context, function, items, turns) for _ in range(n_others)]
        found = dict(_take_turns(function, items, turns))
    finally:
        os.close(turns)
    for receiver in receivers:
        try:
            found |= receiver.recv()
        except EOFError:  # it has failed, and is made up for below
            continue
    return [found[place] if place in found else function(item) for place, item in enumerate(items)]


def _line_up(n_items: int) -> int:
    """Return a pipe that has the place of each item, to be read by whoever takes it.

    Unlike a lock, it is not left closed by a process that is killed.
    """
    turns, end = os.pipe()
    os.write(end, b"".join(_PLACE.pack(place) for place in range(n_items)))
    os.close(end)
    return turns


def _start(
    context: ForkContext, function: Callable[[Any], Any], items: Sequence[Any], turns: int
) -> Connection:
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(function, items, turns, sender), daemon=True)
    process.start()
    # The other end is the process's alone: when it dies, nothing keeps the pipe open.
    sender.close()
    return receiver


def _work(
    function: Callable[[Any], Any], items: Sequence[Any], turns: int, sender: Connection
) -> None:
    try:
        found = dict(_take_turns(function, items, turns))
    except Exception:  # noqa: BLE001  whatever it is, the first process meets it again
        return
    sender.send(found)


def _take_turns(
    function: Callable[[Item], Result], items: Sequence[Item], turns: int
) -> Iterator[tuple[int, Result]]:
    while place := os.read(turns, _PLACE.size):
        (number,) = _PLACE.unpack(place)
        yield number, function(items[number])
