"""A registry knows its members by name, and loads the one that is asked for."""

import subprocess
import sys

import pytest

from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.factorizations.registry import FACTORIZATIONS
from specufex_pipe.registries import Registry
from specufex_pipe.sources.registry import SOURCES


@pytest.mark.parametrize("registry", [CLUSTERINGS, FACTORIZATIONS, SOURCES], ids=lambda r: r.family)
def test_each_member_is_found_by_its_name_and_by_that_of_its_class(registry):
    for name in registry:
        assert registry.name_of_class(registry[name].__name__) == name


def test_a_name_that_there_is_not_is_an_error_that_says_which_there_are():
    registry = Registry("clock", {"sun": "clocks:Sundial", "water": "clocks:WaterClock"})
    with pytest.raises(KeyError, match="'sand' is not a clock; there are sun, water"):
        registry["sand"]
    with pytest.raises(KeyError, match="Hourglass is not a clock; there are Sundial, WaterClock"):
        registry.name_of_class("Hourglass")


def test_asking_whether_there_is_a_name_loads_nothing():
    code = (
        "import sys; from specufex_pipe.factorizations.registry import FACTORIZATIONS\n"
        "from specufex_pipe.clustering.registry import CLUSTERINGS\n"
        "assert 'seq' in FACTORIZATIONS and 'x' not in FACTORIZATIONS\n"
        "assert 'kmeans' in CLUSTERINGS and 'x' not in CLUSTERINGS\n"
        "assert 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
