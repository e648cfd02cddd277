"""Kernels work where Numba has no folder to keep them in."""

import subprocess
import sys

import pytest

CODE = """
from numba.core import caching

def refuse(self):
    raise OSError("this disk is read-only")

caching._CacheLocator.ensure_cache_path = refuse
from specufex_pipe.hmm import energies
from specufex_pipe.numerics.exp_digamma import digamma
print(digamma(1.0))
"""


def test_kernels_are_compiled_anew_where_no_folder_can_be_written():
    run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert float(run.stdout) == pytest.approx(-0.5772156649)
    assert run.stderr.count("compiled code cannot be kept") == 1
