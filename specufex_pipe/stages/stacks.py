"""The stacked waveforms of families of repeating events."""

from collections.abc import Iterator, Sequence

import numpy as np

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.repeaters.alignment import delays, reference_of, stack
from specufex_pipe.repeaters.correlation import Correlations
from specufex_pipe.repeaters.recordings import NOT_RECORDED, Channel
from specufex_pipe.stages.recordings import Recorded
from specufex_pipe.store.families import OF_ALL, FamilyWaveform

# The largest families, and those of which members are shown beside the stack, the first ones.
_MOST_STACKED, _MOST_SHOWN, _MEMBERS_SHOWN = 100, 8, 12


def stacks_of(
    families: IntArray,
    pairs: IntArray,
    means: FloatArray,
    correlations: Correlations,
    stations: Sequence[Sequence[Recorded]],
) -> list[FamilyWaveform]:
    """Return the stack of each of the largest families on each channel.

    Parameters
    ----------
    families : ndarray of int, shape (n_events,)
        From 1, the largest first; 0 for none.
    pairs : ndarray of int, shape (n_pairs, 2)
        Those that are alike.
    means : ndarray of shape (n_pairs,)
        Coefficient of each pair.
    correlations : repeaters.correlation.Correlations
        Of the pairs at each station.
    stations : sequence of sequence of Recorded
        The channels of each station.

    Returns
    -------
    list of store.FamilyWaveform
        Without channels that do not have the reference of a family.
    """
    return [
        waveform
        for family in range(1, min(int(families.max(initial=0)), _MOST_STACKED) + 1)
        for waveform in _stacks_of_family(family, families, pairs, means, correlations, stations)
    ]


def _stacks_of_family(
    family: int,
    families: IntArray,
    pairs: IntArray,
    means: FloatArray,
    correlations: Correlations,
    stations: Sequence[Sequence[Recorded]],
) -> Iterator[FamilyWaveform]:
    members = np.flatnonzero(families == family)
    inside = np.flatnonzero((families[pairs] == family).all(axis=1))
    reference = reference_of(members, pairs[inside], means[inside])
    for place, channels in enumerate(stations):
        later = delays(
            members,
            pairs[inside],
            correlations.lags[inside, place],
            correlations.coefficients[inside, place],
            reference,
        )
        for recorded in channels:
            channel = recorded.channel
            if channel.places[reference] == NOT_RECORDED:
                continue
            stacked = stack(channel, members, later, reference)
            n_stacked = int(np.isfinite(stacked.coefficients).sum())
            yield FamilyWaveform(
                family, recorded.name, OF_ALL, n_stacked, channel.sampling_rate, stacked.waveform
            )
            if family <= _MOST_SHOWN:
                yield from _members_of(family, recorded, members, later, reference)


def _members_of(
    family: int, recorded: Recorded, members: IntArray, later: FloatArray, reference: int
) -> Iterator[FamilyWaveform]:
    """Yield some members as they are in the stack."""
    channel: Channel = recorded.channel
    is_there = np.isfinite(later) & (channel.places[members] != NOT_RECORDED)
    for place in np.flatnonzero(is_there)[:_MEMBERS_SHOWN]:
        only = slice(place, place + 1)
        moved = stack(channel, members[only], later[only], reference).waveform
        yield FamilyWaveform(
            family, recorded.name, int(members[place]), 1, channel.sampling_rate, moved
        )
