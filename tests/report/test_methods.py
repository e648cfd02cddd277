"""The methods section: right for the settings at hand, in sentences that can be pasted."""

import re
from dataclasses import replace

import numpy as np
import pytest

from specufex_pipe import BayesianHMM, EventClusterer, factorizations
from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.factorizations.registry import FACTORIZATIONS
from specufex_pipe.report.methods import (
    Factorizations,
    Methods,
    UsedEvents,
    Waveforms,
    text_of_methods,
)
from specufex_pipe.report.methods_of_clusters import Clusters, TriedNumber
from specufex_pipe.report.references import references_in
from specufex_pipe.settings import SpectrogramSettings, WaveformSettings

CLEAR = TriedNumber(0.967, 0.6, 0.5, 0.2, beats_null=True)
CITED = re.compile(r"[A-ZÉ][\w]+(?: et al\.| and [A-Z]\w+)?, (?:19|20)\d\d")


def clusters_of(method="kmeans", number="stability", **changes):
    kind = CLUSTERINGS[method]
    made = Clusters(
        in_words=kind.in_words,
        takes_averages=kind.takes_averages,
        finds_number=kind.finds_number,
        parameters=EventClusterer(method, number).get_params(),
        weights={"mean_energies": 0.25, "fingerprints": 1.0},
        n_dimensions=30,
        n_neighbors=15,
        n_events=460,
        n_learned=460,
        are_kept=False,
        resampled="events and HMMs",
        least=2,
        most=30,
        tried=CLEAR,
        n_clusters=3,
        n_in_none=0,
        moved=0.016,
    )
    return replace(made, **changes)


def methods_of(**changes):
    made = Methods(
        events=UsedEvents(
            460,
            [("gap", 1200), ("no data", 3)],
            np.datetime64("2010-09-01T00:03:15.2"),
            np.datetime64("2010-09-01T23:54:00"),
        ),
        waveforms=waveforms_of(),
        spectrograms=SpectrogramSettings().model_dump(mode="json"),
        frame_interval=0.32,
        nmfs=nmfs_of(),
        are_updated=False,
        hmm=BayesianHMM(15).get_params(),
        hmm_seeds=[0],
        clusters=clusters_of(),
    )
    return replace(made, **changes)


def nmfs_of(**changes):
    made = Factorizations(
        in_words=FACTORIZATIONS["bayesian"]().in_words,
        n_components=75,
        n_used_components=41,
        least_share=1e-4,
        n_component_frames=1,
        seeds=[0],
        n_sampled=None,
    )
    return replace(made, **changes)


def waveforms_of(processing=("removal of the mean",), **settings):
    made = WaveformSettings().model_dump(mode="json") | settings
    return Waveforms("YA.UV05.00.HHZ", "catalog time", made, list(processing))


def text(**changes):
    return " ".join(text_of_methods(methods_of(**changes)))


def text_of_clusters(*arguments, **changes):
    return text(clusters=clusters_of(*arguments, **changes))


def hmm_of(**changes):
    return BayesianHMM(15).get_params() | changes


def spectrograms_of(**changes):
    return SpectrogramSettings(**changes).model_dump(mode="json")


def test_the_numbers_of_a_run_stand_in_its_methods():
    said = text()
    assert "Of 1,663 events in the catalog, 460 were used (2010-09-01 00:03 to 2010-09-01" in said
    assert "rejected (gap: 1,200, no data: 3)." in said
    assert "in windows of 20 s that begin 5 s before the catalog time." in said
    assert "Hann windows of 1.28 s that overlap by 75 % (a frame every 0.32 s)" in said
    assert "between 2 and 45 Hz, in decibels above the median" in said
    assert "started with 75 components (seed 0), and 41 of them explain 0.01 % of" in said
    assert "fall to 1/e in 20 frames (6.4 s)" in said
    assert "fingerprints (weight 1) and the mean energies of the components (0.25)." in said
    assert "replaced, 5 times in succession, by the mean of itself and its 15 nearest" in said
    assert "divided by k-means" in said
    assert "3 clusters (the least stable: stability 0.96, null 0.60; mean silhouette" in said
    assert "1.6 % of the events change cluster" in said


@pytest.mark.parametrize(("changes", "expected"), [
    ({"before": 0.0}, "in windows of 20 s that begin at the catalog time."),
    ({"before": -2.0}, "in windows of 20 s that begin 2 s after the catalog time."),
    ({"length": "file"}, "were cut as the files of the events have them."),
    ({"length": "end", "after": 3.0}, "begin 5 s before the catalog time and end 3 s after the end "
     "that the catalog gives."),
    ({"length": "pick", "end_phase": "S"}, "and end at the pick of S."),
    ({"reference": "arrival", "velocity": 3.5}, "the catalog time along a straight line at 3.5 "
     "km/s."),
    ({"reference": "arrival"}, "the catalog time in the model iasp91."),
])  # fmt: skip
def test_windows_are_told_as_they_are_placed(changes, expected):
    assert expected in text(waveforms=waveforms_of(**changes))


@pytest.mark.parametrize(("changes", "there", "not_there"), [
    ({"scale": "power"}, "as power spectral densities.", "decibels"),
    ({"scale": "amplitude"}, "as square roots of power spectral densities.", "decibels"),
    ({"scale": "noise"}, "in decibels above the noise", "above the median of"),
    ({"zero_padding": 1.0}, "45 Hz", "zero-padded"),
    ({"frequency_axis": "logarithmic", "bands_per_octave": 1}, "means over 1 band per", "1 bands"),
    ({"window_shape": "boxcar"}, "with rectangular windows", "boxcar"),
])  # fmt: skip
def test_spectrograms_are_told_as_they_are_made(changes, there, not_there):
    said = text_of_methods(methods_of(spectrograms=spectrograms_of(**changes)))[0]
    assert there in said
    assert not_there not in said


def test_steps_stand_in_their_order_and_no_rejection_is_said_where_there_was_none():
    steps = waveforms_of(processing=["differentiation", "removal of the mean"])
    events = replace(methods_of().events, rejections=[])
    said = text(waveforms=steps, events=events)
    assert "processed in this order: differentiation; removal of the mean." in said
    assert said.startswith("All 460 events of the catalog were used (")


def test_several_nmfs_and_hmms_are_told_with_their_seeds():
    said = text(nmfs=nmfs_of(seeds=[0, 11, 12]), hmm_seeds=[0, 21])
    assert "Three NMFs, which differ in their seeds alone (0, 11, 12), were fitted" in said
    assert "in the first, 41 of them explain" in said
    assert "Two Bayesian hidden Markov models (HMMs) with 15 states" in said
    assert "seeds alone (0, 21), were fitted for each NMF" in said
    assert "side by side" in said
    assert "side by side" not in text()


def test_components_that_are_all_used_are_told_to_be():
    assert "with 8 components (seed 0), and all of them explain" in text(
        nmfs=nmfs_of(n_components=8, n_used_components=8)
    )
    assert "12 NMFs, which" in text(nmfs=nmfs_of(seeds=range(12)))


def test_a_sample_and_components_of_several_frames_are_told():
    said = text(nmfs=nmfs_of(n_sampled=1000, n_component_frames=10))
    assert "with components of 10 frames." in said
    assert "The NMF was fitted to 1,000 events, drawn at random." in said


def test_what_was_not_done_to_energies_is_not_said():
    plain = hmm_of(smoothing=1, background=None, loudness=None, fingerprint="transitions")
    said = text(hmm=plain)
    assert not re.search("averaged over|subtracted|scaled to the same", said)
    assert "matrix of the square roots of its transition probabilities" in said
    assert "followed by energy" not in said
    assert "The 0.25 quantile of each component" in text(hmm=hmm_of(background=0.25))


def test_models_of_an_earlier_analysis_are_told_to_be_so():
    said = text_of_clusters(are_kept=True, n_learned=1234)
    assert "All models are those of an earlier analysis, and were not fitted again." in said
    assert "learned from 1,234 events of an earlier analysis; the 460 events of this one" in said
    assert "earlier" not in text()
    assert "The models of an earlier analysis were the start" in text(are_updated=True)


def test_clusters_of_a_random_part_are_told():
    said = text_of_clusters(n_learned=100)
    assert "learned from 100 events, drawn at random; the other events were assigned" in said


def test_a_number_that_was_given_or_found_is_not_told_to_be_chosen():
    given = text_of_clusters("kmeans", 8)
    assert "The number of clusters was set to 8." in given
    found = text_of_clusters("hdbscan", n_in_none=7, least=3, most=3)
    assert "The method finds the number of clusters itself." in found
    assert "7 events belong to no cluster." in found
    for said in (given, found):
        assert "were tried" not in said


def test_only_the_method_that_averages_is_told_to_do_so():
    assert "Events were divided by spectral clustering" in text_of_clusters("spectral")
    once = EventClusterer(n_averages=1).get_params()
    assert "replaced, once, by the mean" in text_of_clusters(parameters=once)
    never = EventClusterer(n_averages=0).get_params()
    assert "Events were divided by k-means" in text_of_clusters(parameters=never)


def test_a_rule_other_than_stability_is_told_and_clusters_no_better_than_the_null():
    said = text_of_clusters("ward", "silhouette", tried=CLEAR._replace(beats_null=False))
    assert "largest mean silhouette was taken" in said
    assert "not distinct from those of the null hypothesis" in said
    assert "not distinct" not in text()


def test_the_rule_of_stability_is_told_with_its_limits():
    said = text()
    assert "and have stabilities of 0.85 or more. Of these, the largest was taken" in said
    assert "a stability of 0.95 or more over the 90 % of the resamples" in said


def test_where_there_are_no_clusters_it_is_said_why_and_no_number_is_claimed():
    none = text_of_clusters(n_clusters=0, n_in_none=460)
    assert "No clusters met these conditions, so there are none (the steadiest" in none
    few = text_of_clusters(n_clusters=0, tried=None, least=0, most=0)
    assert "There were too few different events for clusters." in few
    one = text_of_clusters("hdbscan", n_clusters=0, least=1, most=1)
    assert "fewer than two groups, so there are no clusters." in one
    for said in (none, few, one):
        assert "This gave" not in said
        assert "change cluster" not in said


@pytest.mark.parametrize("name", FACTORIZATIONS)
def test_every_factorization_is_named_and_its_reference_listed(name):
    assert_reads_well(text(nmfs=nmfs_of(in_words=FACTORIZATIONS[name]().in_words)))


@pytest.mark.parametrize("name", CLUSTERINGS)
@pytest.mark.parametrize("rule", ["stability", "calinski_harabasz"])
def test_every_clustering_is_named_and_its_reference_listed(name, rule):
    assert_reads_well(text_of_clusters(name, rule))


def assert_reads_well(said):
    """Assert that sentences end as they should, and that what they cite is listed."""
    assert "  " not in said
    assert not re.search(r"\.\.|None|nan|[{}_\[\]]| [,.;]", said)
    cited = set(CITED.findall(said))
    assert cited
    assert len(references_in(said)) == len(cited)
    for work in cited:
        family, year = re.match(r"\w+", work)[0], work[-4:]
        assert any(each.startswith(family) and f"({year})" in each for each in references_in(said))


def test_factorizations_name_what_their_result_depends_on():
    replicate = factorizations.ReplicateNMF(3, n_replicates=4, loss="frobenius")
    assert "squared error, the best of 4 random starts" in replicate.in_words
    assert "random start" not in factorizations.ReplicateNMF(3, n_replicates=1).in_words
