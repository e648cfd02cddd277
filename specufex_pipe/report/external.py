"""What the report shows of other series beside the rates of clusters."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from specufex_pipe.catalogs.series import Mark, Series
from specufex_pipe.plotting.time_axis import time_bins
from specufex_pipe.report.correlation import Bins, Correlation, bin_series, correlate
from specufex_pipe.report.gather import Summary


@dataclass(frozen=True)
class External:
    """Other series and marked moments.

    Attributes
    ----------
    series : list of Series
        Those with values in the time of the events.
    marks : list of Mark
    correlations : list of Correlation
        Of each cluster with each series that can be compared.
    sentences : list of str
        What cannot be compared, and why.
    """

    series: Sequence[Series] = ()
    marks: Sequence[Mark] = ()
    correlations: Sequence[Correlation] = field(default_factory=list)
    sentences: Sequence[str] = ()

    @property
    def is_there(self) -> bool:
        """Whether there is more than marks, which other figures have."""
        return bool(self.series or self.sentences)


def compare_with_series(
    summary: Summary, series: Sequence[Series], marks: Sequence[Mark]
) -> External:
    """Hold rates of clusters against other series.

    Parameters
    ----------
    summary : gather.Summary
    series : sequence of Series
    marks : sequence of Mark
    """
    numbers = [card.number for card in summary.clusters if card.number] or [0]
    first, *_, last = time_bins(summary.times)[0].astype("datetime64[s]")
    seen = [mark for mark in sorted(marks) if first <= mark.time <= last]
    binned = [bin_series(summary.times, summary.labels, numbers, each) for each in series]
    return External(
        series=[each for each in series if _is_in_time(each, summary)],
        marks=seen,
        correlations=correlate([bins for bins in binned if isinstance(bins, Bins)]),
        sentences=[sentence for sentence in binned if isinstance(sentence, str)]
        + _of_marks([mark for mark in sorted(marks) if mark not in seen]),
    )


def _is_in_time(series: Series, summary: Summary) -> bool:
    times = series.times[np.isfinite(series.values)]
    return bool(((times >= summary.times.min()) & (times <= summary.times.max())).any())


def _of_marks(marks: Sequence[Mark]) -> list[str]:
    if not marks:
        return []
    named = ", ".join(mark.label for mark in marks)
    return [f"Not drawn, since before the first event or after the last: {named}."]
