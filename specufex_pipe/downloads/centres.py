"""Which data centre to ask for what, and what channels with * and ? stand for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import obspy
from obspy import UTCDateTime

from specufex_pipe.downloads.asking import DayAnswer, Part
from specufex_pipe.downloads.plan import DayTask, without
from specufex_pipe.downloads.received import SortedRecords
from specufex_pipe.numerics.digests import digest_of
from specufex_pipe.rejections import printable
from specufex_pipe.sources.request_index import FOLDER, require_channel
from specufex_pipe.stations import channels as channels_of
from specufex_pipe.store import read_sealed_csv, write_sealed_csv
from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.webservices.data_centre import DataCentre
from specufex_pipe.webservices.lines import Line
from specufex_pipe.webservices.manners import Manners
from specufex_pipe.webservices.routing import ROUTERS, route

_COLUMNS = ("channel",)


class Service(NamedTuple):
    """Whom the settings say to ask.

    Attributes
    ----------
    name : str
        A data centre, by name or address, or a router.
    url : str or None
        Address of the router, where it is not the public one.
    manners : Manners
    """

    name: str
    url: str | None
    manners: Manners

    @property
    def is_router(self) -> bool:
        """Whether it says which data centre to ask."""
        return self.name in ROUTERS


class Assigned(NamedTuple):
    """What to ask of whom.

    Attributes
    ----------
    asked : dict of list of DayTask
        By data centre.
    unknown : list of DayAnswer
        Of what no data centre has, as far as the router knows.
    """

    asked: dict[DataCentre, list[DayTask]]
    unknown: list[DayAnswer]


def assign(service: Service, tasks: Sequence[DayTask]) -> Assigned:
    """Return what to ask of which data centre.

    Raises
    ------
    Unanswered
        If the router does not answer, or the credentials of the environment are not whole.
    """
    if not tasks:
        return Assigned({}, [])
    if not service.is_router:
        return Assigned({DataCentre(service.name, service.manners): list(tasks)}, [])
    routes = _routes(service, tasks)
    asked: dict[DataCentre, list[DayTask]] = {}
    for address, lines in routes.items():
        tasks, own = _split(tasks, lines)
        if own:
            asked[DataCentre.of_router(address, service.manners)] = own
    return Assigned(asked, [_unknown(service.name, task) for task in tasks])


class Expanded(NamedTuple):
    """What channels with * and ? stand for.

    Attributes
    ----------
    channels : list of str
        SEED ids.
    failed : list of str
        What station services said that did not answer: they may have more.
    """

    channels: list[str]
    failed: list[str]


def expand(
    service: Service,
    channels: Iterable[str],
    start: UTCDateTime,
    end: UTCDateTime,
    archive: Path,
    *,
    ask_again: bool = False,
) -> Expanded:
    """Return the SEED ids that channels with * and ? stand for between two times.

    Station services are asked, and what they answer is kept in the archive, if all of them do.

    Parameters
    ----------
    service : Service
    channels : iterable of str
    start, end : obspy.UTCDateTime
    archive : Path
    ask_again : bool, optional
        Even if it is known from before.

    Raises
    ------
    Unanswered
        If no service answers, or none has any of them.
    """
    channels = sorted(channels)
    question = repr((service.name, service.url, channels, str(start), str(end)))
    path = archive / FOLDER / f"channels-{digest_of(question)}.csv"
    if path.exists() and not ask_again:
        return Expanded([row["channel"] for row in read_sealed_csv(path, _COLUMNS)], [])
    found, failed = _ask_for_channels(
        service, [Line.of_channel(channel, start, end) for channel in channels]
    )
    known = sorted(name for name in found if any(_fits(name, channel) for channel in channels))
    if not known:
        nothing = f"{service.name} knows of none from {start} to {end}"
        raise failed[0] if failed else Unanswered(Answer.NOTHING, nothing)
    if not failed:
        write_sealed_csv(path, _COLUMNS, ([channel] for channel in known))
    return Expanded(known, [error.said for error in failed])


def _ask_for_channels(service: Service, lines: Sequence[Line]) -> tuple[set[str], list[Unanswered]]:
    """Return the channels that station services have, and the services that do not answer."""
    asked: Mapping[str, Sequence[Line]] = {service.name: lines}
    if service.is_router:
        asked = route(service.name, service.url, lines, "station", service.manners)
    found, failed = set[str](), list[Unanswered]()
    for address, own in asked.items():
        make = DataCentre.of_router if service.is_router else DataCentre
        try:
            centre = make(address, service.manners)
            found |= _channels_at(centre, own)
        except Unanswered as error:
            failed += [error] if error.answer is not Answer.NOTHING else []
    return found, failed


def _channels_at(centre: DataCentre, lines: Sequence[Line]) -> set[str]:
    content = centre.get_stations(lines, "channel")
    try:
        channels = channels_of(obspy.read_inventory(BytesIO(content), format="STATIONXML"))
        for channel in channels:
            require_channel(channel)
    except Exception as error:  # a reader of ObsPy raises whatever the damage leads it to
        said = printable(f"{centre.address}: its StationXML cannot be read: {error}")
        raise Unanswered(Answer.FAILED, said) from error
    return channels


def _routes(service: Service, tasks: Sequence[DayTask]) -> dict[str, list[Line]]:
    """Ask a router for each channel once, from its first span to its last."""
    reach: dict[str, tuple[int, int]] = {}
    for task in tasks:
        start, end = reach.get(task.channel, task.spans[0])
        reach[task.channel] = min(start, task.spans[0][0]), max(end, task.spans[-1][1])
    lines = [
        Line.of_channel(channel, UTCDateTime(ns=start), UTCDateTime(ns=end))
        for channel, (start, end) in sorted(reach.items())
    ]
    try:
        return route(service.name, service.url, lines, "dataselect", service.manners)
    except Unanswered as error:
        if error.answer is not Answer.NOTHING:
            raise
        return {}


def _split(tasks: Iterable[DayTask], lines: Sequence[Line]) -> tuple[list[DayTask], list[DayTask]]:
    """Return what is left of tasks, and what of them a data centre has by its lines."""
    there = defaultdict[str, list[tuple[int, int]]](list)
    for line in lines:  # they are of the channels that the router was asked for, one by one
        there[line.codes].append((line.starttime.ns, line.endtime.ns))
    left, own = [], []
    for task in tasks:
        elsewhere = tuple(without(task.spans, there[task.channel]))
        here = tuple(without(task.spans, elsewhere))
        left += [task._replace(spans=elsewhere)] if elsewhere else []
        own += [task._replace(spans=here)] if here else []
    return left, own


def _unknown(router: str, task: DayTask) -> DayAnswer:
    said = f"{router} knows of no data centre that has it"
    parts = [Part(task.channel, start, end, Answer.NOTHING, said) for start, end in task.spans]
    return DayAnswer(task, router, parts, SortedRecords(()))


def _fits(channel: str, expression: str) -> bool:
    return all(map(fnmatchcase, channel.split("."), expression.split(".")))
