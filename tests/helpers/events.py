"""Made-up events as ObsPy has them, and files of them."""

from obspy import UTCDateTime
from obspy.core.event import (
    Arrival,
    Catalog,
    Event,
    Magnitude,
    Origin,
    Pick,
    WaveformStreamID,
)

TIME = UTCDateTime(2020, 1, 1, 0, 0, 10)


def make_event(name="a", time=TIME, magnitude=1.5, picks=()):
    """Return an event with an origin; picks are (station, phase, seconds after the origin)."""
    origin = Origin(
        resource_id=f"{name}/origin", time=time, latitude=-21.2, longitude=55.7, depth=1500.0
    )
    magnitudes = (
        []
        if magnitude is None
        else [Magnitude(resource_id=f"{name}/ml", mag=magnitude, magnitude_type="ML")]
    )
    made = [
        Pick(
            resource_id=f"{name}/pick/{number}",
            time=time + seconds,
            phase_hint=phase,
            waveform_id=WaveformStreamID(network_code="XX", station_code=station),
        )
        for number, (station, phase, seconds) in enumerate(picks)
    ]
    return Event(resource_id=name, origins=[origin], magnitudes=magnitudes, picks=made)


def arrival_of(pick, phase):
    return Arrival(pick_id=pick.resource_id, phase=phase)


def write_quakeml(path, events):
    Catalog(list(events), resource_id="smi:local/catalog").write(str(path), format="QUAKEML")
    return str(path)
