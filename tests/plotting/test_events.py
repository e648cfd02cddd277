"""The figure of an event."""

import numpy as np

from specufex_pipe.plotting import style
from specufex_pipe.plotting.events import EventDrawing, event_figure
from specufex_pipe.plotting.views import Clock, Example, Limits

OF_RUN = {
    "clock": Clock(1.0, 100.0, -0.9, 0.05),
    "frequencies": np.linspace(1, 20, 20),
    "limits": Limits(20.0, 20.0, 100.0, 0.5),
    "unit": "counts",
}


def example(seed, n_frames):
    rng = np.random.default_rng(seed)
    return Example(
        event_id=f"event{seed}",
        time=np.datetime64("2020-01-01"),
        distance=0.1,
        silhouette=0.5,
        membership=0.9,
        second_cluster=0,
        second_membership=0.0,
        samples=10.0**seed * rng.normal(size=5 * n_frames + 20),
        frames=20 * rng.random((n_frames, 20)),
        energies=100 * rng.random((n_frames, 7)),
        state_probabilities=rng.dirichlet(np.ones(5), n_frames),
        fingerprint=0.5 * rng.random((5, 5)),
    )


def test_a_figure_that_shows_event_after_event_shows_each_as_if_it_were_the_first():
    drawing = EventDrawing(**OF_RUN)
    for seed, n_frames in ((1, 60), (2, 25), (3, 90), (1, 60)):
        event = example(seed, n_frames)
        assert style.png(drawing.show(event)) == style.png(event_figure(event, **OF_RUN))
