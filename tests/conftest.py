"""What all tests share."""

import os

# Numba reads it when it is loaded; more threads than cores are as good for a test.
os.environ.setdefault("NUMBA_NUM_THREADS", "4")

import numba
import pytest
from hypothesis import settings

# Machines that run tests are shared: an example may take its time.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


# Files that take minutes, the longest first.
LONG = ("test_kills.py", "test_slurm.py", "test_attacks.py", "test_methods.py", "test_nmfs.py",
        "test_web_services.py", "test_modules.py", "test_background.py", "test_environment.py",
        "test_extending.py")  # fmt: skip


def pytest_collection_modifyitems(items):
    """Begin with the slowest tests, so that one process does not wait for them at the end."""
    items.sort(
        key=lambda item: (
            LONG.index(item.path.name) if item.path.name in LONG else len(LONG),
            item.get_closest_marker("slow") is None,
        )
    )


@pytest.fixture
def numba_threads():
    """Let a test set the number of threads, and set it back."""
    before = numba.get_num_threads()
    yield
    numba.set_num_threads(before)
