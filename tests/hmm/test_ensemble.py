"""Several HMMs differ in nothing but their seeds, and are fitted, kept and resumed one by one."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from specufex_pipe import BayesianHMM, HMMEnsemble, hmm
from specufex_pipe.errors import FitInterrupted
from specufex_pipe.fitting.checkpoint import remove_checkpoint
from specufex_pipe.hmm.ensemble import checkpoint_of_model
from specufex_pipe.numerics.randomness import seed_of_model
from specufex_pipe.store import read_arrays

PARAMETERS = {"n_states": 3, "batch_size": 8, "max_iter": 30, "check_every": 2, "patience": 2}


def energies(n_events=24, seed=0):
    """Return events of a few frames of noise in four components."""
    rng = np.random.default_rng(seed)
    return [rng.gamma(0.5, 10, (4, rng.integers(3, 12))) for _ in range(n_events)]


def emissions_of(ensemble):
    return np.stack([model.emissions_ for model in ensemble.models])


@pytest.fixture(scope="module")
def fitted():
    return HMMEnsemble(3, **PARAMETERS, random_state=4).fit(energies())


def interrupted_after(n_steps):
    """Return what asks a fit to stop after so many steps."""
    asked = iter(range(1, 10**6))
    return lambda: next(asked) >= n_steps


def test_the_first_hmm_is_the_one_that_a_single_fit_finds(fitted):
    alone = BayesianHMM(**PARAMETERS, random_state=4).fit(energies())
    np.testing.assert_array_equal(emissions_of(fitted)[0], alone.emissions_)
    one = HMMEnsemble(1, **PARAMETERS, random_state=4).fit(energies())
    np.testing.assert_array_equal(emissions_of(one), alone.emissions_[None])


def test_the_others_differ_from_it_in_nothing_but_their_seeds(fitted):
    for number, model in enumerate(fitted.models):
        parameters = fitted.models[0].get_params() | {"random_state": seed_of_model(4, number)}
        assert model.get_params() == parameters
        alone = BayesianHMM(**parameters).fit(energies())
        np.testing.assert_array_equal(model.emissions_, alone.emissions_)
    assert not np.array_equal(*emissions_of(fitted)[:2])


def test_ensembles_of_neighbouring_seeds_share_no_hmm():
    seeds = [model.random_state for seed in range(20) for model in HMMEnsemble(
        5, random_state=seed).models]  # fmt: skip
    assert len(set(seeds)) == 100


def test_fingerprints_and_occupancy_are_those_of_each_hmm(fitted):
    found = fitted.posterior(energies())
    assert found.fingerprints.shape == (24, 3, 3, 3)
    assert found.occupancy.shape == (24, 3, 3)
    for number, model in enumerate(fitted.models):
        np.testing.assert_array_equal(found.fingerprints[:, number], model.transform(energies()))
        states = model.posterior(energies()).state_probabilities
        shares = [event.mean(axis=1) for event in states]
        np.testing.assert_allclose(found.occupancy[:, number], shares)
        if number == 0:
            for one, other in zip(found.state_probabilities, states, strict=True):
                np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("load", [HMMEnsemble.load, hmm.load])
def test_a_saved_ensemble_is_read_as_it_was(fitted, load, tmp_path):
    fitted.save(tmp_path / "hmm.h5", settings={"a": 1})
    assert len({len(model.bound_) for model in fitted.models}) > 1, "the bounds differ in length"
    for model, again in zip(fitted.models, load(tmp_path / "hmm.h5").models, strict=True):
        assert again.get_params() == model.get_params()
        assert (again.n_iter_, again.bound_) == (model.n_iter_, model.bound_)
        assert again.bound_steps_ == model.bound_steps_
        np.testing.assert_array_equal(again.transform(energies()), model.transform(energies()))


def test_arrays_of_all_hmms_are_stacked_in_the_file(fitted, tmp_path):
    fitted.save(tmp_path / "hmm.h5")
    arrays, attributes = read_arrays(tmp_path / "hmm.h5", "hmm")
    np.testing.assert_array_equal(arrays["emissions"], emissions_of(fitted))
    assert arrays["emission_shape"].shape == (3, 3, 4)
    assert arrays["emission_rate"].shape == (3, 3)
    assert arrays["n_checks"].tolist() == [len(model.bound_) for model in fitted.models]
    assert len(arrays["bound"]) == len(arrays["bound_steps"]) == arrays["n_checks"].sum()
    assert attributes["n_iter"].tolist() == [model.n_iter_ for model in fitted.models]


def test_the_file_of_one_hmm_is_read_as_either(fitted, tmp_path):
    HMMEnsemble.of(fitted.models[:1]).save(tmp_path / "one.h5")
    fitted.models[0].save(tmp_path / "alone.h5")
    for path in (tmp_path / "one.h5", tmp_path / "alone.h5"):
        for model in (BayesianHMM.load(path), *HMMEnsemble.load(path).models):
            np.testing.assert_array_equal(model.emissions_, fitted.models[0].emissions_)
            assert model.n_iter_ == fitted.models[0].n_iter_


def test_the_file_of_several_hmms_is_refused_as_that_of_one(fitted, tmp_path):
    fitted.save(tmp_path / "hmm.h5")
    with pytest.raises(OSError, match=r"it holds 3 HMMs, which specufex_pipe\.hmm\.load reads"):
        BayesianHMM.load(tmp_path / "hmm.h5")


@pytest.mark.parametrize("n_steps", [1, 7, 40])
def test_a_fit_in_pieces_ends_with_the_same_bits_and_takes_no_step_twice(fitted, n_steps, tmp_path):
    checkpoint, n_pieces = tmp_path / "hmm.checkpoint.h5", 0
    n_all = sum(model.n_iter_ for model in fitted.models)
    while True:
        again = HMMEnsemble(3, **PARAMETERS, random_state=4)
        n_pieces += 1
        try:
            again.fit(energies(), checkpoint=checkpoint, should_stop=interrupted_after(n_steps))
            break
        except FitInterrupted as error:
            assert str(error).startswith("HMM ")
    # A piece may end where an HMM does, and with it a step later.
    assert n_all // (n_steps + 3) <= n_pieces <= n_all // n_steps + 1
    np.testing.assert_array_equal(emissions_of(again), emissions_of(fitted))
    assert [model.bound_ for model in again.models] == [model.bound_ for model in fitted.models]


def test_hmms_that_were_fitted_resume_at_their_end(fitted, tmp_path):
    checkpoint = tmp_path / "hmm.checkpoint.h5"
    HMMEnsemble(3, **PARAMETERS, random_state=4).fit(energies(), checkpoint=checkpoint)
    names = ["hmm.checkpoint.h5", "hmm.1.checkpoint.h5", "hmm.2.checkpoint.h5"]
    assert [checkpoint_of_model(checkpoint, number).name for number in range(3)] == names
    assert all((tmp_path / name).exists() for name in names)
    remove_checkpoint(tmp_path / names[1])
    asked = []
    again = HMMEnsemble(3, **PARAMETERS, random_state=4)
    again.fit(energies(), checkpoint=checkpoint, should_stop=lambda: bool(asked.append(1)))
    assert len(asked) == fitted.models[1].n_iter_
    np.testing.assert_array_equal(emissions_of(again), emissions_of(fitted))


def test_an_update_starts_from_the_hmms_that_there_are_and_fits_others_afresh(tmp_path):
    earlier = HMMEnsemble(2, **PARAMETERS).fit(energies())
    n_before = [model.n_iter_ for model in earlier.models]
    found = HMMEnsemble(3, **PARAMETERS).start_from(earlier).fit(energies(seed=1))
    assert [model.warm_start for model in found.models] == [True, True, False]
    for model, n_steps in zip(found.models, n_before, strict=False):
        assert model.n_iter_ > n_steps
    fresh = HMMEnsemble(3, **PARAMETERS).fit(energies(seed=1)).models[2]
    np.testing.assert_array_equal(found.models[2].emissions_, fresh.emissions_)


def test_an_update_leaves_out_the_hmms_that_are_too_many():
    earlier = HMMEnsemble(3, **PARAMETERS).fit(energies())
    expected = HMMEnsemble(1, **PARAMETERS).fit(energies())
    found, single = (
        HMMEnsemble(1, **PARAMETERS).start_from(each).fit(energies(seed=1))
        for each in (earlier, expected)
    )
    np.testing.assert_array_equal(emissions_of(found), emissions_of(single))


def test_what_to_distrust_is_said_once_with_the_hmms_that_it_is_of():
    ensemble = HMMEnsemble(3, **PARAMETERS)
    for model, bounds in zip(
        ensemble.models, ([-3.0, -2.0], [-2.0, -2.0, -2.0], [-1.0, -2.0]), strict=True
    ):
        model.bound_, model.bound_steps_ = bounds, list(range(2, 2 + len(bounds)))
        model.n_iter_ = model.bound_steps_[-1]
    unsettled, fallen = ensemble.warnings_
    assert unsettled == (
        "2 of 3 HMMs (numbers 1 and 3): the bound had not settled after max_iter = 30 steps"
    )
    assert fallen.startswith("1 of 3 HMMs (number 3): the held-out bound fell from -1 nats")
    alone = HMMEnsemble.of(ensemble.models[:1])
    assert alone.warnings_ == ["the bound had not settled after max_iter = 30 steps"]


@pytest.mark.parametrize("n_models", [0, 1.5, None, True])
def test_a_number_of_hmms_that_cannot_be_is_refused(n_models):
    with pytest.raises(ValueError, match=f"n_models is {n_models}, expected a whole number >= 1"):
        HMMEnsemble(n_models)


def test_an_ensemble_without_a_fit_is_not_saved(tmp_path):
    with pytest.raises(ValueError, match="not fitted yet"):
        HMMEnsemble(2).save(tmp_path / "hmm.h5")


def test_other_fingerprints_are_those_of_copies(fitted):
    before = fitted.models[1].transform(energies())
    others = fitted.with_fingerprints("transitions", 7)
    expected = BayesianHMM(**fitted.models[1].get_params()).fit(energies())
    expected.set_params(fingerprint="transitions", horizon=7)
    np.testing.assert_array_equal(
        others.models[1].transform(energies()), expected.transform(energies())
    )
    np.testing.assert_array_equal(fitted.models[1].transform(energies()), before)


def test_scikit_learn_can_tell_whether_all_hmms_are_fitted(fitted):
    check_is_fitted(FrozenEstimator(fitted))
    partly = HMMEnsemble.of([fitted.models[0], BayesianHMM(3)])
    with pytest.raises(NotFittedError):
        check_is_fitted(partly)
