"""The routers of the tests answer in the form that ObsPy's routing clients read."""

import urllib.error
import urllib.request

import pytest
from helpers.fdsn_misbehaviours import answer
from helpers.fdsn_proxy import proxy
from helpers.fdsn_routers import Centre, EidaRouter, Federator
from helpers.fdsn_server import serve
from helpers.waveforms import START, noise, trace, write_file
from obspy.clients.fdsn import RoutingClient
from obspy.clients.fdsn.routing.eidaws_routing_client import EIDAWSRoutingClient

SPAN = "2020-01-01T00:00:00 2020-01-01T00:00:10"
EIDA = "service={}\nformat=post\nalternative=false\n"
CENTRES = [
    Centre("ONE", "http://127.0.0.1:1", ["XX.ONE.*.*", "YY.*.*.*"]),
    Centre("TWO", "http://127.0.0.1:2", ["XX.TWO..HHZ"]),
]


def post(address, body):
    with urllib.request.urlopen(f"{address}/query", body.encode()) as answer:
        return answer.status, answer.read().decode()


@pytest.mark.parametrize("service", ["dataselect", "station"])
def test_eida_sends_each_line_to_who_has_it(service):
    lines = [f"XX * * HHZ {SPAN}", f"Y? A 00 * {SPAN}", f"ZZ * * * {SPAN}"]
    with proxy(routing=EidaRouter(CENTRES)) as router:
        address = router.address + EidaRouter.path
        status, body = post(address, EIDA.format(service) + "\n".join(lines))
    assert body.startswith(f"http://127.0.0.1:1/fdsnws/{service}/1/query\n")
    assert status == 200
    assert EIDAWSRoutingClient._split_routing_response(body) == {
        "http://127.0.0.1:1": f"XX ONE * HHZ {SPAN}\nYY A 00 * {SPAN}",
        "http://127.0.0.1:2": f"XX TWO -- HHZ {SPAN}",
    }
    assert router.queries[0].lines == lines


@pytest.mark.parametrize(
    ("server", "path", "head"),
    [
        (EidaRouter, "routing", EIDA.format("station")),
        (Federator, "fedcatalog", "format=request\n"),
    ],
)
def test_nobody_has_it_is_204_and_another_format_is_400(server, path, head):
    with proxy(**{path: server(CENTRES)}) as router:
        address = router.address + server.path
        assert post(address, f"{head}ZZ * * * {SPAN}\n") == (204, "")
        with pytest.raises(urllib.error.HTTPError, match="400"):
            post(address, f"format=json\nXX * * * {SPAN}\n")


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archives")
    for station in ("ONE", "TWO"):
        write_file(folder / station / "data.mseed", trace(noise(60), station=station))
    with serve(folder / "ONE") as one, serve(folder / "TWO") as two:
        yield one, two


def test_the_federator_leads_obspy_to_two_data_centres(servers):
    with proxy(dataselect=servers[0]) as one, proxy(dataselect=servers[1]) as two:
        centres = [
            Centre("ONE", one.address, ["XX.ONE.00.HHZ", "XX.ONE.00.HHN"]),
            Centre("TWO", two.address, ["XX.TWO.00.HHZ"]),
        ]
        with proxy(fedcatalog=Federator(centres)) as router:
            client = RoutingClient("earthscope-federator", url=router.address + Federator.path)
            stream = client.get_waveforms_bulk([("X?", "*", "*", "HH?", START, START + 10)])
        assert {t.id: t.stats.npts for t in stream} == {
            "XX.ONE.00.HHZ": 1001,
            "XX.TWO.00.HHZ": 1001,
        }
        asked = [[" ".join(line.split()[:4]) for line in c.queries[0].lines] for c in (one, two)]
    assert asked == [["XX ONE 00 HHZ", "XX ONE 00 HHN"], ["XX TWO 00 HHZ"]]


def test_a_router_can_be_down():
    with proxy(routing=EidaRouter(CENTRES)) as router:
        router.rule = lambda _: answer(503)
        with pytest.raises(urllib.error.HTTPError, match="503"):
            post(router.address + EidaRouter.path, EIDA.format("station") + f"XX * * * {SPAN}")
