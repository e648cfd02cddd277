"""Ask web services for the waveforms that a run needs, and write them into an archive."""

import fcntl
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from typing import NamedTuple

from obspy import UTCDateTime

from specufex_pipe.downloads.asking import DayAnswer, ask_all, batches
from specufex_pipe.downloads.centres import Assigned, Service, assign, expand
from specufex_pipe.downloads.day import write_day
from specufex_pipe.downloads.days import are_there, days_as_text, days_of_text
from specufex_pipe.downloads.plan import DayTask, plan
from specufex_pipe.downloads.tally import Tally, tally
from specufex_pipe.errors import StageError
from specufex_pipe.numerics.types import IntArray
from specufex_pipe.progress import track
from specufex_pipe.settings import (
    BackgroundSettings,
    DownloadSettings,
    MemberSettings,
    WaveformSettings,
    is_expression,
)
from specufex_pipe.sources.fdsn import FDSNSource
from specufex_pipe.sources.request_index import FOLDER
from specufex_pipe.stages.needed import find_spans, time_range
from specufex_pipe.store import read_sealed_csv, write_sealed_csv
from specufex_pipe.store.seal import UnusableFile
from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.words import counted

log = logging.getLogger(__name__)
# Of downloads/VARIANT.csv.
COLUMNS = (
    "channel", "days", "spans", "hours", *map(str, Answer), "hours_missing", "files",
    "state", "asked",
)  # fmt: skip
_A_DAY = 86_400.0  # s


class Needed(NamedTuple):
    """What a run needs of web services.

    Attributes
    ----------
    spans : dict of array of int, shape (n_spans, 2)
        By channel, ns since 1970.
    tasks : list of DayTask
        What of it is still to be asked for.
    failed : list of str
        What station services said that did not answer, where channels have * or ?.
    """

    spans: dict[str, IntArray]
    tasks: list[DayTask]
    failed: list[str]


def run(
    settings: MemberSettings,
    output: Path,
    *,
    waveforms_settings: WaveformSettings,
    background_settings: BackgroundSettings,
    download_settings: DownloadSettings,
    catalog: Path,
    channels: list[str],
    stations: Path | None = None,
    asked: UTCDateTime | None = None,
) -> None:
    """Ask for the waveforms of events and background that the archive does not have yet.

    A day of a channel is written as soon as all that was asked of it has come. What a service did
    not have is not asked for again; where it failed it is asked again by the next run.

    Parameters
    ----------
    settings : settings.MemberSettings
        Of the source.
    output : Path
        downloads/VARIANT.csv: how much there is of each channel, and how much is missing.
    waveforms_settings : settings.WaveformSettings
    background_settings : settings.BackgroundSettings
    download_settings : settings.DownloadSettings
    catalog : Path
        catalog.h5
    channels : list of str
        SEED ids; * and ? stand for what the station services have.
    stations : Path, optional
        Metadata of the stations, where the settings need them.
    asked : obspy.UTCDateTime, optional
        Time of the request, for the summary.

    Raises
    ------
    StageError
        If the source cannot be downloaded as the settings have it, nothing could be had since
        services failed, or the budget is spent.
    OSError
        If the archive cannot be written, or is damaged.
    """
    source: FDSNSource = settings.open()
    try:
        source.check()
    except ValueError as error:
        raise StageError(f"source.{error}") from error
    archive, service = source.path, Service(source.service, source.url, download_settings.manners())
    with _alone(archive):
        needed = find_needed(
            source,
            waveforms_settings,
            background_settings,
            download_settings,
            catalog,
            channels,
            stations,
        )
        try:
            assigned = assign(service, needed.tasks)
        except Unanswered as error:
            raise StageError(f"source.service: {error.said}") from error
        _download(archive, assigned, download_settings)
        tallies = [tally(archive, channel, spans) for channel, spans in needed.spans.items()]
    _warn_of_what_is_missing(tallies)
    for said in needed.failed:
        log.warning("%s; the next run asks again what * and ? stand for", said)
    # Of an empty time, the next run knows that it has to ask again.
    is_done = not needed.failed and all(each.is_answered for each in tallies)
    write_sealed_csv(output, COLUMNS, _rows(tallies, str(asked or "") if is_done else ""))


def find_needed(
    source: FDSNSource,
    waveforms: WaveformSettings,
    background: BackgroundSettings,
    download: DownloadSettings,
    catalog: Path,
    channels: Sequence[str],
    stations: Path | None,
) -> Needed:
    """Return what a run needs of web services; channels with * and ? are looked up.

    The parameters are those of `run`.

    Raises
    ------
    StageError
        If the metadata cannot be read, or the station services do not answer.
    OSError
        If a table of what was asked is damaged.
    """
    service = Service(source.service, source.url, download.manners())
    names, failed = [each for each in channels if not is_expression(each)], list[str]()
    expressions = [each for each in channels if is_expression(each)]
    if expressions and (times := time_range(catalog)):
        reach = waveforms.max_duration + waveforms.before + _A_DAY
        try:
            found = expand(
                service,
                expressions,
                times[0] - reach,
                times[1] + reach,
                source.path,
                ask_again=download.ask_again,
            )
            names, failed = names + found.channels, found.failed
        except Unanswered as error:
            raise StageError(f"channels {', '.join(expressions)}: {error.said}") from error
    spans = find_spans(source, waveforms, background, catalog, list(dict.fromkeys(names)), stations)
    return Needed(spans, plan(spans, source.path, ask_again=download.ask_again), failed)


@contextmanager
def _alone(archive: Path) -> Iterator[None]:
    """Wait until no other process downloads into an archive."""
    path = archive / FOLDER / ".lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("waiting for another process that downloads into %s", archive)
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:  # some shared file systems have no locks
            log.warning(
                "%s cannot be locked (%s): only one run may download into it", archive, error
            )
        yield


def _download(archive: Path, assigned: Assigned, settings: DownloadSettings) -> None:
    """Ask, and write what comes, until all has come or the budget is spent."""
    tasks = [task for own in assigned.asked.values() for task in own]
    for answer in assigned.unknown:
        write_day(archive, answer)
    for centre, own in assigned.asked.items():
        hours = sum(task.seconds for task in own) / 3600
        log.info("%s: %s, %.1f h", centre.address, counted(len(own), "channel-day"), hours)
    requests = [(centre, list(batches(own))) for centre, own in assigned.asked.items()]
    meter = _Meter(sum(task.seconds for task in tasks), settings)
    progress = track(tasks, "waveforms", "channel-days")
    n_left, stop = len(tasks), Event()
    with closing(ask_all(requests, settings.connections, stop)) as answers:
        for _, answer in zip(progress, answers, strict=False):
            write_day(archive, answer)
            n_left -= 1
            meter.add(answer)
            progress.set_postfix_str(str(meter))
            if meter.spent:
                stop.set()
    if n_left:
        raise StageError(
            f"{meter.spent}: {n_left} of {len(tasks)} channel-days are still to be "
            "asked for; run again to resume"
        )
    if tasks:
        log.info("waveforms downloaded: %s", meter)


class _Meter:
    """How much has come, how fast, and what is left of the budget."""

    def __init__(self, seconds: float, budget: DownloadSettings) -> None:
        self._clock, self._budget = time.monotonic(), budget
        self._asked, self._total, self._megabytes = 0.0, seconds, 0.0

    def add(self, answer: DayAnswer) -> None:
        self._asked += answer.task.seconds
        self._megabytes += answer.n_bytes / 1e6

    @property
    def spent(self) -> str:
        """Which budget is spent; empty as long as none is."""
        gigabytes, minutes = self._budget.max_gigabytes, self._budget.max_minutes
        if gigabytes is not None and self._megabytes > 1000 * gigabytes:
            return f"download.max_gigabytes {gigabytes:g} is spent"
        if minutes is not None and self._elapsed > 60 * minutes:
            return f"download.max_minutes {minutes:g} is spent"
        return ""

    @property
    def _elapsed(self) -> float:
        return max(time.monotonic() - self._clock, 1e-9)

    def __str__(self) -> str:
        minutes = self._elapsed / 60 * (self._total - self._asked) / self._asked
        rate = self._megabytes / self._elapsed
        left = f", about {minutes:.0f} min left" if minutes else ""
        return f"{self._megabytes:.1f} MB, {rate:.2g} MB/s{left}"


def _warn_of_what_is_missing(tallies: Sequence[Tally]) -> None:
    """Say of each answer but data what services said first, and stop if only failures came."""
    for answer in Answer:
        said = [f"{each.channel}: {each.said[answer]}" for each in tallies if answer in each.said]
        if said:
            hours = sum(each.hours[answer] for each in tallies)
            when = "the next run" if answer is Answer.FAILED else "download.ask_again: true"
            log.warning("%.2f h %s, such as %s; %s asks again", hours, answer, said[0], when)
            if answer is Answer.FAILED and not any(each.hours[Answer.DATA] for each in tallies):
                raise StageError(f"no waveforms could be had: {said[0]}; run again to ask again")


def _rows(tallies: Sequence[Tally], asked: str) -> Iterator[list[str | int]]:
    for each in tallies:
        hours = (each.hours_needed, *(each.hours[answer] for answer in Answer), each.hours_missing)
        yield [
            each.channel, each.n_days, each.n_spans, *(f"{value:.4f}" for value in hours),
            days_as_text(each.days_with_data), each.state, asked,
        ]  # fmt: skip


def asked_and_answered(summary: str | Path, archive: Path) -> str:
    """Return when the requests of downloads/VARIANT.csv were made; empty if some are to be again.

    They are if services failed then, if the archive has lost a file since, or if the summary is
    damaged.

    Parameters
    ----------
    summary : str or Path
    archive : Path
    """
    try:
        rows = read_sealed_csv(summary, COLUMNS)
    except UnusableFile:
        return ""
    is_whole = all(are_there(archive, row["channel"], days_of_text(row["files"])) for row in rows)
    return rows[0]["asked"] if rows and is_whole else ""
