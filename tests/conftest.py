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


def pytest_collection_modifyitems(items):
    """Begin with the slowest tests, so that one process does not wait for them at the end."""
    items.sort(
        key=lambda item: (
            item.path.name != "test_kills.py",
            item.get_closest_marker("slow") is None,
        )
    )


@pytest.fixture
def numba_threads():
    """Let a test set the number of threads, and set it back."""
    before = numba.get_num_threads()
    yield
    numba.set_num_threads(before)
