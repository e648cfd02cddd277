"""What is known of a run before it: plain data."""

from collections import Counter
from dataclasses import dataclass, field

from obspy import UTCDateTime

from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.rejections import Rejection


@dataclass(frozen=True)
class CatalogFacts:
    """What is in the catalog.

    Attributes
    ----------
    n_rows, n_events : int
        Rows, and those of them that are events.
    rejections : list of Rejection
        The other rows, the first of each kind.
    first, last : obspy.UTCDateTime or None
        Times of the earliest and the latest event.
    columns : dict of str
        What each column holds: "number", "time" or "text".
    n_with_picks : int
    names_all_files : bool
        Whether each event names its waveform file.
    """

    n_rows: int
    n_events: int
    rejections: list[Rejection]
    first: UTCDateTime | None
    last: UTCDateTime | None
    columns: dict[str, str]
    n_with_picks: int
    names_all_files: bool


@dataclass(frozen=True)
class SourceFacts:
    """What is in the source.

    Attributes
    ----------
    channels : list of str
        SEED ids.
    is_indexed : bool
        Whether it was looked through; not where the catalog names the files.
    n_files : int
        Number of files in its index; 0 where it needs none.
    first, last : str
        Times of the first and the last sample, as far as the index has them; else empty.
    problems : list of str
        What is wrong with its files.
    is_downloaded : bool
        Whether what is in it comes from web services.
    """

    channels: list[str]
    is_indexed: bool
    n_files: int
    first: str
    last: str
    problems: list[str]
    is_downloaded: bool = False


@dataclass(frozen=True)
class DownloadFacts:
    """What a service will be asked for.

    Attributes
    ----------
    service : str
        Address of a data centre; of what nobody has, the name of the router.
    n_channels, n_days, n_requests : int
        A day of a channel counts as one; no request is for what nobody has.
    hours : float
        Of data.
    megabytes : float
        What that may be, at `waveforms.sampling_rate` and two bytes a sample.
    """

    service: str
    n_channels: int
    n_days: int
    n_requests: int
    hours: float
    megabytes: float


@dataclass(frozen=True)
class DrawnWindow:
    """A window as it will be.

    Attributes
    ----------
    channel, event_id : str
    samples : ndarray of shape (n_samples,)
        Empty if it was rejected.
    onset : float
        Time from the first sample to the reference, s.
    problem : str
        Why it was rejected; empty if it was not.
    """

    channel: str
    event_id: str
    samples: FloatArray
    onset: float
    problem: str = ""


@dataclass
class ChannelFacts:
    """What some events have of a channel.

    Attributes
    ----------
    channel : str
        SEED id.
    n_read : int
        Number of events that were tried.
    rejections : list of Rejection
    rates : Counter of float
        How many events were recorded at which rate, Hz.
    durations : list of float
        s.
    lags : list of float
        Time from an event to what its window was placed by, s.
    seconds : float
        What reading and preparing them took.
    """

    channel: str
    n_read: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    rates: Counter[float] = field(default_factory=Counter)
    durations: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Needs:
    """What a run will take.

    Attributes
    ----------
    minutes : (float, float) or None
        On the cores of this computer; None where the factorization has no measured times.
    megabytes : int
        What the largest job asks for.
    gigabytes_on_disk : float
    """

    minutes: tuple[float, float] | None
    megabytes: int
    gigabytes_on_disk: float


@dataclass(frozen=True)
class Facts:
    """All that is known of a run before it.

    Attributes
    ----------
    catalog : CatalogFacts
    source : SourceFacts
    downloads : list of DownloadFacts
        Of waveforms that are still to come; as long as there are any, none are looked at.
    channels : list of ChannelFacts
        Of those that were looked at.
    n_channels : int
        Of all that are meant.
    drawn : list of DrawnWindow
        The first events of the channels.
    needs : Needs
    advice : list of str
        What to change.
    """

    catalog: CatalogFacts
    source: SourceFacts
    downloads: list[DownloadFacts]
    channels: list[ChannelFacts]
    n_channels: int
    drawn: list[DrawnWindow]
    needs: Needs
    advice: list[str]
