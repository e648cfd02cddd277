"""A wrong setting is one message that names the key and the value."""

import re
import sys

import pytest
import yaml
from helpers.events import make_event, write_quakeml
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.errors import SettingsError
from specufex_pipe.factorizations import FACTORIZATIONS
from specufex_pipe.settings import (
    NMFSettings,
    check_results,
    read_sections,
    read_settings,
    read_settings_file,
    sections_as_json,
)
from specufex_pipe.settings.keys import expand_dotted


@pytest.fixture
def mapping(tmp_path):
    catalog = tmp_path / "catalog.csv"
    catalog.write_text("event_id,time\na,2020-01-01T00:00:00\n", encoding="utf-8")
    (tmp_path / "source").mkdir()
    return {
        "channels": ["XX.STA.00.HHZ"],
        "catalog": {"path": str(catalog)},
        "source": {"path": str(tmp_path / "source")},
        "results": str(tmp_path / "results"),
    }


LONG = 300 * "x"


@pytest.mark.parametrize(("changes", "message"), [
    ({"hmm": {"n_state": 3}}, "hmm.n_state is not a setting; did you mean n_states?"),
    ({"hmm": {"smoothing": 4}}, "hmm.smoothing is 4: expected an odd number of frames"),
    ({"hmm": {"n_models": 0}}, "hmm.n_models is 0: input should be greater than or equal to 1"),
    ({"fingerprints": {"method": "specufex"}}, "fingerprints.method is 'specufex': input should"),
    ({"variants": {"a": {"hmm.horizon": 5}}}, "variants.a: hmm.horizon has moved: it is finger"),
    ({"hmm": {"n_states": "null"}}, "hmm.n_states is None: input should be a valid integer"),
    ({"clustering": {}}, "clustering is not a setting; did you mean clusters?"),
    ({"nmf": {"n_components": "many"}}, "nmf.n_components is 'many': input should be a valid int"),
    ({"nmf": {"n_components": 7.5}}, "nmf.n_components is 7.5: input should be a valid integer"),
    ({"nmf": {"method": "bayes"}}, "nmf.method is 'bayes': not a factorization; choose from bay"),
    ({"nmf": {"bayesian": {"tol": float("nan")}}}, "nmf.bayesian.tol is nan"),
    ({"nmf": {"bayesian": {"batchsize": 3}}}, "nmf.bayesian.batchsize is not a setting; did you"),
    ({"clusters": {"method": "k-means"}}, "clusters.method is 'k-means': not a clustering; choose"),
    ({"spectrograms": {"fmax": 60}}, "spectrograms.fmax is 60 Hz, expected at most the Nyquist "
                                     "frequency 50 Hz"),
    ({"spectrograms": {"fmin": 30, "fmax": 20}}, "fmin is 30 Hz, expected less than fmax 20 Hz"),
    ({"spectrograms": {"window": 30}}, "spectrograms.window is 30 s, expected at most"),
    ({"spectrograms": {"overlap": 1}}, "spectrograms.overlap is 1: input should be less than 1"),
    ({"waveforms": {"fmax": 20}}, "waveforms.fmax has moved: it is a step of waveforms.processing"),
    ({"waveforms": {"processing": ["demaen"]}},
     "processing.step 1.type is 'demaen': input should be 'detrend', 'demean'"),
    ({"waveforms": {"processing": ["remove_respons"]}}, "did you mean remove_response?"),
    ({"waveforms": {"velocity": 5500}}, "waveforms.velocity is 5500: input should be less"),
    ({"waveforms": {"processing": ["demean", {"type": "taper", "second": 3}]}},
     "processing.step 2.second is not a setting; did you mean seconds?"),
    ({"waveforms": {"processing": ["filter"]}}, "processing.step 1.kind is missing"),
    ({"waveforms": {"processing": [{"type": "filter", "kind": "bandpass", "fmin": 3}]}},
     "step 1, filter: a bandpass filter has fmin and fmax, given are fmin"),
    ({"waveforms": {"processing": [{"type": "filter", "kind": "highpass", "fmin": 50}]}},
     "fmin of the filter is 50 Hz, expected less than the Nyquist frequency 50 Hz"),
    ({"waveforms": {"reference": "arrival"}}, "stations is missing"),
    ({"waveforms": {"reference": "arrival", "earth_model": "isap91"}, "stations": "x.xml"},
     "earth_model is 'isap91': not one of TauP's; choose from 1066a"),
    ({"waveforms": {"duration": 700}}, "duration is 700 s, expected at most max_duration 600 s"),
    ({"spectrograms": {"scale": "decibels"}}, "spectrograms.scale is 'decibels': input should be"),
    ({"spectrograms": {"fmin": 10.6, "fmax": 10.7}}, "no frequency lies between spectrograms.fmin"),
    ({"spectrograms": {"frequency_axis": "logarithmic", "bands_per_octave": 12}},
     "spectrograms.bands_per_octave is 12: the band at 2 Hz is 0.119 Hz wide, narrower"),
    ({"spectrograms": {"frequency_axis": "logarithmic", "fmin": 0}},
     "spectrograms.fmin is 0 Hz, expected more than 0 for a logarithmic axis"),
    ({"waveforms": {"low_band": [2, 1]}}, "waveforms.low_band is [2, 1]: [2.0, 1.0] is not a band"),
    ({"waveforms": {"high_band": [2]}}, "waveforms.high_band"),
    ({"source": {"format": "PICKLE"}}, "source.format is 'PICKLE': not a waveform format"),
    ({"source": {"type": "tree"}}, "source.type is 'tree': input should be 'folder', 'sds', "),
    ({"source": {"formt": "SAC"}}, "source.formt is not a setting; did you mean format?"),
    ({"source": {"path": "nowhere"}}, "source.path is 'nowhere': there is no such folder"),
    ({"catalog": {"path": "no.csv"}}, "catalog.path is 'no.csv': there is no such file"),
    ({"report": {"series": {"Rain": "no.csv"}}},
     "report.series.Rain: path is 'no.csv': there is no such file"),
    ({"report": {"series": {"Rain": {"path": "a.csv", "colum": "b"}}}},
     "report.series.Rain.colum is not a setting"),
    ({"report": {"series": {"Rain": LONG}}}, "report.series.Rain is 'xxx"),
    ({"report": {"series": ["rain.csv"]}}, "report.series is ['rain.csv']: input should be"),
    ({"report": {"map_lines": [3]}}, "report.map_lines.item 1 is 3"),
    ({"report": {"events": {"Crisis": 2010}}},
     "report.events: expected labels with times, {Eruption: 2010-10-14T15:20}, got Crisis: 2010"),
    ({"report.section_azimuth": float("nan")}, "report.section_azimuth is nan"),
    ({"report": {"events": "no.csv"}}, "report.events: path is 'no.csv': there is no such file"),
    ({"report": {"map_lines": ["."]}}, "report.map_lines[0]: path is '.': there is no such file"),
    ({"report": {"relief": "no.nc"}}, "report.relief: path is 'no.nc': there is no such file"),
    ({"report": {"section_azimuth": 181}}, "report.section_azimuth is 181"),
    ({"report": {"uncertain_per_cluster": -1}}, "report.uncertain_per_cluster is -1"),
    ({"report": {"events": {"Eruption": "soon"}}}, "Eruption: 'soon' is not ISO 8601"),
    ({"labels": "no.csv"}, "labels: path is 'no.csv': there is no such file"),
    ({"clusters": {"names": "no.csv"}}, "clusters.names: path is 'no.csv': there is no such file"),
    ({"clusters.names": "{x}.csv"}, "clusters.names is '{x}.csv': expected a path without braces"),
    ({"clusters.names": {0: "x"}}, "clusters.names: 0 is not a cluster; clusters are"),
    ({"variants": {"b": {"clusters.names": "no.csv"}}},
     "variants.b.clusters.names: path is 'no.csv': there is no such file"),
    ({"results": "a{b}"}, "results is 'a{b}': expected a path without braces"),
    ({"results": LONG}, "results is 'xxx"),
    ({"catalog": {"path": LONG}}, "File name too long"),
    ({"source": {"path": LONG}}, "source: [Errno 36] File name too long"),
    ({"labels": LONG}, "labels is 'xxx"),
    ({"model": LONG}, "model is 'xxx"),
    ({"results": "--output"}, "results is '--output': expected a path"),
    ({"catalog": {"path": "{x}.csv"}}, "catalog is '{x}.csv': expected a path without braces"),
    ({"channels": ["XX.STA.--.HHZ"]}, "'XX.STA.--.HHZ' is not a valid SEED id"),
    ({"channels": ["STA.HHZ"]}, "'STA.HHZ' is not a valid SEED id; expected NET.STA.LOC.CHA"),
    ({"channels": ["XX.S.00.HHZ", "XX.S.00.HHZ"]}, "a channel is named twice"),
    ({"channels": []}, "channels is []: list should have at least 1 item"),
    ({"clusters": {"n_nmfs": True}}, "clusters.n_nmfs is True: expected a number"),
    ({"clusters": {"n_clusters_min": 6, "n_clusters_max": 4}}, "n_clusters_min is 6, expected at"),
    ({"variants": {"main": {}}}, "'main' is not a valid name of a variant"),
    ({"variants": {"a/b": {}}}, "'a/b' is not a valid name of a variant"),
    ({"variants": {"a": {"results": "x"}}}, "a changes results; a variant may change keys of wav"),
    ({"variants": {"a": {"hmm.n_state": 1}}}, "variants.a: hmm.n_state is not a setting; did you"),
    ({"variants": {"a": {"spectrograms.fmax": 60}}}, "variants.a: spectrograms.fmax is 60 Hz"),
])  # fmt: skip
def test_a_wrong_setting_is_named(mapping, changes, message):
    for key, value in changes.items():
        mapping[key] = mapping.get(key, {}) | value if isinstance(value, dict) else value
    with pytest.raises(SettingsError) as error:
        read_settings(mapping)
    assert message in str(error.value)


@pytest.mark.parametrize(("key", "message"), [
    ("waveforms.catalog", "waveforms.catalog has moved: it is catalog.path now"),
    ("waveforms.archive", "waveforms.archive has moved: it is source.path now"),
    ("waveforms.layout", "waveforms.layout has moved: it is source.type now"),
    ("waveforms.format", "waveforms.format has moved: it is source.format now"),
    ("nmf.batch_size", "nmf.batch_size has moved: it is nmf.bayesian.batch_size now"),
    ("nmf.prune_below", "nmf.prune_below has moved: it is nmf.bayesian.prune_below now"),
    ("nmf.minibatch_smooth_convex", "has moved: it is nmf.smooth_convex now, with a batch_size"),
    ("nmf.smooth_convex.update", "nmf.smooth_convex.update has moved: it is gone"),
    ("hmm.fingerprint", "hmm.fingerprint has moved: it is fingerprints.method now"),
    ("hmm.horizon", "hmm.horizon has moved: it is fingerprints.horizon now"),
    ("clusters.n_init", "clusters.n_init has moved: it is clusters.kmeans.n_init now"),
    ("compare.methods", "compare has moved: its methods are variants now"),
    ("compare.labels", "compare has moved: its methods are variants now"),
])  # fmt: skip
def test_where_a_key_has_moved_the_message_says_where_to(mapping, key, message):
    with pytest.raises(SettingsError, match=re.escape(message)):
        read_settings(mapping | {key: "x"})


def test_a_method_that_has_another_name_now_is_named(mapping):
    with pytest.raises(SettingsError, match="it is smooth_convex now, with nmf"):
        read_settings(mapping | {"nmf.method": "minibatch_smooth_convex"})


def test_null_may_come_as_text_from_the_command_line(mapping):
    assert read_settings(mapping | {"hmm": {"background": "null"}}).hmm.background is None


def test_all_wrong_settings_are_named_at_once(mapping):
    mapping |= {"hmm": {"n_states": 0}, "spectrograms": {"overlp": 3}}
    with pytest.raises(SettingsError) as error:
        read_settings(mapping)
    assert "hmm.n_states is 0" in str(error.value)
    assert "spectrograms.overlp is not a setting; did you mean overlap?" in str(error.value)


def test_missing_sections_are_named():
    with pytest.raises(SettingsError) as error:
        read_settings({})
    assert all(f"{name} is missing" in str(error.value) for name in ("channels", "catalog"))


def test_results_in_the_source_are_refused(mapping, tmp_path):
    settings = read_settings(mapping)
    check_results(settings, tmp_path / "results")
    with pytest.raises(SettingsError, match="results would be read as waveforms"):
        check_results(settings, tmp_path / "source/results")


def test_results_in_a_folder_of_event_files_are_refused(mapping, tmp_path):
    folder = tmp_path / "events"
    folder.mkdir()
    write_quakeml(folder / "a.xml", [make_event("a")])
    settings = read_settings(mapping | {"catalog": {"type": "obspy", "path": str(folder)}})
    (tmp_path / "link").symlink_to(folder)
    for inside in (folder, folder / "results/deep", tmp_path / "link/results"):
        with pytest.raises(SettingsError, match="in the folder of the catalog: events"):
            check_results(settings, inside)
    for outside in (tmp_path / "results", folder / ".hidden/results", tmp_path / "events2"):
        check_results(settings, outside)


def test_results_beside_a_catalog_that_is_a_file_are_not_refused(mapping, tmp_path):
    check_results(read_settings(mapping), tmp_path)
    write_quakeml(tmp_path / "a.xml", [make_event("a")])
    one_file = {"catalog": {"type": "obspy", "path": str(tmp_path / "a.xml")}}
    check_results(read_settings(mapping | one_file), tmp_path)


@pytest.mark.parametrize("name", ["cluster", "peak_amplitude", "kurtosis"])
def test_a_catalog_with_columns_of_the_result_is_refused(name, mapping, tmp_path):
    (tmp_path / "catalog.csv").write_text(f"event_id,time,{name}\na,2020-01-01,x\n")
    with pytest.raises(SettingsError, match=f"it has {name}, columns that a run .* other names"):
        read_settings(mapping)


def test_a_file_that_is_not_yaml_is_named(tmp_path):
    (tmp_path / "broken.yaml").write_text("channels: [", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"broken\.yaml: not valid YAML"):
        read_settings_file(tmp_path / "broken.yaml")
    with pytest.raises(SettingsError, match="there is no such file of settings"):
        read_settings_file(tmp_path / "none.yaml")


@pytest.mark.parametrize("method", FACTORIZATIONS)
def test_a_factorization_is_fitted_again_only_for_its_own_settings(mapping, method):
    settings = read_settings(mapping | {"nmf.method": method})
    text = sections_as_json(settings, ("nmf",))
    again = read_sections(text)["nmf"]
    assert again.parameters() == settings.nmf.parameters()
    other = {"smooth.smoothness": 1.0} if method == "seq" else {"seq.length": 3}
    changes = {f"nmf.{key}": value for key, value in other.items()}
    changed = read_settings(mapping | {"nmf.method": method} | changes)
    assert sections_as_json(changed, ("nmf",)) == text


def test_an_update_is_refused_for_a_factorization_that_starts_afresh(mapping):
    message = r"nmf\.method seq cannot start from an earlier fit: .* or nmf\.method bayesian"
    for change in ({"nmf": {"method": "seq"}}, {"variants": {"seq": {"nmf.method": "seq"}}}):
        with pytest.raises(SettingsError, match=message):
            read_settings(mapping | {"model": "update"} | change)


def test_a_variant_is_the_settings_with_some_keys_changed(mapping):
    settings = read_settings(
        mapping | {"hmm.n_states": 5, "variants": {"other": {"nmf.seq.length": 3, "hmm": {}}}}
    )
    assert settings.variant_names == ["main", "other"]
    assert settings.variant("main") is settings
    other = settings.variant("other")
    assert (other.hmm.n_states, other.nmf.seq.length) == (5, 3)
    assert other.nmf.seq.max_iter == settings.nmf.seq.max_iter
    assert other.variants == {}


NAMES = st.sampled_from(["n_states", "tol"])


@given(st.dictionaries(NAMES, st.integers(1, 9)), st.dictionaries(NAMES, st.integers(1, 9)))
def test_a_key_with_dots_is_the_key_in_its_section(dotted, section):
    mapping = {f"hmm.{key}": value for key, value in dotted.items()} | {"hmm": section}
    if any(section.get(key, value) != value for key, value in dotted.items()):
        with pytest.raises(SettingsError, match="is given twice"):
            expand_dotted(mapping)
    else:
        assert expand_dotted(mapping) == {"hmm": section | dotted}


def test_keys_with_dots_within_a_section_are_those_of_its_own_sections(mapping):
    settings = read_settings(mapping | {"nmf": {"n_components": 9, "bayesian.max_iter": 7}})
    assert (settings.nmf.n_components, settings.nmf.bayesian.max_iter) == (9, 7)


def test_a_key_that_is_given_twice_is_never_chosen_in_silence(mapping):
    mapping |= {"nmf.n_components": 30, "nmf": {"n_components": 75}}
    with pytest.raises(SettingsError, match="as 30 in the key with dots and as 75 in its section"):
        read_settings(mapping)


@pytest.mark.parametrize(("key", "message"), [
    ("hmm.n_states.x", "n_states is 3 and not a section"),
    ("catalog.path.x", "path is .* and not a section"),
])  # fmt: skip
def test_a_key_with_dots_below_a_value_is_refused(mapping, key, message):
    with pytest.raises(SettingsError, match=message):
        read_settings(mapping | {"hmm": {"n_states": 3}, key: 1})


def test_other_methods_than_the_bayesian_one_are_recorded_with_their_sample():
    assert "max_events" not in NMFSettings().record()
    assert NMFSettings(method="smooth").record()["max_events"] == 1000


def test_a_variant_may_leave_out_a_feature(mapping):
    features = {"fingerprints": 1.0}
    settings = read_settings(mapping | {"variants": {"alone": {"clusters.features": features}}})
    assert settings.variant("alone").clusters.features == features
    assert settings.clusters.features != features


def test_series_of_the_report_have_the_columns_that_are_named(mapping, tmp_path):
    path = tmp_path / "weather.csv"
    path.write_text("time,rain,wind\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"report.series.Rain: .* expected time and one other"):
        read_settings(mapping | {"report": {"series": {"Rain": str(path)}}})
    chosen = {"Rain": {"path": str(path), "column": "rain"}}
    settings = read_settings(mapping | {"report": {"series": chosen}})
    assert settings.report.files == {"report.series.Rain": str(path)}
    with pytest.raises(SettingsError, match=r"report.events: .* has no column label"):
        read_settings(mapping | {"report": {"events": str(path)}})


def test_a_map_by_umap_needs_umap_before_anything_runs(mapping, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(SettingsError, match=r"report.umap is true, which needs umap-learn: pip"):
        read_settings(mapping | {"report": {"umap": True}})
    assert not read_settings(
        mapping | {"report": {"umap": True, "explorer": False}}
    ).report.explorer


def test_moments_may_be_times_as_yaml_reads_them(mapping):
    text = "{Crisis: 2010-10-14T15:20:00Z, Eruption: 2010-10-15}"
    settings = read_settings(mapping | {"report": {"events": yaml.safe_load(text)}})
    times = list(settings.report.events.values())
    assert times == ["2010-10-14T15:20:00+00:00", "2010-10-15"]
    again = read_sections(sections_as_json(settings, ("report",)))["report"]
    assert again == settings.report


def test_one_file_of_lines_is_a_list_of_one(mapping, tmp_path):
    coast = str(tmp_path / "coast.txt")
    (tmp_path / "coast.txt").write_text("1 2\n3 4\n", encoding="utf-8")
    one, listed = (
        read_settings(mapping | {"report": {"map_lines": each, "relief": coast}}).report
        for each in (coast, [coast])
    )
    assert one == listed
    assert one.files == {"report.map_lines[0]": coast, "report.relief": coast}


@pytest.mark.parametrize(("rows", "message"), [
    ([*(f"{i},LP" for i in range(5)), *(f"{i},VT" for i in range(5, 9))],
     "has the labels 'LP' of 5, 'VT' of 4, expected two of 5 events or more"),
    ([], "has the labels of no event, expected two"),
    (["a,LP", "a,VT"], "line 3: event a is 'VT', and 'LP' in line 2; keep one of them"),
    (["a,LP", "b, lp"], "line 3: the label 'lp' is written 'LP' in line 2; write them alike"),
])  # fmt: skip
def test_labels_that_cannot_be_learned_are_named_at_the_start(mapping, tmp_path, rows, message):
    path = tmp_path / "labels.csv"
    path.write_text("\n".join(["event_id,label", *rows]) + "\n", encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        read_settings(mapping | {"labels": str(path)})
    assert str(error.value).startswith(f"labels: {path}")
    assert message in str(error.value)
