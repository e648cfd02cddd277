"""Made-up metadata of stations."""

from obspy import Inventory
from obspy.core.inventory import Channel, Network, Response, Station

# A sensor whose first horizontal component points to 30 degrees.
TURNED = (("HHZ", 0.0, -90.0), ("HH1", 30.0, 0.0), ("HH2", 120.0, 0.0))
POLES = [-4.44 + 4.44j, -4.44 - 4.44j]


def write_stations(folder, gain=1000.0):
    """Write stations.xml, of XX.STA with velocity sensors of 1 s; return its path."""
    path = folder / "stations.xml"
    channels = []
    for code, azimuth, dip in TURNED:
        channels.append(Channel(code, "00", 0.0, 0.0, 0.0, 0.0, azimuth, dip))
        channels[-1].response = Response.from_paz([0, 0], POLES, gain, 10.0)
    stations = [Station("STA", 0.0, 0.0, 0.0, channels=channels)]
    Inventory([Network("XX", stations)]).write(str(path), format="STATIONXML")
    return path


def make_inventory(*channels, response=True):
    """Return channels by their SEED ids, of velocity sensors of 1 s on Merapi."""
    networks = {}
    for name in channels:
        network, station, location, code = name.split(".")
        channel = Channel(code, location, -7.54, 110.44, 2500.0, 0.0, 0.0, -90.0)
        if response:
            channel.response = Response.from_paz([0, 0], POLES, 1000.0, 10.0)
        networks.setdefault(network, {}).setdefault(station, []).append(channel)
    return Inventory(
        [
            Network(
                network,
                [
                    Station(station, -7.54, 110.44, 2500.0, channels=channels)
                    for station, channels in stations.items()
                ],
            )
            for network, stations in networks.items()
        ]
    )
