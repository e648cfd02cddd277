"""Three factories, one lake
=========================

Three factories discharge into a lake. Who discharged how much, and when, is recovered.

A gauge in the lake measures what flows in, for 12 hours on each of 1000 days. It measures the sum.
Each factory has a daily profile of its own, which nobody has measured, and is on or off on a day,
with a strength that varies. Each day is thus a sum of three profiles, and none can be negative,
which is all that a nonnegative matrix factorization goes by to find profiles and strengths.

In the picture, the top shows what the gauge has seen of the first days. In each row below, the
profile of a factory is on the left, and its contribution on the same days on the right: see whether
the recovered dots sit on the tops of the true bars, and lie at 0 on the days without a bar. Some
lie a little above 0: factory 2 discharges somewhat at all hours, so that a small share of it may as
well be a weak factory 1 or 3 on the same day, and no measurement of the sum can tell.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy.optimize import linear_sum_assignment

from specufex_pipe.factorizations import ReplicateNMF

HERE = Path(__file__).parent
HOURS = np.arange(6, 18)
N_DAYS, N_DAYS_SHOWN = 1000, 60
COLORS = ("#4477aa", "#ee6677", "#228833")


def generate(seed):
    """Return what the gauge measured (hours, days), the profiles, and the contributions (kg)."""
    rng = np.random.default_rng(seed)
    early = np.exp(-(((HOURS - 8) / 1.6) ** 2))
    steady = np.where((HOURS >= 8) & (HOURS < 16), 1.0, 0.1) - 0.4 * (HOURS == 12)
    late = np.clip((HOURS - 10) / 7, 0, None) ** 2
    profiles = np.array([early, steady, late])
    profiles /= profiles.sum(axis=1, keepdims=True)
    is_on = rng.random((3, N_DAYS)) < 0.6
    contributions = is_on * rng.uniform(20, 100, (3, N_DAYS))
    noise = rng.normal(0, 0.3, (len(HOURS), N_DAYS))
    # What is negative is refused, and so is what a gauge would show of it.
    return np.maximum(profiles.T @ contributions + noise, 0), profiles, contributions


def match(true, recovered):
    """Return which recovered row is like each true row, and how they correlate."""
    correlations = np.corrcoef(true, recovered)[: len(true), len(true) :]
    _, order = linear_sum_assignment(correlations, maximize=True)
    return order, correlations[np.arange(len(true)), order]


def draw(measured, true_profiles, true, profiles, contributions):
    """Draw the first days, and beneath them each factory: its profile and its contributions."""
    figure = Figure((9, 7.2), layout="constrained")
    axes = figure.subplots(4, 2, width_ratios=(1, 3), sharex="col")
    axes[0, 0].set_axis_off()
    axes[0, 0].text(
        0.1, 0.5, "measured =\nsum over factories of\nprofile times contribution", va="center"
    )
    days = np.arange(1, N_DAYS_SHOWN + 1)
    image = axes[0, 1].pcolormesh(days, HOURS + 0.5, measured[:, :N_DAYS_SHOWN], cmap="cividis")
    axes[0, 1].set(title="What the gauge measured: the sum of all three", yticks=(6, 12, 18))
    axes[0, 1].set_ylabel("Hour of the day")
    figure.colorbar(image, ax=axes[0, 1], label="kg per hour", pad=0.01)
    for factory, (left, right) in enumerate(axes[1:]):
        color, name = COLORS[factory], f"Factory {factory + 1}"
        left.stairs(true_profiles[factory], [*HOURS, 18], fill=True, color="#cccccc")
        left.plot(HOURS + 0.5, profiles[factory], "o-", color=color, markersize=4)
        left.set(title=f"{name}: daily profile", ylabel="Share of the day")
        right.bar(days, true[factory, :N_DAYS_SHOWN], color="#cccccc", label="true")
        right.plot(
            days, contributions[factory, :N_DAYS_SHOWN], "o", color=color, markersize=4,
            label="recovered",
        )  # fmt: skip
        right.set(title=f"{name}: contribution", ylabel="kg per day", ylim=(-4, 122))
        right.legend(loc="upper right", ncols=2, frameon=False, borderaxespad=0)
    axes[3, 0].set(xlabel="Hour of the day", xticks=(6, 9, 12, 15, 18))
    axes[3, 1].set(xlabel="Day", xlim=(0, N_DAYS_SHOWN + 1))
    return figure


def main(folder=HERE):
    """Recover the factories, draw them into a folder, and return how well that went."""
    measured, true_profiles, true = generate(seed=1)
    # The noise is as large at all hours, which is what the squared error assumes.
    model = ReplicateNMF(3, loss="frobenius").fit(measured)
    # The scale between profiles and activations is arbitrary, that of their product is not.
    contributions = model.energies(model.activations_)
    order, correlations = match(true, contributions)
    # An activation of 1 is the factory's strongest day.
    is_on = model.activations_[order] > 0.1
    profiles = (model.components_ / model.gain_[:, None])[order]
    figure = draw(measured, true_profiles, true, profiles, contributions[order])
    figure.savefig(Path(folder) / "factories.png", dpi=100)
    numbers = {
        "smallest correlation": float(correlations.min()),
        "share of days right": float(np.mean(is_on == (true > 0))),
    }
    print(numbers)
    return numbers


if __name__ == "__main__":
    main(*sys.argv[1:])
