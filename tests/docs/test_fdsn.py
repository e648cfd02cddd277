"""The examples of docs/data/fdsn.md are settings, and what it names is there."""

import re

import pytest
import yaml
from helpers.paths import REPOSITORY

from specufex_pipe.settings import read_settings
from specufex_pipe.webservices.answers import Answer
from specufex_pipe.webservices.credentials import how_to_give_credentials

PAGE = (REPOSITORY / "docs/data/fdsn.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
MOST_LINES = 10


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_right_beside_the_first_one(example):
    assert len(example.splitlines()) <= MOST_LINES
    settings = read_settings(yaml.safe_load(EXAMPLES[0]) | yaml.safe_load(example))
    assert settings.source.open().is_downloaded
    settings.source.open().check()
    settings.stations.check()


def test_the_first_example_is_all_that_a_run_needs():
    settings = read_settings(yaml.safe_load(EXAMPLES[0]))
    assert settings.catalog.open().is_downloaded
    settings.catalog.open().check()
    assert settings.stations_path.startswith("downloads/stations/")
    (events,) = settings.catalog.open().files
    assert str(events).startswith("downloads/events/")
    assert str(settings.source.open().path) == "downloads/waveforms"


def test_each_answer_is_told_of():
    (table,) = re.findall(r"\| answer \|.*?\n\n", PAGE, re.DOTALL)
    assert re.findall(r"^\| `([^`]+)`", table, re.MULTILINE) == [str(each) for each in Answer]


def test_the_variables_of_credentials_are_told_of():
    told = how_to_give_credentials("http://geofon.gfz.de", is_sole=True)
    variables = re.findall(r"[A-Z_]{5,}", told)
    assert {"FDSN_USER_GEOFON_GFZ_DE", "FDSN_USER", "EIDA_TOKEN"} <= set(variables)
    for variable in variables:
        assert variable.replace("_GEOFON_GFZ_DE", "_HOST") in PAGE
