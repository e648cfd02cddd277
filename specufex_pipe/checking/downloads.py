"""What a run takes from services: events and stations, which are small, and waveforms."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from specufex_pipe.checking.facts import DownloadFacts
from specufex_pipe.downloads.asking import batches
from specufex_pipe.downloads.centres import Service, assign
from specufex_pipe.downloads.plan import DayTask
from specufex_pipe.errors import StageError
from specufex_pipe.settings import Settings, StationServiceSettings
from specufex_pipe.sources.fdsn import FDSNSource
from specufex_pipe.stages import download_events, download_stations
from specufex_pipe.stages.download_waveforms import find_needed
from specufex_pipe.webservices.answers import Unanswered

_BYTES_PER_SAMPLE = 2


def fetch_what_is_missing(settings: Settings) -> Iterator[str]:
    """Download events and stations that the run would download, and yield what was done.

    Parameters
    ----------
    settings : Settings

    Raises
    ------
    StageError
        If a service does not answer with them.
    """
    catalog = settings.catalog.open()
    if catalog.is_downloaded and not (path := catalog.files[0]).exists():
        download_events.run(settings.catalog, settings.download, path)
        yield f"downloaded the events to {path}, where the run finds them"
    stations = settings.stations
    if isinstance(stations, StationServiceSettings):
        channels = settings.channels_of_stations
        path = Path(stations.path(channels))
        if not path.exists():
            download_stations.run(stations, settings.download, path, channels=channels)
            yield f"downloaded the stations to {path}, where the run finds them"


def plan_downloads(
    settings: Settings, catalog: Path, stations: Path | None
) -> tuple[list[str], list[DownloadFacts]]:
    """Return the channels that are needed, and who will be asked for what of their waveforms.

    Parameters
    ----------
    settings : Settings
        Whose source is downloaded.
    catalog : Path
        catalog.h5
    stations : Path or None

    Raises
    ------
    StageError
        If a router or a station service does not answer.
    """
    source: FDSNSource = settings.source.open()
    needed = find_needed(
        source,
        settings.waveforms,
        settings.background,
        settings.download,
        catalog,
        settings.channels,
        stations,
    )
    service = Service(source.service, source.url, settings.download.manners())
    try:
        assigned = assign(service, needed.tasks)
    except Unanswered as error:
        raise StageError(f"source.service: {error.said}") from error
    rate = settings.waveforms.sampling_rate
    facts = [
        _facts(centre.address, tasks, rate, len(list(batches(tasks))))
        for centre, tasks in assigned.asked.items()
    ]
    if unknown := [answer.task for answer in assigned.unknown]:
        facts.append(_facts(source.service, unknown, rate, 0))
    return list(needed.spans), facts


def _facts(
    service: str, tasks: Sequence[DayTask], sampling_rate: float, n_requests: int
) -> DownloadFacts:
    seconds = sum(task.seconds for task in tasks)
    return DownloadFacts(
        service,
        len({task.channel for task in tasks}),
        len(tasks),
        n_requests,
        seconds / 3600,
        seconds * sampling_rate * _BYTES_PER_SAMPLE / 1e6,
    )
