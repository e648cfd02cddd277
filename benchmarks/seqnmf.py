"""How fast SeqNMF is beside the plain loop over lags, which the original MATLAB code has.

Run it with `python benchmarks/seqnmf.py`; it takes a minute or two. Whole fits of the same data
from the same start are timed in turns, the loop with as many BLAS threads as there are cores. The
two have to agree.
"""

import argparse
import time

import numpy as np

from specufex_pipe.factorizations import SeqNMF

N_ROWS, N_FRAMES, N_COMPONENTS, LENGTH = 100, 5000, 10, 50
WEIGHT = 0.001
_EPSILON = np.finfo(float).eps


def reconstruct(W, H):
    length = W.shape[2]
    padded = np.pad(H, ((0, 0), (length, length)))
    total = np.zeros((W.shape[0], padded.shape[1]))
    for lag in range(length):
        total += W[:, :, lag] @ np.roll(padded, lag, axis=1)
    return total[:, length:-length]


def windowed(X, window):
    return np.array([np.convolve(row, window, "same") for row in X])


def plain_iteration(X, model, W, H, weight):
    """Do one iteration with a loop over the lags; return the model's frames, W and H."""
    n_components, length = W.shape[1:]
    window, others = np.ones(2 * length - 1), 1 - np.eye(n_components)
    explained, explained_model = np.zeros_like(H), np.zeros_like(H)
    for lag in range(length):
        explained += W[:, :, lag].T @ np.roll(X, -lag, axis=1)
        explained_model += W[:, :, lag].T @ np.roll(model, -lag, axis=1)
    penalty = weight * others @ windowed(explained, window)
    H = H * explained / (explained_model + penalty + _EPSILON)
    norms = np.linalg.norm(H, axis=1)
    H = H / (norms + _EPSILON)[:, None]
    W = W * norms[:, None]
    model, smooth = reconstruct(W, H), windowed(X, window)
    updated = np.empty_like(W)
    for lag in range(length):
        shifted = np.roll(H, lag, axis=1).T
        penalty = weight * (smooth @ shifted) @ others
        updated[:, :, lag] = W[:, :, lag] * (X @ shifted) / (model @ shifted + penalty + _EPSILON)
    return reconstruct(updated, H), updated, H


def plain_fit(X, W, H, n_iterations):
    """Fit with loops; return W and H."""
    length = W.shape[2]
    X, H = (np.pad(each, ((0, 0), (length, length))) for each in (X, H))
    model = reconstruct(W, H)
    for number in range(n_iterations):
        weight = 0.0 if number == n_iterations - 1 else WEIGHT
        model, W, H = plain_iteration(X, model, W, H, weight)
    return W, H[:, length:-length]


def fast_fit(X, W, H, n_iterations):
    """Fit with SeqNMF; return W and H."""
    model = SeqNMF(
        N_COMPONENTS,
        LENGTH,
        cross_orthogonality=WEIGHT,
        shift=False,
        sort=False,
        max_iter=n_iterations,
    ).fit(X, components=W.transpose(1, 0, 2), activations=H)
    return model.W_, model.activations_


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--iterations", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    X = rng.random((N_ROWS, N_FRAMES)) * (rng.random((N_ROWS, N_FRAMES)) < 0.1)
    W = rng.random((N_ROWS, N_COMPONENTS, LENGTH))
    H = rng.random((N_COMPONENTS, N_FRAMES))
    fits = {"loop over lags": plain_fit, "SeqNMF": fast_fit}
    seconds, results = {name: [] for name in fits}, {}
    for _ in range(options.rounds):
        for name, fit in fits.items():
            start = time.perf_counter()
            results[name] = fit(X, W, H, options.iterations)
            seconds[name].append((time.perf_counter() - start) / options.iterations)
    for plain, fast in zip(*results.values(), strict=True):
        np.testing.assert_allclose(fast, plain, rtol=1e-6, atol=1e-10 * plain.max())
    print(f"N = {N_ROWS}, T = {N_FRAMES}, K = {N_COMPONENTS}, L = {LENGTH}")
    for name, values in seconds.items():
        median, best = 1000 * np.median(values), 1000 * min(values)
        print(f"{name}: {median:.0f} ms an iteration, {best:.0f} in the best round")
    ratios = np.divide(*seconds.values())
    print(f"ratio: median {np.median(ratios):.1f}, from {ratios.min():.1f} to {ratios.max():.1f}")


if __name__ == "__main__":
    main()
