"""The settings: a typed model a section, so that a typo is an error that names the key."""

from specufex_pipe.settings.background import FEWEST_WINDOWS, BackgroundSettings
from specufex_pipe.settings.channels import (
    channel_of_folder,
    check_channel,
    folder_of_channel,
    is_expression,
)
from specufex_pipe.settings.classifier import ClassifierSettings
from specufex_pipe.settings.clusters import ClusterSettings
from specufex_pipe.settings.distances import DistanceSettings
from specufex_pipe.settings.download import DownloadSettings
from specufex_pipe.settings.files import check_columns, check_results
from specufex_pipe.settings.fingerprints import FingerprintSettings
from specufex_pipe.settings.hmm import HMMSettings
from specufex_pipe.settings.members import MemberSettings
from specufex_pipe.settings.neighbours import NeighbourSettings
from specufex_pipe.settings.nmf import NMFSettings
from specufex_pipe.settings.reading import (
    read_sections,
    read_settings,
    read_settings_file,
    sections_as_json,
)
from specufex_pipe.settings.repeaters import RepeaterSettings
from specufex_pipe.settings.report import ReportSettings
from specufex_pipe.settings.run import MAIN, Settings
from specufex_pipe.settings.spectrograms import SpectrogramSettings
from specufex_pipe.settings.stations import StationServiceSettings
from specufex_pipe.settings.waveforms import WaveformSettings

__all__ = [
    "FEWEST_WINDOWS",
    "MAIN",
    "BackgroundSettings",
    "ClassifierSettings",
    "ClusterSettings",
    "DistanceSettings",
    "DownloadSettings",
    "FingerprintSettings",
    "HMMSettings",
    "MemberSettings",
    "NMFSettings",
    "NeighbourSettings",
    "RepeaterSettings",
    "ReportSettings",
    "Settings",
    "SpectrogramSettings",
    "StationServiceSettings",
    "WaveformSettings",
    "channel_of_folder",
    "check_channel",
    "check_columns",
    "check_results",
    "folder_of_channel",
    "is_expression",
    "read_sections",
    "read_settings",
    "read_settings_file",
    "sections_as_json",
]
