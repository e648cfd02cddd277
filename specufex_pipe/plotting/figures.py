"""The figures of the report: short functions from arrays to a matplotlib figure.

Figures are made without pyplot, so nothing is kept once they are written. An inch is 100 pixels
of the page, and 10 inches are its full width.
"""

import numpy as np
from matplotlib import dates
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

from specufex_pipe.plotting.style import (
    ACCENT,
    DECIBELS,
    INK,
    MATRIX_COLORS,
    MUTED,
    SPECTROGRAM_COLORS,
    TIME_LABEL,
    add_axes,
    cluster_color,
    draw_fingerprint,
    draw_matrix,
    draw_over_time,
    draw_patterns,
    draw_spectrogram,
    extent,
    label_numbers,
    mark_catalog_time,
    matrix_colors,
    put_badge,
    styled,
)

_BIN_WIDTHS = (
    (1, "second"), (10, "10 s"), (60, "minute"), (300, "5 min"), (600, "10 min"),
    (1800, "30 min"), (3600, "hour"), (3 * 3600, "3 hours"), (6 * 3600, "6 hours"),
    (12 * 3600, "12 hours"), (86400, "day"), (7 * 86400, "week"), (28 * 86400, "4 weeks"),
    (91 * 86400, "13 weeks"), (364 * 86400, "52 weeks"),
)  # fmt: skip
_MOST_BINS = 100
_MOST_MARKS = 2_000
MOST_POINTS = 20_000
MOST_COLUMNS = 10


@styled
def overview_figure(summary):
    """Show what sets the clusters apart, a column each, and when their events are.

    Parameters
    ----------
    summary : summary.Summary

    Returns
    -------
    matplotlib.figure.Figure
        Of the ten largest clusters if there are more.
    """
    clusters = summary.clusters[:MOST_COLUMNS]
    left, right, gap = 0.62, 0.8, 0.12
    width = (10 - left - right + gap) / len(clusters) - gap
    side = min(width, 1.8)
    # Rows from the top: mean, fingerprint, two examples, events over time; gaps above each.
    heights, gaps = (1.2, side, 1.2, 1.2, 1.4), (0.3, 0.16, 0.5, 0.1, 0.55)
    tops = np.cumsum(gaps) + np.cumsum((0, *heights[:-1]))
    total = tops[-1] + heights[-1] + 0.45
    figure = Figure((10, total))

    def place(x, row, width, last_row=None):
        bottom = tops[last_row or row] + heights[last_row or row]
        return add_axes(figure, x, tops[row], width, bottom - tops[row])

    for index, cluster in enumerate(clusters):
        column = [place(left + index * (width + gap), row, width) for row in range(4)]
        images = _draw_overview_column(column, cluster, summary, is_first=index == 0)
    bars = (place(10 - right + gap, *rows) for rows in ((0, 0.09), (1, 0.09), (2, 0.09, 3)))
    for bar, image, label in zip(bars, images, (DECIBELS, "Fingerprint", DECIBELS), strict=True):
        figure.colorbar(image, cax=bar, label=label, ticks=MaxNLocator(3))
    _draw_stacked_counts(place(left, 4, 10 - left - right), summary.times, summary.labels)
    return figure


def _draw_overview_column(column, cluster, summary, is_first):
    """Draw mean spectrogram, mean fingerprint and two examples below each other."""
    mean, matrix, *examples = column
    spectrograms = [cluster.mean_spectrogram, *(e.frames for e in cluster.examples[:2])]
    panels = [mean, *examples]
    limits = (summary.mean_decibel_limit, summary.decibel_limit, summary.decibel_limit)
    images = []
    for axes, frames, limit in zip(panels, spectrograms, limits, strict=False):
        images.append(draw_spectrogram(axes, frames, summary, limit))
        axes.tick_params(labelleft=is_first, labelbottom=axes is examples[-1])
        axes.xaxis.set_major_locator(MaxNLocator(4, prune="both"))
    for axes in panels[len(spectrograms) :]:
        axes.set_axis_off()
    matrix_image = draw_fingerprint(matrix, cluster.mean_fingerprint, summary.fingerprint_limit)
    matrix.set_box_aspect(1)
    for axis in (matrix.xaxis, matrix.yaxis):
        label_numbers(axis, len(cluster.mean_fingerprint), most=4)
    matrix.tick_params(labelleft=is_first)
    panels[len(spectrograms) - 1].set_xlabel("Time (s)")
    matrix.set_xlabel("To state")
    _title_with_badge(mean, cluster)
    if is_first:
        for axes, name in zip(panels, ("Mean", "Example", "Example"), strict=True):
            axes.set_ylabel(f"{name}\nFrequency (Hz)")
        matrix.set_ylabel("Mean fingerprint\nFrom state")
    return images[0], matrix_image, images[1]


def _title_with_badge(axes, cluster):
    put_badge(axes, cluster.number, (0, 1), (5, 9))
    axes.annotate(
        f"n = {cluster.size:,}",
        (0, 1),
        xytext=(16, 9),
        xycoords="axes fraction",
        textcoords="offset points",
        va="center",
    )


@styled
def timeline_figure(times, labels, n_clusters):
    """Show how many events of each cluster there are over time, a row each.

    Parameters
    ----------
    times : ndarray of datetime64, shape (n_events,)
        UTC.
    labels : ndarray of int, shape (n_events,)
        From 1.
    n_clusters : int

    Returns
    -------
    matplotlib.figure.Figure
        Up to 2000 events have a mark each; counts are shown for any number.
    """
    edges, width = _time_bins(times)
    seconds = _seconds(times)
    height = 0.75 + 0.6 * n_clusters
    figure = Figure((10, height))
    figure.subplots_adjust(
        left=0.07, right=0.965, top=1 - 0.12 / height, bottom=0.63 / height, hspace=0.6
    )
    rows = figure.subplots(n_clusters, 1, sharex=True, squeeze=False)[:, 0]
    for number, axes in enumerate(rows, start=1):
        own, color = seconds[labels == number], cluster_color(number)
        counts, _ = np.histogram(own, edges)
        axes.stairs(counts, _dates(edges), fill=True, color=color, alpha=0.45)
        axes.stairs(counts, _dates(edges), color=color, linewidth=0.8)
        if len(times) <= _MOST_MARKS:
            axes.vlines(
                _dates(own), -0.34, -0.08, color, linewidth=0.7,
                transform=axes.get_xaxis_transform(), clip_on=False,
            )  # fmt: skip
        axes.patch.set_visible(False)
        axes.set_ylim(0, max(counts.max(), 1))
        axes.set_yticks([counts.max()])
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(bottom=False, labelbottom=False)
        axes.set_ylabel(number, rotation=0, ha="right", va="center", weight="bold")
        axes.yaxis.set_label_coords(-0.03, 0.5)
    rows[-1].tick_params(axis="x", bottom=True, labelbottom=True, pad=10)
    _label_time(rows[-1], edges)
    figure.supylabel(f"Events of each cluster per {width}", x=0.005, fontsize=8.5)
    return figure


def _draw_stacked_counts(axes, times, labels):
    edges, width = _time_bins(times)
    seconds, below = _seconds(times), np.zeros(len(edges) - 1)
    for number in range(1, labels.max() + 1):
        counts, _ = np.histogram(seconds[labels == number], edges)
        axes.stairs(
            below + counts, _dates(edges), baseline=below, fill=True, color=cluster_color(number)
        )
        below += counts
    axes.set_ylabel(f"Events per {width}")
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    _label_time(axes, edges)


def _time_bins(times):
    """Return the edges of bins in seconds since 1970, and the width of a bin in words."""
    seconds = _seconds(times)
    first, last = seconds.min(), seconds.max()
    fitting = [bin_width for bin_width in _BIN_WIDTHS if (last - first) / bin_width[0] < _MOST_BINS]
    width, name = fitting[0] if fitting else _BIN_WIDTHS[-1]
    start = first // width * width
    return start + width * np.arange((last - start) // width + 2), name


def _seconds(times):
    return times.astype("datetime64[us]").astype(np.int64) / 1e6


def _dates(seconds):
    """Return seconds since 1970 as matplotlib's days."""
    return np.asarray(seconds) / 86400 + dates.date2num(np.datetime64(0, "s"))


def _label_time(axes, edges):
    axes.set_xlim(*_dates(edges[[0, -1]]))
    locator = dates.AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=False))
    first, last = (np.datetime64(int(edge), "s").astype("datetime64[D]") for edge in edges[[0, -2]])
    days = f"{first}" if first == last else f"{first} to {last}"
    axes.set_xlabel(f"Time (UTC), {days}")


@styled
def mean_spectrogram_figure(cluster, summary):
    """Show the mean spectrogram of a cluster.

    Parameters
    ----------
    cluster : summary.Cluster
    summary : summary.Summary

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes, bar = _panel_with_bar(5, 3.2)
    image = draw_spectrogram(axes, cluster.mean_spectrogram, summary, summary.mean_decibel_limit)
    axes.set(title="Mean spectrogram", xlabel=TIME_LABEL, ylabel="Frequency (Hz)")
    figure.colorbar(
        image, cax=bar, label=DECIBELS, extend="max", ticks=MaxNLocator(5, integer=True)
    )
    return figure


@styled
def fingerprint_figure(fingerprint, limit):
    """Show a fingerprint: rows are the states that come first, columns those that follow.

    Parameters
    ----------
    fingerprint : ndarray of shape (n_states, n_states)
    limit : float
        Upper end of the colour scale.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes, bar = _panel_with_bar(3.85, 3.2)
    image = draw_fingerprint(axes, fingerprint, limit)
    axes.set(title="Mean fingerprint", xlabel="To state", ylabel="From state")
    for axis in (axes.xaxis, axes.yaxis):
        label_numbers(axis, len(fingerprint), most=20)
    axes.tick_params(labelsize=6.5)
    figure.colorbar(image, cax=bar, label="Fingerprint", ticks=MaxNLocator(3))
    return figure


def _panel_with_bar(width, height):
    """Return a figure, its axes, and axes for a colour bar, with the margins fixed in inches."""
    figure = Figure((width, height))
    axes = add_axes(figure, 0.48, 0.25, width - 1.2, height - 0.7)
    bar = add_axes(figure, width - 0.64, 0.25, 0.08, height - 0.7)
    return figure, axes, bar


@styled
def event_figure(example, summary):
    """Show an event from its waveform to its states, on one time axis, and its fingerprint.

    Parameters
    ----------
    example : summary.Example
    summary : summary.Summary

    Returns
    -------
    matplotlib.figure.Figure
        Below each other waveform, spectrogram, energies of the patterns and probabilities of the
        states; beside these the fingerprint, the row of a state level with its probabilities.
    """
    figure, panels, bars, matrix = _event_axes()
    waveform, spectrogram, energies, states = panels
    _draw_waveform(waveform, example.samples, summary.clock)
    images = (
        draw_spectrogram(spectrogram, example.frames, summary, summary.decibel_limit),
        _draw_energies(energies, example.energies, summary),
    )
    _draw_state_probabilities(states, example.state_probabilities, summary.clock)
    # This also turns the axis of the states, which both have in common: the first state is on top.
    draw_fingerprint(matrix, example.fingerprint, summary.fingerprint_limit)
    for image, bar, label in zip(images, bars, (DECIBELS, "Energy (dB summed)"), strict=True):
        ticks = MaxNLocator(5, steps=(1, 2, 5, 10))
        figure.colorbar(image, cax=bar, label=label, extend="max", ticks=ticks)
    label_numbers(matrix.xaxis, len(example.fingerprint), most=6)
    spectrogram.set_ylabel("Frequency (Hz)")
    matrix.set(title="Fingerprint", xlabel="To state")
    matrix.tick_params(labelleft=False)
    return figure


def _event_axes():
    """Return a figure, panels that share the time axis, two colour bars, and a square beside."""
    figure = Figure((4.7, 5.09))
    left, width, right, side = 0.52, 2.8, 3.44, 1.2
    # Panels from the top, in inches: waveform, spectrogram, energies, states; gaps above each.
    heights, gaps = (0.55, 1.2, 1.2, side), (0.08, 0.08, 0.08, 0.28)
    tops = np.cumsum(gaps) + np.cumsum((0, *heights[:-1]))
    panels = [add_axes(figure, left, tops[0], width, heights[0])]
    for top, height in zip(tops[1:], heights[1:], strict=True):
        panels.append(add_axes(figure, left, top, width, height, sharex=panels[0]))
    panels[0].xaxis.set_major_locator(MaxNLocator(6, steps=(1, 2, 5, 10)))
    for axes in panels:
        axes.tick_params(labelbottom=axes is panels[-1])
        axes.yaxis.set_label_coords(-0.12, 0.5)
    bars = [add_axes(figure, right, tops[i], 0.08, heights[i]) for i in (1, 2)]
    return figure, panels, bars, add_axes(figure, right, tops[3], side, side, sharey=panels[3])


def _draw_waveform(axes, samples, clock):
    """Draw samples over time, scaled to their peak, which is written beside."""
    times = clock.samples(len(samples))
    scale = np.abs(samples).max() or 1.0
    axes.plot(times, samples / scale, color=INK, linewidth=0.45)
    mark_catalog_time(axes, MUTED)
    axes.set(xlim=times[[0, -1]], ylim=(-1.08, 1.08), yticks=(-1, 0, 1), ylabel="Amplitude")
    peak = f"{scale:,.0f}" if scale >= 100 else f"{scale:.3g}"
    axes.text(1.03, 0.5, f"peak {peak}", transform=axes.transAxes, va="center", fontsize=8)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(bottom=False)


def _draw_energies(axes, energies, summary):
    n_patterns = energies.shape[1]
    colors = matrix_colors(summary.energy_limit)
    image = draw_over_time(axes, energies, summary.clock, (0.5, n_patterns + 0.5), **colors)
    mark_catalog_time(axes, MUTED)
    label_numbers(axes.yaxis, n_patterns, most=8)
    axes.set_ylabel("Pattern")
    return image


def _draw_state_probabilities(axes, probabilities, clock):
    n_states = probabilities.shape[1]
    colors = {"cmap": MATRIX_COLORS, "vmin": 0, "vmax": 1}
    draw_over_time(axes, probabilities, clock, (0.5, n_states + 0.5), **colors)
    mark_catalog_time(axes, MUTED)
    label_numbers(axes.yaxis, n_states, most=8)
    axes.set(title="State probabilities", xlabel=TIME_LABEL, ylabel="State")


@styled
def map_figure(plane, labels, n_clusters):
    """Show the events in the plane of the first two principal components.

    Parameters
    ----------
    plane : summary.Plane
    labels : ndarray of int, shape (n_events,)
        From 1.
    n_clusters : int

    Returns
    -------
    matplotlib.figure.Figure
        With a random sample of 20 000 events if there are more.
    """
    points = plane.points
    if len(points) > MOST_POINTS:
        chosen = np.random.default_rng(0).choice(len(points), MOST_POINTS, replace=False)
        points, labels = points[chosen], labels[chosen]
    colors = np.array([cluster_color(number + 1) for number in range(n_clusters)])
    size = float(np.clip(4_000 / len(points), 1.5, 14))
    figure = Figure((5.6, 4), layout="constrained")
    axes = figure.subplots()
    # In the order of the events, so that no cluster lies on top of the others.
    axes.scatter(*points.T, s=size, c=colors[labels - 1], alpha=0.8, linewidths=0)
    for number, color in enumerate(colors, start=1):
        axes.scatter([], [], s=30, c=color, label=number, linewidths=0)
    figure.legend(title="Cluster", loc="outside right upper", frameon=False, handletextpad=0.2)
    axes.set(
        xlabel=f"Principal component 1 ({100 * plane.shares[0]:.0f} % of the variance)",
        ylabel=f"Principal component 2 ({100 * plane.shares[1]:.0f} % of the variance)",
    )
    return figure


@styled
def silhouette_figure(numbers, scores):
    """Show the mean silhouette against the number of clusters, the chosen one marked.

    Parameters
    ----------
    numbers : ndarray of int
    scores : ndarray of float

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure((4, 4), layout="constrained")
    axes = figure.subplots()
    best = scores.argmax()
    axes.plot(numbers, scores, "o-", color=MUTED, linewidth=1, markersize=4)
    axes.plot(numbers[best], scores[best], "o", color=ACCENT, markersize=9)
    axes.annotate(
        f"chosen: {numbers[best]}",
        (numbers[best], scores[best]),
        xytext=(0, 9),
        textcoords="offset points",
        ha="center",
        color=ACCENT,
        weight="bold",
    )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.margins(0.08, 0.15)
    axes.set(xlabel="Number of clusters", ylabel="Mean silhouette (1 apart, 0 touching)")
    return figure


@styled
def patterns_figure(components, shares, frequencies):
    """Show the patterns, and the share of the energy that each explains.

    Parameters
    ----------
    components : ndarray of shape (n_patterns, n_frequencies), or with a third axis of lags
        Patterns that last several frames are drawn as spectrograms, from left to right.
    shares : ndarray of shape (n_patterns,)
    frequencies : ndarray of shape (n_frequencies,)
        Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure((10, 4.6), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(2.6, 1))
    image = draw_patterns(top, components, frequencies)
    n_patterns = len(components)
    figure.colorbar(image, ax=top, label="Relative to the peak", aspect=20, pad=0.01)
    bottom.bar(np.arange(1, n_patterns + 1), 100 * shares, color=ACCENT, width=0.8)
    label_numbers(bottom.xaxis, n_patterns, most=30)
    top.tick_params(labelbottom=False)
    top.set_ylabel("Frequency (Hz)")
    bottom.set(xlabel="Pattern", ylabel="Share of energy (%)")
    figure.align_ylabels()
    return figure


@styled
def states_figure(emissions, spectra, occupancy, frequencies):
    """Show the states: their patterns, the spectra these make, and how common they are.

    Parameters
    ----------
    emissions : ndarray of shape (n_states, n_patterns)
        Energy in a frame.
    spectra : ndarray of shape (n_states, n_frequencies)
        dB.
    occupancy : ndarray of shape (n_states,)
        Share of the frames.
    frequencies : ndarray of shape (n_frequencies,)
        Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_states, n_patterns = emissions.shape
    figure = Figure((10, float(np.clip(1.8 + 0.17 * n_states, 3, 8))), layout="constrained")
    left, middle, right = figure.subplots(1, 3, sharey=True, width_ratios=(1.35, 1.1, 0.6))
    image = draw_matrix(left, emissions, emissions.max())
    figure.colorbar(
        image, ax=left, location="bottom", label="Energy in a frame (dB summed)", aspect=40
    )
    image = middle.imshow(
        spectra,
        aspect="auto",
        cmap=SPECTROGRAM_COLORS,
        vmin=0,
        extent=(*extent(frequencies), n_states + 0.5, 0.5),
    )
    figure.colorbar(image, ax=middle, location="bottom", label=DECIBELS, aspect=40)
    right.barh(np.arange(1, n_states + 1), 100 * occupancy, color=ACCENT, height=0.7)
    label_numbers(left.yaxis, n_states, most=20)
    label_numbers(left.xaxis, n_patterns, most=12)
    left.set(title="Emissions", xlabel="Pattern", ylabel="State")
    middle.set(title="Spectrum", xlabel="Frequency (Hz)")
    right.set(title="Occupancy", xlabel="Share of the frames (%)")
    return figure


@styled
def fits_figure(fits):
    """Show how the fits went, a panel each.

    Parameters
    ----------
    fits : dict of estimator.History
        By the name of the model.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure((10, 2.8), layout="constrained")
    panels = figure.subplots(1, len(fits))
    for axes, (name, history) in zip(panels, fits.items(), strict=True):
        axes.plot(history.steps, history.values, "o-", color=ACCENT, linewidth=1, markersize=3)
        axes.set(title=name, xlabel=history.step, ylabel=history.measure)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=(1, 2, 5, 10)))
        values = np.array(history.values)
        if len(values) and values.min() > 0 and values.max() > 5 * values[-1]:
            axes.set_yscale("log")  # the first iterations would hide the others
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_formatter(NullFormatter())
        else:
            axes.ticklabel_format(axis="y", useOffset=False)
    return figure
