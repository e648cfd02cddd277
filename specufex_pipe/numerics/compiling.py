"""Compiling kernels with Numba, also where no folder can be written that would keep them."""

import logging
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import numba

log = logging.getLogger(__name__)
Function = TypeVar("Function", bound=Callable[..., Any])


def njit(**options: Any) -> Callable[[Function], Function]:
    """Return a decorator that compiles a function, as `numba.njit` does.

    Where neither the package's folder nor the user's home can be written, the function is compiled
    anew by each process, and not kept.

    Parameters
    ----------
    **options
        As for `numba.njit`.
    """

    def compiled(function: Function) -> Function:
        try:
            kernel: Function = numba.njit(**options)(function)
        except RuntimeError:
            if not options.get("cache"):
                raise
            _warn()
            kernel = numba.njit(**(options | {"cache": False}))(function)
        return kernel

    return compiled


@cache
def _warn() -> None:
    log.warning(
        "compiled code cannot be kept, since neither the folder of the package nor the home can be "
        "written: each job takes half a minute longer; set NUMBA_CACHE_DIR to a folder that can"
    )
