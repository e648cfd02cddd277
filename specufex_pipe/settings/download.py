"""The section download: how web services are asked."""

from specufex_pipe.settings.section import Section, setting
from specufex_pipe.webservices.manners import Manners


class DownloadSettings(Section):
    """How web services are asked; changes no result."""

    max_gigabytes: float | None = setting(
        None, "of waveforms in one run, which then stops; the next one resumes; null: no limit",
        "GB", gt=0,
    )  # fmt: skip
    max_minutes: float | None = setting(
        None, "for waveforms in one run, which then stops; the next one resumes; null: no limit",
        "min", gt=0,
    )  # fmt: skip
    ask_again: bool = setting(
        False,
        "in each run, ask again for events, stations and waveforms that services did not have",
    )
    timeout: float = setting(
        120.0, "a service that sends nothing for that long has failed", "s", gt=0, le=3600
    )
    attempts: int = setting(5, "how often a service is asked until it answers", ge=1, le=20)
    connections: int = setting(2, "requests at once to one data centre", ge=1, le=8)

    def manners(self) -> Manners:
        """Return how a service is asked."""
        return Manners(timeout=self.timeout, attempts=self.attempts, connections=self.connections)
