"""The sources by name: what the setting source.type chooses from."""

from typing import TYPE_CHECKING

from specufex_pipe.registries import Registry

if TYPE_CHECKING:
    from specufex_pipe.sources.protocol import Source

SOURCES: Registry["Source"] = Registry(
    "source",
    {
        "folder": "specufex_pipe.sources.folder:FolderSource",
        "sds": "specufex_pipe.sources.sds:SDSSource",
        "seisbench": "specufex_pipe.sources.seisbench:SeisBenchSource",
        "specufex": "specufex_pipe.sources.specufex:SpecufexSource",
        "asdf": "specufex_pipe.sources.asdf:ASDFSource",
        "fdsn": "specufex_pipe.sources.fdsn:FDSNSource",
    },
)
