"""Which channels the components of a sensor are."""

from obspy import Inventory, UTCDateTime

from specufex_pipe.rejections import Kind, RejectedEvent

_COMPONENTS = 3


def components_of(inventory: Inventory, channel: str, time: UTCDateTime) -> list[str]:
    """Return the SEED ids of the components of a sensor at a time.

    Parameters
    ----------
    inventory : obspy.Inventory
    channel : str
        SEED id of one of them, or of one that they are turned to, such as HHT.
    time : obspy.UTCDateTime

    Raises
    ------
    RejectedEvent
        If there are not three.
    """
    network, station, location, code = channel.split(".")
    found = inventory.select(network, station, location, f"{code[:-1]}?", time=time)
    codes = {each.code for group in found for place in group for each in place}
    if len(codes) != _COMPONENTS:
        raise RejectedEvent(
            Kind.NO_RESPONSE,
            f"at {time} the stations have {', '.join(sorted(codes)) or 'no channel'} of "
            f"{network}.{station}.{location}.{code[:-1]}?, expected three components",
        )
    return [f"{network}.{station}.{location}.{each}" for each in sorted(codes)]
