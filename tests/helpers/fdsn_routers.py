"""Routers that send channels to data centres on loopback: EIDA's, and EarthScope's federator.

Both answer in the form of the real ones, behind a proxy, which notes and misbehaves:

    centres = [Centre("ONE", one.address, ["YA.UV05.00.HHZ"]), Centre("TWO", two.address, [...])]
    with proxy(routing=EidaRouter(centres)) as router:
        RoutingClient("eida-routing", url=router.address + EidaRouter.path)
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import ClassVar, NamedTuple

from helpers.fdsn_proxy import Asked, Reply

NOTHING = Reply(204, {}, b"")


class Centre(NamedTuple):
    """A data centre, and the channels that it has.

    Attributes
    ----------
    name, address : str
    channels : sequence of str
        SEED ids; EIDA's router knows networks or stations alone: "YA.UV05.*.*".
    """

    name: str
    address: str
    channels: Sequence[str]


class EidaRouter:
    """EIDA's routing service, as it answers format=post.

    A line comes back as narrow as it was asked for or as the route is: of * for the network and
    a route for YA, YA is left; what the router does not know stays *.
    """

    path: ClassVar[str] = "/eidaws/routing/1"

    def __init__(self, centres: Sequence[Centre]) -> None:
        self.centres = centres

    def __call__(self, asked: Asked) -> Reply:
        parameters = {"service": "dataselect", "format": "xml"} | asked.parameters
        service = parameters["service"]
        if service not in ("dataselect", "station") or parameters["format"] != "post":
            return refuse(f"service={service}, format={parameters['format']}")
        blocks = []
        for centre in self.centres:
            lines = lines_for(centre, asked.lines)
            if lines:
                address = f"{centre.address}/fdsnws/{service}/1/query"
                blocks.append("\n".join([address, *lines]) + "\n")
        return text("\n".join(blocks)) if blocks else NOTHING


class Federator:
    """EarthScope's federator, as it answers format=request: wildcards come back as channels."""

    path: ClassVar[str] = "/irisws/fedcatalog/1"

    def __init__(self, centres: Sequence[Centre]) -> None:
        self.centres = centres

    def __call__(self, asked: Asked) -> Reply:
        parameters = asked.parameters
        if parameters.get("format") != "request":
            return refuse(f"format={parameters.get('format')}")
        blocks = []
        for centre in self.centres:
            lines = lines_for(centre, asked.lines)
            if lines:
                services = [
                    f"DATACENTER={centre.name},http://www.example.org",
                    f"DATASELECTSERVICE={centre.address}/fdsnws/dataselect/1/",
                    f"STATIONSERVICE={centre.address}/fdsnws/station/1/",
                    f"SACPZSERVICE={centre.address}/irisws/sacpz/1/",
                ]
                blocks.append("\n".join([*services, *lines]) + "\n")
        said = [f"{key}={value}" for key, value in parameters.items() if key != "format"]
        return text("\n".join([*said, "", *blocks])) if blocks else NOTHING


def lines_for(centre: Centre, lines: Sequence[str]) -> list[str]:
    """Return the lines of a request that a data centre has something for, each of them once."""
    found = []
    for line in lines:
        *codes, start, end = line.split()
        for channel in centre.channels:
            narrow = narrowest(codes, [code or "--" for code in channel.split(".")])
            if narrow:
                found.append(" ".join([*narrow, start, end]))
    return list(dict.fromkeys(found))


def narrowest(asked: Sequence[str], known: Sequence[str]) -> list[str] | None:
    """Return the codes that both stand for; None if there are none."""
    codes = []
    for one, other in zip(asked, known, strict=True):
        if fnmatchcase(one, other):
            codes.append(one)
        elif fnmatchcase(other, one):
            codes.append(other)
        else:
            return None
    return codes


def text(body: str) -> Reply:
    return Reply(200, {"Content-Type": "text/plain"}, body.encode())


def refuse(what: str) -> Reply:
    return Reply(400, {"Content-Type": "text/plain"}, f"Not known: {what}\n".encode())
