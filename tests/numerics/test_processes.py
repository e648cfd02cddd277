"""Forked processes give results in order, and what one could not do is done or raised here."""

import os
import signal
from threading import Event

import pytest

from specufex_pipe.numerics.processes import map_processes

ITEMS = list(range(40, 0, -1))


@pytest.mark.parametrize("n_processes", [0, 1, 2, 5, 100])
def test_results_come_in_the_order_of_the_items(n_processes):
    shift = 3
    assert map_processes(lambda item: item - shift, ITEMS, n_processes) == [
        item - 3 for item in ITEMS
    ]
    assert map_processes(abs, [], n_processes) == []


def test_the_work_is_shared():
    def slow(item):
        Event().wait(0.02)
        return os.getpid()

    assert len(set(map_processes(slow, ITEMS, 2))) == 2


def test_an_error_is_raised_wherever_it_happens():
    with pytest.raises(ZeroDivisionError):
        map_processes(lambda item: 1 // (item - 20), ITEMS, 3)


def test_what_a_process_that_dies_has_taken_is_done_here():
    parent = os.getpid()

    def fatal(item):
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    assert map_processes(fatal, ITEMS, 3) == ITEMS
