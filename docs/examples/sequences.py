"""Sequences in noise: cells that light up one after the other are found, and when they do.

A microscope watches 30 cells. Three sequences of ten cells each come again and again: one cell
lights up after the other, and fades. A cell misses one time in five, or is a frame early or late,
and lights up by chance besides, which is half of all that is seen. The numbers of the cells say
nothing about the sequences, and the eye sees none.

SeqNMF knows components that last several frames. It is given six of them, and a penalty on
components that explain the same, which leaves as many as there are sequences. Its weight is twice
the one at which the cost of the penalty and that of the reconstruction cross, as its authors
advise. Whether a component is a sequence is then tested on a recording that it was not fitted to:
does it fit better there than it does when its cells are shifted against each other?

In the picture, the top shows the cells as they are numbered. Everything below has them sorted by
when they are active in the components on the left: now the same data show sequences, as rising
lines. See whether the activations have a peak at each triangle, which is where the sequence begins
in truth. Components 4 to 6 are empty.
"""

from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.signal import find_peaks

from specufex_pipe.nmf import SeqNMF
from specufex_pipe.nmf.sequences import (
    choose_cross_orthogonality,
    generate_sequences,
    significance,
)
from specufex_pipe.report.components import components_figure, latency_order

HERE = Path(__file__).parent
N_SEQUENCES, N_CELLS, N_FRAMES, LENGTH = 3, 30, 2000, 40
FRAMES_SHOWN = slice(0, 500)
WEIGHTS = np.geomspace(1e-4, 1e-1, 7)


def record(seed):
    """Return a recording whose cells are not in the order of the sequences, and what is true."""
    recording = generate_sequences(
        N_FRAMES, N_SEQUENCES, noise=0.003, jitter=1, participation=0.8, decay=5, random_state=seed
    )
    cells = np.random.default_rng(0).permutation(N_CELLS)
    return recording._replace(X=recording.X[cells], members=recording.members[cells])


def match(model, members):
    """Return the number of the component that has the cells of each sequence."""
    of_cells = model.components_.sum(axis=2)
    of_sequences = [of_cells[:, members == number].sum(axis=1) for number in range(N_SEQUENCES)]
    return linear_sum_assignment(np.array(of_sequences), maximize=True)[1]


def compare(activations, onsets):
    """Return whether each onset has a peak of the activations near it, and each peak an onset."""
    peaks, _ = find_peaks(activations, height=activations.max() / 3, distance=LENGTH)
    # A sequence may begin some frames into its component.
    is_near = np.abs(np.flatnonzero(onsets)[:, None] - peaks) < LENGTH / 2
    return is_near.any(axis=1), is_near.any(axis=0)


def draw(model, recording, components):
    """Draw the components over the sorted cells, the true onsets, and on top the unsorted cells."""
    figure = components_figure(
        model, recording.X, frames=FRAMES_SHOWN, order=latency_order(model)
    )
    panels = {axes.get_label(): axes for axes in figure.axes}
    for component, onsets in zip(components, recording.onsets, strict=True):
        times = np.flatnonzero(onsets)
        panels["activations"].plot(times, np.full(len(times), component + 0.4), "kv", markersize=3)
    return figure


def main(folder=HERE):
    """Find the sequences, draw them into a folder, and return how well that went."""
    recording, held_out = record(seed=0), record(seed=1)
    model = SeqNMF(6, LENGTH, max_iter=60)
    choice = choose_cross_orthogonality(model, recording.X, WEIGHTS)
    model.set_params(cross_orthogonality=2 * choice.crossing).fit(recording.X)
    components = match(model, recording.members)
    pairs = zip(model.activations_[components], recording.onsets, strict=True)
    found, right = map(np.concatenate, zip(*(compare(*pair) for pair in pairs), strict=True))
    figure = draw(model, recording, components)
    figure.savefig(Path(folder) / "sequences.png", dpi=90, bbox_inches="tight")
    numbers = {
        "significant": int(significance(model, held_out.X).is_significant.sum()),
        "power explained": model.power_explained_,
        "share of onsets found": float(found.mean()),
        "share of peaks at an onset": float(right.mean()),
    }
    print(numbers)
    return numbers


if __name__ == "__main__":
    main()
