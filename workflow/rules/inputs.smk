# What a run reads from outside of its results: catalog and stations, whether they are files of the
# user or are downloaded.
from obspy import UTCDateTime

from specufex_pipe.settings import StationServiceSettings
from specufex_pipe.sources.files import find_files, state_of_files
from specufex_pipe.store.downloads import digest_of_download, read_record

DOWNLOADS_EVENTS = settings.catalog.open().is_downloaded
DOWNLOADS_STATIONS = isinstance(settings.stations, StationServiceSettings)
# One moment for all of a run, so that a download that is done is not asked for again within it.
MOMENT = str(UTCDateTime())


def inputs_of_catalog():
    """Return the files of the catalog."""
    files = [absolute(path) for path in settings.catalog.open().files]
    return ancient(files) if DOWNLOADS_EVENTS else files


def inputs_of_stations():
    """Return the files that the setting stations names: those of a folder one by one."""
    path = settings.stations_path
    if path is None:
        return []
    if DOWNLOADS_STATIONS:
        return ancient([absolute(path)])
    return [absolute(file) for file in find_files(path, follow_links=True).paths]


def stations_to_come():
    """Return the file of stations that are downloaded, for what reads it to come after that."""
    return inputs_of_stations() if DOWNLOADS_STATIONS else []


# What reads a download runs again if its digest differs. By times Snakemake would run it whenever
# something was asked for; it compares parameters again when a checkpoint is done.
def digest_of_events(wildcards):
    """Return the digest of a catalog that is downloaded; the time of change tells of others."""
    return digest_of_download(settings.catalog.open().files[0]) if DOWNLOADS_EVENTS else ""


def digest_of_stations(wildcards):
    """Return the digest of stations that are downloaded; the time of change tells of others."""
    return digest_of_download(Path(settings.stations_path)) if DOWNLOADS_STATIONS else ""


def state_of_stations():
    """Return what changes with the files of the stations."""
    if DOWNLOADS_STATIONS:
        return digest_of_download(Path(settings.stations_path))
    return state_of_stations_files()


@cache
def state_of_stations_files():
    path = settings.stations_path
    return state_of_files(path, follow_links=True) if path else ""


def option_of_stations():
    path = settings.stations_path
    return option("stations", absolute(path) if path else None)


def stations_of(wildcards):
    """Return the metadata of the stations, which are read where a variant needs them."""
    needs_them = settings.variant(wildcards.variant).waveforms.needs_stations
    return option_of_stations() if needs_them else []


def when_asked(path):
    """Return when something was asked for: now, if it is to be, and else as its record says.

    Snakemake runs a rule again whose parameters are others.
    """

    def moment(wildcards):
        record = read_record(Path(path))
        asks = settings.download.ask_again or record.get("failed")
        return MOMENT if asks else record.get("asked", MOMENT)

    return moment


def settings_of_download(stage):
    """Return the settings of a download, of which how services are asked changes no result.

    Snakemake does not compare parameters that depend on resources with those of the last run.
    """
    return lambda wildcards, resources: stage_settings(stage, wildcards.get("variant", MAIN))
