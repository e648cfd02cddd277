"""Threads give their results in order, and survive a fork."""

import multiprocessing

import numba
import numpy as np
import pytest

from specufex_pipe import BayesianNMF
from specufex_pipe.numerics.threads import map_threads


@pytest.mark.parametrize("n_threads", [1, 2])
def test_results_come_in_the_order_of_the_arguments(n_threads, numba_threads):
    numba.set_num_threads(n_threads)
    assert map_threads(lambda a, b: a - b, range(100), range(100, 0, -1)) == list(
        range(-100, 100, 2)
    )
    with pytest.raises(ZeroDivisionError):
        map_threads(lambda a: 1 // a, range(-3, 3))


def _transform(model, X, queue):
    queue.put(model.transform(X))


def test_a_forked_process_can_use_a_model_that_its_parent_has_used():
    X = np.random.default_rng(0).gamma(1, 10, (30, 8, 40))
    model = BayesianNMF(3, max_iter=2).fit(X)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=_transform, args=(model, X, queue))
    process.start()
    found = queue.get(timeout=60)
    process.join(60)
    assert np.array_equal(found, model.transform(X))
