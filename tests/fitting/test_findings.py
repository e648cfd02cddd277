"""A fitted estimator shows what it found below scikit-learn's diagram, and nothing before."""

import numpy as np
import pytest
from helpers.clusters import blobs, quick
from sklearn import config_context
from sklearn.base import clone

from specufex_pipe import (
    BayesianHMM,
    BayesianNMF,
    EventClassifier,
    EventFingerprinter,
    HMMEnsemble,
    ReplicateNMF,
    SmoothNMF,
)
from specufex_pipe.errors import FitInterrupted

LABEL = "<b>quake</b>"


def events():
    rng = np.random.default_rng(0)
    return [rng.gamma(0.7, 10, (6, length)) for length in (12, 5, 9, 8)]


def fitted_classifier():
    features, truth = blobs((12, 12))
    return EventClassifier(n_folds=2).fit(features, np.array([LABEL, "noise"])[truth])


def fitted_fingerprinter():
    nmf, hmm = BayesianNMF(3, max_iter=4), BayesianHMM(2, max_iter=4)
    return EventFingerprinter(nmf, hmm, n_nmfs=2, n_models=1).fit(events())


FITTED = {
    "nmf": (
        lambda: BayesianNMF(3, max_iter=4, check_every=2).fit(events()),
        ("components", "3 of 3 in use", "steps", "4 steps, held-out bound", "had not settled"),
    ),
    "smooth": (
        lambda: SmoothNMF(2, tol=0.5).fit(events()),
        ("2 of 2 in use", "iterations, cost", "nothing that was noticed"),
    ),
    "replicate": (
        lambda: ReplicateNMF(2, n_replicates=2).fit(events()),
        ("2 of 2 in use", "best of 2 replicates"),
    ),
    "hmm": (
        lambda: BayesianHMM(2, max_iter=4, check_every=2).fit(events()),
        ("states", "held-out bound", "had not settled"),
    ),
    "clusterer": (
        lambda: quick().fit(blobs()[0]),
        ("3 of 30, 24, 18", "in none", "3 clusters, of stabilities from 1.00", "mean membership"),
    ),
    "classifier": (
        fitted_classifier, ("&lt;b&gt;quake&lt;/b&gt; (12), noise (12)", "log loss", "left out"),
    ),
    "fingerprinter": (fitted_fingerprinter, ("2 of 3, 3 components", "2 of 2 states", "features")),
}  # fmt: skip


@pytest.fixture(scope="module", params=FITTED)
def case(request):
    make, expected = FITTED[request.param]
    return make(), expected


def test_what_was_found_is_in_a_table_below_the_diagram(case):
    model, expected = case
    title = f"What this {type(model).__name__} found"
    for page in (model._repr_html_(), model._repr_mimebundle_()["text/html"]):
        diagram, table = page.split("<table><caption", 1)
        assert "sk-top-container" in diagram
        assert title in table
        for text in expected:
            assert text in table
        assert LABEL not in table


def test_the_line_of_text_is_scikit_learns_own(case):
    model, _ = case
    assert repr(model) == model._repr_mimebundle_()["text/plain"] == repr(clone(model))
    with config_context(display="text"):
        assert model._repr_mimebundle_().keys() == {"text/plain"}
        assert not hasattr(model, "_repr_html_")


def test_before_a_fit_there_is_the_diagram_alone(case):
    model = clone(case[0])
    assert "What this" not in model._repr_html_() + model._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("model", [
    BayesianNMF(2, max_iter=9, check_every=4), SmoothNMF(2), BayesianHMM(2, check_every=4),
    ReplicateNMF(2),
], ids=lambda model: type(model).__name__)  # fmt: skip
def test_a_fit_that_was_interrupted_can_be_shown(model, tmp_path):
    with pytest.raises(FitInterrupted):
        model.fit(events(), checkpoint=tmp_path / "c.h5", should_stop=lambda: True)
    assert "sk-top-container" in model._repr_html_()


def test_an_ensemble_says_how_its_fits_ended():
    fitted = HMMEnsemble(2, n_states=2, max_iter=4, check_every=2).fit(events())
    assert "seeds 0, " in repr(fitted)
    assert f"outcome {fitted.outcome()}; to distrust " in repr(fitted)
