"""A wrong setting is one message that names the key and the value."""

import copy

import pytest
import yaml

from specufex_pipe import BayesianHMM
from specufex_pipe.errors import SettingsError
from specufex_pipe.factorizations import METHODS
from specufex_pipe.settings import (
    HMMSettings,
    NMFSettings,
    Settings,
    read_settings,
    read_settings_file,
    read_stage_settings,
)


@pytest.fixture
def mapping(tmp_path):
    catalog = tmp_path / "catalog.csv"
    catalog.write_text("event_id,time\na,2020-01-01T00:00:00\n", encoding="utf-8")
    return {
        "channels": ["XX.STA.00.HHZ"],
        "waveforms": {"catalog": str(catalog), "archive": str(tmp_path)},
    }


@pytest.mark.parametrize(("changes", "message"), [
    ({"hmm": {"n_state": 3}}, "hmm.n_state is no setting; did you mean n_states?"),
    ({"hmm": {"smoothing": 4}}, "hmm.smoothing is 4: expected an odd number of frames"),
    ({"hmm": {"n_states": "null"}}, "hmm.n_states is None: input should be a valid integer"),
    ({"clustering": {}}, "clustering is no setting; did you mean clusters?"),
    ({"nmf": {"n_components": "many"}}, "nmf.n_components is 'many': input should be a valid int"),
    ({"nmf": {"n_components": 7.5}}, "nmf.n_components is 7.5: input should be a valid integer"),
    ({"nmf": {"tol": float("nan")}}, "nmf.tol is nan"),
    ({"spectrograms": {"fmax": 60}}, "spectrograms.fmax is 60 Hz, expected at most the Nyquist "
                                     "frequency 50 Hz"),
    ({"spectrograms": {"fmin": 30, "fmax": 20}}, "fmin is 30 Hz, expected less than fmax 20 Hz"),
    ({"spectrograms": {"window": 30}}, "spectrograms.window is 30 s, expected at most"),
    ({"spectrograms": {"overlap": 1}}, "spectrograms.overlap is 1: input should be less than 1"),
    ({"waveforms": {"fmax": 50}}, "fmax is 50 Hz, expected less than the Nyquist frequency 50"),
    ({"waveforms": {"format": "PICKLE"}}, "waveforms.format is 'PICKLE': not a waveform format"),
    ({"waveforms": {"layout": "tree"}}, "waveforms.layout is 'tree': input should be 'files' or"),
    ({"waveforms": {"catalog": "no.csv"}}, "waveforms.catalog is 'no.csv': there is no such file"),
    ({"waveforms": {"archive": "nowhere"}}, "waveforms.archive is 'nowhere': there is no such"),
    ({"channels": ["XX.STA.--.HHZ"]}, "'XX.STA.--.HHZ' is no SEED id"),
    ({"channels": ["STA.HHZ"]}, "'STA.HHZ' is no SEED id; expected NET.STA.LOC.CHA"),
    ({"channels": ["XX.S.00.HHZ", "XX.S.00.HHZ"]}, "a channel is named twice"),
    ({"channels": []}, "channels is []: list should have at least 1 item"),
    ({"clusters": {"n_clusters_min": 6, "n_clusters_max": 4}}, "n_clusters_min is 6, expected at"),
])  # fmt: skip
def test_a_wrong_setting_is_named(mapping, changes, message):
    for key, value in changes.items():
        mapping[key] = mapping.get(key, {}) | value if isinstance(value, dict) else value
    with pytest.raises(SettingsError) as error:
        read_settings(mapping)
    assert message in str(error.value)


def test_null_may_come_as_text_from_the_command_line(mapping):
    assert read_settings(mapping | {"hmm": {"background": "null"}}).hmm.background is None


def test_all_wrong_settings_are_named_at_once(mapping):
    mapping |= {"hmm": {"n_states": 0}, "nmf": {"batchsize": 3}}
    with pytest.raises(SettingsError) as error:
        read_settings(mapping)
    assert "hmm.n_states is 0" in str(error.value)
    assert "nmf.batchsize is no setting; did you mean batch_size?" in str(error.value)


def test_missing_sections_are_named():
    with pytest.raises(SettingsError, match="channels is missing"):
        read_settings({})


def test_results_inside_the_archive_are_refused(mapping, tmp_path):
    with pytest.raises(SettingsError, match="results would be read as waveforms"):
        read_settings(mapping | {"results": str(tmp_path / "results")})


@pytest.mark.parametrize(("text", "message"), [
    ("event_id,time\n", "has no event"),
    ("event_id,time,time\na,2020-01-01,x\n", "two columns are called time"),
    ("event_id,time,cluster\na,2020-01-01,x\n", "will have a column cluster of its own"),
    ("", "has no column event_id and no time"),
    ("id,time\na,2020-01-01\n", "has no column event_id; its first line is 'id,time'"),
    ("event_id;time\na;2020-01-01\n", "its first line is 'event_id;time'"),
])  # fmt: skip
def test_an_empty_or_foreign_catalog_is_named(mapping, tmp_path, text, message):
    (tmp_path / "catalog.csv").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        read_settings(mapping)


def test_a_file_that_is_no_yaml_is_named(tmp_path):
    (tmp_path / "broken.yaml").write_text("channels: [", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"broken\.yaml: not valid YAML"):
        read_settings_file(tmp_path / "broken.yaml")
    with pytest.raises(SettingsError, match="there is no such file of settings"):
        read_settings_file(tmp_path / "none.yaml")


def test_settings_and_the_hmm_have_the_same_parameters_and_defaults():
    parameters = BayesianHMM().get_params()
    # The workflow decides about these.
    del parameters["verbose"], parameters["warm_start"]
    assert HMMSettings().parameters() == parameters


@pytest.mark.parametrize("method", METHODS)
def test_settings_and_factorizations_have_the_same_parameters_and_defaults(method):
    parameters = METHODS[method]().get_params()
    # The workflow decides about these, and a default number of components is the Bayesian NMF's.
    for name in {"verbose", "warm_start", "fixed_components", "sort"} & set(parameters):
        del parameters[name]
    settings = NMFSettings(method=method).parameters()
    if method != "bayesian":
        del parameters["n_components"], settings["n_components"]
    if method == "replicate":  # the best of fewer starts, which take minutes each on large data
        del parameters["n_replicates"], settings["n_replicates"]
    assert settings == parameters


@pytest.mark.parametrize("method", METHODS)
def test_a_factorization_is_fitted_again_only_for_its_own_settings(method):
    text = NMFSettings(method=method).relevant()
    again = read_stage_settings("nmf", text)
    assert again.parameters() == NMFSettings(method=method).parameters()
    other = {"smooth": {"smoothness": 1.0}} if method == "seq" else {"seq": {"length": 3}}
    assert NMFSettings(method=method, **other).relevant() == text


def test_an_update_with_a_factorization_that_cannot_go_on_is_refused(mapping):
    for change in ({"nmf": {"method": "seq"}}, {"compare": {"methods": ["bayesian", "seq"]}}):
        with pytest.raises(SettingsError, match=r"only bayesian goes on .* and not seq"):
            read_settings(mapping | {"model": "update"} | change)


def test_the_shipped_settings_are_valid_and_name_every_key(pytestconfig):
    shipped = yaml.safe_load((pytestconfig.rootpath / "config.yaml").read_text(encoding="utf-8"))
    settings = Settings.model_validate(copy.deepcopy(shipped))
    assert settings.model_dump() == shipped
