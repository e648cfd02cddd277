"""Calibrated probabilities are right as often as they say."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.metrics import log_loss

from specufex_pipe.classification.calibration import Calibration, log_shares_of


def drawn(shares, n_events=4000, seed=0):
    """Return what is true of events: evidence for labels that count alike, and drawn labels."""
    rng = np.random.default_rng(seed)
    evidence = log_softmax(rng.normal(0, 1.5, (n_events, len(shares))), axis=1)
    truth = softmax(evidence + np.log(shares), axis=1)
    codes = (rng.random((n_events, 1)) > truth.cumsum(axis=1)).sum(axis=1)
    return evidence, truth, codes


@pytest.mark.parametrize("sureness", [0.4, 1.0, 5.0])
@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.8, 0.15, 0.05]])
def test_a_model_that_is_too_sure_or_too_modest_is_put_right(shares, sureness):
    evidence, truth, codes = drawn(shares)
    said = log_softmax(sureness * evidence, axis=1)
    found = Calibration.of(said, codes, np.log(shares))
    assert found.inverse_temperature == pytest.approx(1 / sureness, rel=0.1)
    np.testing.assert_allclose(np.exp(found.log_probabilities(said)), truth, atol=0.06)


def test_the_numbers_are_those_of_the_least_log_loss():
    evidence, _, codes = drawn([0.5, 0.5])
    found = Calibration.of(evidence, codes, np.log([0.5, 0.5]))
    best = minimize_scalar(
        lambda t: log_loss(codes, softmax(evidence * t, axis=1)), bounds=(0.1, 9), method="bounded"
    )
    assert found.inverse_temperature == pytest.approx(best.x, rel=0.01)


def test_a_model_that_is_never_wrong_is_not_taken_to_be_right_always():
    codes = np.arange(30) % 2
    said = log_softmax(4.0 * np.eye(2)[codes], axis=1)
    found = np.exp(Calibration.of(said, codes, np.log([0.5, 0.5])).log_probabilities(said))
    # As Platt's targets: 1/(n + 2) for the other label.
    np.testing.assert_allclose(found[np.arange(30), codes], 1 - 1 / 32, rtol=1e-3)


def test_a_model_that_knows_nothing_says_the_shares():
    rng = np.random.default_rng(0)
    codes = (rng.random(500) < 0.2).astype(int)
    said = np.log(np.full((500, 2), 0.5))
    found = Calibration.of(said, codes, log_shares_of(codes, 2))
    expected = np.bincount(codes) / 500
    np.testing.assert_allclose(np.exp(found.log_probabilities(said[:1]))[0], expected, atol=0.01)


def test_a_label_that_a_model_was_not_shown_stays_impossible():
    evidence, _, codes = drawn([0.4, 0.4, 0.2], 300)
    said = evidence.copy()
    said[(codes != 2) & (np.arange(300) < 150), 2] = -np.inf
    found = Calibration.of(said, codes, np.log([0.4, 0.4, 0.2]))
    calibrated = found.log_probabilities(said)
    assert np.isfinite(found.inverse_temperature)
    np.testing.assert_array_equal(np.isfinite(calibrated), np.isfinite(said))
