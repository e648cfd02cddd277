"""The section neighbours."""

from specufex_pipe.settings.section import Section, setting


class NeighbourSettings(Section):
    """The events that are nearest to each event by its features."""

    n_neighbors: int = setting(
        20,
        "of each event, for neighbours.h5; 0: none are looked for. Changes no cluster, but "
        "repeaters take candidates from them",
        ge=0,
    )
