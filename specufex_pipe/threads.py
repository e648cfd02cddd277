"""Threads for work that leaves Python's lock alone: compiled kernels and NumPy on large arrays."""

from concurrent.futures import ThreadPoolExecutor

import numba


def map_threads(function, *arguments):
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
    n_threads = min(numba.get_num_threads(), len(arguments[0]))
    if n_threads <= 1:
        return list(map(function, *arguments))
    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(function, *arguments))
