"""The section stations, where they come from a service."""

from pathlib import Path

from specufex_pipe.settings.section import Section, setting
from specufex_pipe.stations.download import StationRequest
from specufex_pipe.webservices.data_centre import DataCentre
from specufex_pipe.webservices.manners import Manners
from specufex_pipe.webservices.routing import ROUTERS


class StationServiceSettings(Section):
    """An FDSN station service that the metadata of the channels are downloaded from."""

    service: str = setting(
        description="data centre by its name in ObsPy or its address, or a router, which knows "
        f"who has the channels: {' or '.join(ROUTERS)}",
        min_length=1,
    )
    url: str | None = setting(
        None, "address of the router, where it is not the public one", min_length=1
    )
    folder: str = setting(
        "downloads/stations", "where the stations are kept, beside config.yaml", min_length=1
    )

    def request(self, channels: list[str]) -> StationRequest:
        """Return what is asked for channels."""
        return StationRequest(self.service, self.url, channels)

    def path(self, channels: list[str]) -> Path:
        """Return the file for channels, whether or not it has been downloaded."""
        return Path(self.folder) / f"{self.request(channels).digest}.xml"

    def check(self) -> None:
        """Raise a ValueError if there is no such service; it is not asked."""
        if self.service in ROUTERS:
            return
        if self.url is not None:
            raise ValueError(
                f"url is {self.url!r}, which is for a router alone, {' or '.join(ROUTERS)}; give "
                "the address of a data centre as service"
            )
        try:
            DataCentre(self.service, Manners())
        except ValueError as error:
            raise ValueError(
                f"service is {self.service!r}: {error}; routers are {' and '.join(ROUTERS)}"
            ) from error
