"""Defaults stand in one place, and every file that shows them is made from there."""

import inspect
import json
import re

import jsonschema
import pytest
import yaml
from helpers.paths import REPOSITORY
from pydantic import BaseModel

from specufex_pipe import BayesianHMM, EventClusterer, HMMEnsemble
from specufex_pipe.catalogs.registry import CATALOGS
from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.factorizations import FACTORIZATIONS
from specufex_pipe.settings import (
    ClusterSettings,
    FingerprintSettings,
    HMMSettings,
    NMFSettings,
    Settings,
    SpectrogramSettings,
    WaveformSettings,
)
from specufex_pipe.settings.document import config_yaml, json_schema
from specufex_pipe.settings.keys import expand_dotted
from specufex_pipe.settings.members import parameter_descriptions
from specufex_pipe.sources.registry import SOURCES
from specufex_pipe.spectrograms import make_spectrograms

CONFIG = REPOSITORY / "config.yaml"
BLOCK = REPOSITORY / "resources/demo/settings.yaml"


def test_config_yaml_is_the_defaults_and_the_block_of_the_demonstration():
    message = "run `python -m specufex_pipe.settings.document`"
    assert CONFIG.read_text() == config_yaml(BLOCK.read_text()), message
    shown = yaml.safe_load(CONFIG.read_text())
    block = yaml.safe_load(BLOCK.read_text())
    assert set(block) == {key for key in shown if "." in key} | {"channels", "catalog", "source"}
    required = {key: block[key] for key in ("channels", "catalog", "source")}
    defaults = Settings.model_validate(required).model_dump(mode="json")
    for key in set(block) - set(required):
        section, _, name = key.partition(".")
        # Listed as a comment, so that it does not stand in two places.
        assert name not in shown[section]
        del defaults[section][name]
    # The steps are shown without what they have by default.
    steps = WaveformSettings.model_validate({"processing": shown["waveforms"]["processing"]})
    shown["waveforms"]["processing"] = steps.model_dump()["processing"]
    for key, value in shown.items():
        if key not in block:
            assert defaults[key] == value


def test_the_schema_is_that_of_the_settings():
    path = REPOSITORY / "workflow/schemas/config.schema.json"
    assert json.loads(path.read_text()) == json_schema()


def test_editors_take_what_the_page_on_the_report_gives_as_examples():
    page = (REPOSITORY / "docs/report.md").read_text(encoding="utf-8")
    examples = [yaml.safe_load(each) for each in re.findall("```yaml\n(.*?)```", page, re.DOTALL)]
    found = [each["report"] for each in examples]
    found += [{"map_lines": "coast.txt"}, {"series": {"Rain": "rain.csv"}, "events": "events.csv"}]
    schema = json_schema() | {"$ref": "#/$defs/ReportSettings"}
    schema = {key: schema[key] for key in ("$ref", "$defs")}
    assert len(found) > 3
    for report in found:
        jsonschema.validate(report, schema)
    for wrong in ({"map_lines": [1]}, {"series": {"Rain": {"column": "rain"}}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_the_demonstrations_settings_are_valid():
    settings = Settings.model_validate(expand_dotted(yaml.safe_load(CONFIG.read_text())))
    assert settings.nmf.n_components == 30
    assert settings.variant_names == ["main"]


def fields_of(model, prefix=""):
    for name, field in model.model_fields.items():
        yield f"{prefix}{name}", field
        if isinstance(field.default, BaseModel):
            yield from fields_of(type(field.default), f"{prefix}{name}.")


def test_every_field_has_a_description():
    missing = [
        name
        for name, field in fields_of(Settings)
        if not field.description and not isinstance(field.default, BaseModel)
    ]
    assert missing == []
    for registered in (*SOURCES.values(), *CATALOGS.values()):
        assert all(parameter_descriptions(registered).values())


def test_settings_and_the_hmm_have_the_same_parameters_and_defaults():
    parameters = BayesianHMM().get_params()
    # The workflow decides about these.
    del parameters["verbose"], parameters["warm_start"]
    assert HMMSettings().parameters() | FingerprintSettings().parameters() == parameters
    assert len(HMMEnsemble().models) == HMMSettings().n_models


def test_settings_and_spectrograms_have_the_same_defaults():
    parameters = inspect.signature(make_spectrograms).parameters
    for name, value in SpectrogramSettings().model_dump().items():
        assert parameters[name].default == value


@pytest.mark.parametrize("method", CLUSTERINGS)
def test_settings_and_clusterings_have_the_same_parameters_and_defaults(method):
    parameters = EventClusterer(method).get_params()
    del parameters["verbose"]
    parameters["method_parameters"] = CLUSTERINGS[method]().parameters()
    assert ClusterSettings(method=method).parameters() == parameters


@pytest.mark.parametrize("method", FACTORIZATIONS)
def test_settings_and_factorizations_have_the_same_parameters_and_defaults(method):
    parameters = FACTORIZATIONS[method]().get_params()
    settings = NMFSettings(method=method).parameters()
    # The workflow decides about these.
    for name in {"verbose", "warm_start", "fixed_components", "sort"} & set(parameters):
        del parameters[name]
    assert settings.keys() == parameters.keys()
    # A default number of components is the Bayesian NMF's, and replicates take minutes each on
    # large data.
    for name in ("n_components", "n_replicates"):
        if method != "bayesian":
            settings.pop(name, None), parameters.pop(name, None)
    assert settings == parameters


def test_only_what_the_waveforms_depend_on_reads_them_again():
    def relevant(**changes):
        return WaveformSettings(**changes).relevant()

    assert relevant() == relevant(velocity=5.0, phase="S", end_phase="Sn", after=3.0)
    assert relevant(length="file") == relevant(length="file", duration=250.0, before=1.0)
    assert relevant(duration=21.0) != relevant()
    arrival = {"reference": "arrival"}
    assert relevant(**arrival, velocity=5.0) != relevant(**arrival, velocity=6.0)
    assert relevant(**arrival, earth_model="prem") != relevant(**arrival)
    assert WaveformSettings(**relevant(duration=700.0, max_duration=800.0)).duration == 700
