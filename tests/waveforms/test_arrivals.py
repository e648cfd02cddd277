"""Predicted arrivals are those of a straight line, or of TauP."""

import pytest
from helpers.waveforms import CHANNEL, START
from obspy import Inventory
from obspy.core.inventory import Network, Station

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.rejections import RejectedEvent
from specufex_pipe.waveforms.arrivals import Arrivals

DEGREE = 111.195  # km, on a sphere with the radius of the Earth


def inventory(elevation=0.0):
    return Inventory([Network("XX", [Station("STA", 0.0, 0.0, elevation)])])


def event(**cells):
    return Event("a", START, "", {name: str(value) for name, value in cells.items()})


def test_with_a_constant_velocity_the_time_is_the_distance_over_it():
    arrivals = Arrivals(inventory(1000.0), "P", velocity=5.0)
    above = event(latitude=0, longitude=0, depth=9)
    assert arrivals.predict(above, CHANNEL) - START == pytest.approx(2.0)
    far = event(latitude=0, longitude=1, depth=0)
    assert arrivals.predict(far, CHANNEL) - START == pytest.approx(DEGREE / 5, rel=2e-3)


# Travel times of P in iasp91 (Kennett and Engdahl 1991, tables of the IASPEI), surface source, s.
@pytest.mark.parametrize(("degrees", "phase", "seconds"), [
    (30, "P", 369.7), (60, "P", 607.3),
])  # fmt: skip
def test_with_an_earth_model_times_are_those_of_its_tables(degrees, phase, seconds):
    found = Arrivals(inventory(), phase).predict(event(latitude=0, longitude=degrees), CHANNEL)
    assert found - START == pytest.approx(seconds, abs=2.0)


def test_near_the_source_the_first_arrival_is_the_direct_one():
    near = event(latitude=0, longitude=0.2, depth=10)
    found = Arrivals(inventory(), "P").predict(near, CHANNEL) - START
    assert found == pytest.approx(((0.2 * DEGREE) ** 2 + 10**2) ** 0.5 / 5.8, rel=1e-2)


@pytest.mark.parametrize(("cells", "phase", "reason"), [
    ({"depth": 3}, "P", "no latitude and longitude"),
    ({"latitude": 91, "longitude": 0}, "P", "latitude 91 and longitude 0 are not a place"),
    ({"latitude": "x", "longitude": 0}, "P", "of the hypocentre, 'x' is not a number"),
    ({"latitude": 0, "longitude": 1, "depth": 9999}, "P", "TauP has no P of iasp91 from"),
    ({"latitude": 0, "longitude": 1}, "XYZ", "TauP has no XYZ of iasp91"),
    ({"latitude": 0, "longitude": 120}, "Pn", "Pn of iasp91 does not arrive at 120.00 degrees"),
])  # fmt: skip
def test_an_event_that_cannot_be_predicted_is_rejected(cells, phase, reason):
    with pytest.raises(RejectedEvent, match=f"no window: .*{reason}"):
        Arrivals(inventory(), phase).predict(event(**cells), CHANNEL)


def test_a_station_that_is_not_there_is_named():
    with pytest.raises(RejectedEvent, match=r"no window: the stations have no XX\.OTHER"):
        Arrivals(inventory(), "P").predict(event(latitude=0, longitude=0), "XX.OTHER..HHZ")
