"""The catalogs by name: what the setting catalog.type chooses from."""

from typing import TYPE_CHECKING

from specufex_pipe.registries import Registry

if TYPE_CHECKING:
    from specufex_pipe.catalogs.protocol import Catalog

CATALOGS: Registry["Catalog"] = Registry(
    "catalog",
    {
        "csv": "specufex_pipe.catalogs.csv:CSVCatalog",
        "fdsn": "specufex_pipe.catalogs.fdsn:FDSNCatalog",
        "obspy": "specufex_pipe.catalogs.obspy:ObsPyCatalog",
        "seisbench": "specufex_pipe.catalogs.seisbench:SeisBenchCatalog",
        "specufex": "specufex_pipe.catalogs.specufex:SpecufexCatalog",
    },
)
