"""Who speaks when
===============

Smooth activations tell speakers apart where single frames cannot.

In a recording of a debate, four speakers take turns of 5 to 30 seconds. Each frame, half a second,
is a histogram: how often each of 40 kinds of sound is in it. A speaker makes some of them more
often than others do, but a frame has only few sounds, and says little about who speaks. That the
speaker mostly goes on in the next frame says the rest. Smooth factorizations know it: they add a
penalty on activations that change from frame to frame.

Plain NMF (smoothness 0) is compared with smooth NMF, and with smooth convex NMF, whose components
are sums of frames. The latter can go through the frames batch by batch as well, for recordings that
memory does not hold, and gives the same.

In the picture, a colour is a speaker. Compare the strips with the truth: plain NMF flickers, smooth
NMF shows turns. The curves at the bottom show why: look at how far they are from 0 in the white,
while the speaker is silent.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from scipy.optimize import linear_sum_assignment

from specufex_pipe.factorizations import SmoothConvexNMF, SmoothNMF

HERE = Path(__file__).parent
N_SPEAKERS, N_KINDS, N_FRAMES, FRAMES_PER_SECOND = 4, 40, 1000, 2
SECONDS_SHOWN = 180
COLORS = ("#4477aa", "#ee6677", "#ccbb44", "#bbbbbb")
# A jump costs by the square of the counts: the fewer a frame has, the larger this has to be.
SMOOTHNESS = 0.5


def generate(seed):
    """Return histograms (kinds of sound, frames), and the number of each frame's speaker."""
    rng = np.random.default_rng(seed)
    habits = rng.dirichlet(np.full(N_KINDS, 0.5), N_SPEAKERS)
    turns = np.cumsum(rng.integers(1, N_SPEAKERS, N_FRAMES)) % N_SPEAKERS
    speakers = np.repeat(turns, rng.integers(10, 61, N_FRAMES))[:N_FRAMES]
    return rng.poisson(6 * habits[speakers]).T, speakers


def best_fit(method, histograms, **settings):
    """Return the fit of lowest cost, of three starts."""
    models = [method(N_SPEAKERS, random_state=start, **settings) for start in range(3)]
    return min((model.fit(histograms) for model in models), key=lambda model: model.cost_[-1])


def sounds_of_speakers(model, speakers):
    """Return how many sounds a model ascribes to each speaker, named so that most frames fit."""
    sounds = model.energies(model.activations_)
    frames_in_common = np.zeros((N_SPEAKERS, N_SPEAKERS))
    np.add.at(frames_in_common, (speakers, sounds.argmax(axis=0)), 1)
    return sounds[linear_sum_assignment(frames_in_common, maximize=True)[1]]


def draw_strip(axes, speakers, title):
    """Draw who speaks as a strip of colours."""
    edges = np.arange(N_FRAMES + 1) / FRAMES_PER_SECOND
    axes.pcolormesh(edges, (0, 1), speakers[None], cmap=ListedColormap(COLORS))
    axes.set_yticks(())
    axes.set_title(title, loc="left", fontsize=10)


def draw(histograms, speakers, sounds, shares):
    """Draw histograms, who speaks according to each method, and what one speaker is ascribed."""
    figure = Figure((9, 7.5), layout="constrained")
    first, truth, *strips, last = figure.subplots(6, sharex=True, height_ratios=(4, 1, 1, 1, 1, 3))
    seconds = (np.arange(N_FRAMES) + 0.5) / FRAMES_PER_SECOND
    first.pcolormesh(seconds, np.arange(1, N_KINDS + 1), histograms, cmap="gray_r", vmax=4)
    first.set_ylabel("Kind of sound")
    first.set_title("Sounds in each frame (white: none, black: 4 or more)", loc="left", fontsize=10)
    draw_strip(truth, speakers, "Who speaks, in truth")
    for axes, (name, values) in zip(strips, sounds.items(), strict=True):
        title = f"{name}: {100 * shares[name]:.0f} % of all {N_FRAMES} frames are right"
        draw_strip(axes, values.argmax(axis=0), title)
    is_speaking = {"where": speakers == 0, "step": "mid", "color": COLORS[0], "alpha": 0.25}
    last.fill_between(seconds, 0, 15, linewidth=0, **is_speaking)
    last.plot(seconds, sounds["plain NMF"][0], color="#888888", linewidth=0.8, label="plain")
    last.plot(seconds, sounds["smooth NMF"][0], color=COLORS[0], linewidth=2, label="smooth")
    last.set(ylabel="Sounds per frame", ylim=(0, 14), xlim=(0, SECONDS_SHOWN), xlabel="Time (s)")
    title = "Sounds ascribed to one speaker, who speaks where it is shaded"
    last.set_title(title, loc="left", fontsize=10)
    last.legend(loc="upper center", ncols=2, frameon=False)
    return figure


def main(folder=HERE):
    """Find who speaks, draw it into a folder, and return the shares of frames that are right."""
    histograms, speakers = generate(seed=3)
    convex = best_fit(SmoothConvexNMF, histograms, smoothness=SMOOTHNESS)
    models = {
        "plain NMF": best_fit(SmoothNMF, histograms, smoothness=0),
        "smooth NMF": best_fit(SmoothNMF, histograms, smoothness=SMOOTHNESS),
        "smooth convex NMF": convex,
    }
    sounds = {name: sounds_of_speakers(model, speakers) for name, model in models.items()}
    numbers = {
        name: float(np.mean(each.argmax(axis=0) == speakers)) for name, each in sounds.items()
    }
    figure = draw(histograms, speakers, sounds, numbers)
    figure.savefig(Path(folder) / "speakers.png", dpi=90)
    batched = best_fit(SmoothConvexNMF, histograms, smoothness=SMOOTHNESS, batch_size=128)
    difference = np.abs(batched.components_ - convex.components_).max() / convex.components_.max()
    numbers["largest difference of components, batch by batch"] = float(difference)
    print(numbers)
    return numbers


if __name__ == "__main__":
    main(*sys.argv[1:])
