"""Threads for work that leaves Python's lock alone: compiled kernels and NumPy on large arrays."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numba
from threadpoolctl import threadpool_limits

from specufex_pipe.numerics.types import Array

Result = TypeVar("Result")

# Sums over threads would come out in another order with another number of threads.
one_blas_thread = threadpool_limits.wrap(limits=1, user_api="blas")

# Kept from call to call, since a step of a fit is over in milliseconds; by number of threads.
_pools: dict[int, ThreadPoolExecutor] = {}
# A forked process has the pools' memory, but not their threads.
os.register_at_fork(after_in_child=_pools.clear)


def map_threads(function: Callable[..., Result], *arguments: Sequence[Any] | Array) -> list[Result]:
    """Call a function with each of the arguments; the results come back in their order.

    The number of threads is Numba's: `numba.set_num_threads`, or NUMBA_NUM_THREADS in the
    environment; all cores by default.

    Parameters
    ----------
    function : callable
    *arguments : sequences, as for `map`

    Returns
    -------
    list
    """
    n_threads = numba.get_num_threads()
    if min(n_threads, len(arguments[0])) <= 1:
        return list(map(function, *arguments))
    if n_threads not in _pools:
        _pools[n_threads] = ThreadPoolExecutor(n_threads)
    return list(_pools[n_threads].map(function, *arguments))
