"""From spectrograms to features: what the stages do, bit for bit, as scikit-learn has it."""

from contextlib import ExitStack

import numpy as np
import pytest
from helpers.stages import HMM, NMF, run_all, write_spectrograms
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted

from specufex_pipe import BayesianHMM, BayesianNMF, EventFingerprinter, HMMEnsemble
from specufex_pipe.events.sampling import choose_events
from specufex_pipe.factorizations import FACTORIZATIONS
from specufex_pipe.factorizations.files import load as load_nmf
from specufex_pipe.features.ensemble import EnsembleJoiner
from specufex_pipe.features.reading import block_batches
from specufex_pipe.hmm.files import load as load_hmms
from specufex_pipe.numerics.randomness import seed_of_model
from specufex_pipe.settings import NMFSettings
from specufex_pipe.store import FrameStore

# More events than are inferred at a time.
LENGTHS = np.random.default_rng(0).integers(1, 12, 300)
WEIGHTS = {"fingerprints": 1.0, "occupancy": 0.5, "mean_energies": 0.25, "duration": 0.25}
SETTINGS = {
    "bayesian": NMF,
    "seq": NMFSettings(
        method="seq", n_components=3, max_events=50, seq={"max_iter": 5, "length": 3}
    ),
}
QUICK = {"max_iter": 10, "tol": 0}
N_NMFS = 2


def nmfs_of(settings):
    """Return the settings of each NMF of a run."""
    seeds = [seed_of_model(settings.random_state, number) for number in range(N_NMFS)]
    return [settings.model_copy(update={"random_state": seed}) for seed in seeds]


@pytest.fixture(scope="module", params=SETTINGS)
def stages(request, tmp_path_factory):
    """The folder of a run, and a fingerprinter with the same settings."""
    folder, settings = tmp_path_factory.mktemp("run"), SETTINGS[request.param]
    for number, nmf in enumerate(nmfs_of(settings)):
        of_nmf = folder / str(number)
        of_nmf.mkdir()
        write_spectrograms(of_nmf, lengths=LENGTHS)
        run_all(of_nmf, nmf)
    fingerprinter = EventFingerprinter(
        FACTORIZATIONS[request.param](**settings.parameters()),
        BayesianHMM(**HMM.parameters()),
        n_nmfs=N_NMFS,
        n_models=HMM.n_models,
        features=WEIGHTS,
        max_events=280,
        max_events_in_memory=settings.max_events,
    )
    return folder, fingerprinter


@pytest.fixture
def spectrograms():
    rng = np.random.default_rng(1)
    return [rng.gamma(1, 10, (5, length)) for length in rng.integers(1, 15, 30)]


@pytest.fixture
def quick():
    return EventFingerprinter(
        BayesianNMF(3, **QUICK), BayesianHMM(2, **QUICK), n_nmfs=1, n_models=2, features=WEIGHTS
    )


def spectrograms_of(folder):
    with FrameStore(folder / "spectrograms.h5", "spectrograms") as store:
        return [frames.T for frames in store.read(range(store.n_events)).events()]


def features_of_stages(folder):
    with ExitStack() as opened:
        stores = [
            opened.enter_context(
                FrameStore(folder / str(number) / "fingerprints.h5", "fingerprints")
            )
            for number in range(N_NMFS)
        ]
        chosen = choose_events(stores[0].n_events, 0, 280)
        (sample,) = block_batches(WEIGHTS, fingerprints=stores, chosen=chosen)
        (blocks,) = block_batches(WEIGHTS, fingerprints=stores)
    return EnsembleJoiner(WEIGHTS).fit(sample).transform(blocks)


def test_features_are_those_of_the_stages_bit_for_bit(stages):
    folder, fingerprinter = stages
    spectrograms = spectrograms_of(folder / "0")
    found = clone(fingerprinter).fit(spectrograms).transform(spectrograms)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, features_of_stages(folder))


def test_models_that_are_fitted_are_used_as_they_are(stages):
    folder, fingerprinter = stages
    folders = [folder / str(number) for number in range(N_NMFS)]
    hmms = [load_hmms(each / "hmm.h5") for each in folders]
    before = [model.get_params() for model in hmms[1].models]
    frozen = clone(fingerprinter).set_params(
        nmf=[FrozenEstimator(load_nmf(each / "nmf.h5")) for each in folders],
        hmm=[FrozenEstimator(each) for each in hmms],
    )
    spectrograms = spectrograms_of(folders[0])
    found = clone(frozen).fit(spectrograms).transform(spectrograms)
    np.testing.assert_array_equal(found, features_of_stages(folder))
    frozen.set_params(fingerprint="transitions").fit(spectrograms)
    assert [model.get_params() for model in hmms[1].models] == before


def test_a_store_has_the_features_of_its_events(quick, tmp_path):
    write_spectrograms(tmp_path)
    expected = clone(quick).fit_transform(spectrograms_of(tmp_path))
    with FrameStore(tmp_path / "spectrograms.h5", "spectrograms") as store:
        np.testing.assert_array_equal(quick.fit(store).transform(store), expected)


def test_an_event_has_the_same_features_whatever_is_with_it(quick, spectrograms):
    whole = quick.fit(spectrograms).transform(spectrograms)
    alone = np.concatenate([quick.transform([event]) for event in spectrograms])
    np.testing.assert_array_equal(alone, whole)


def test_scales_are_learned_from_a_sample_of_many_events(quick, spectrograms):
    everything = clone(quick).fit(spectrograms).joiner_.joiners_[0].centers_
    quick.set_params(max_events=10).fit(spectrograms)
    sample = [spectrograms[event] for event in choose_events(len(spectrograms), 0, 10)]
    lengths = [event.shape[1] for event in sample]
    place = quick.get_feature_names_out().tolist().index("duration")
    assert quick.joiner_.joiners_[0].centers_[place] == pytest.approx(np.log(lengths).mean())
    assert everything[place] != quick.joiner_.joiners_[0].centers_[place]


def test_hmms_of_other_numbers_of_nmfs_are_refused(quick, spectrograms):
    nmf = BayesianNMF(3, **QUICK).fit(spectrograms)
    hmm = BayesianHMM(2, **QUICK).fit(nmf.energies(nmf.transform(spectrograms)))
    quick.set_params(nmf=[FrozenEstimator(nmf)] * 2, hmm=FrozenEstimator(hmm))
    with pytest.raises(ValueError, match="fitted HMMs of 1 NMF, and nmf has 2 NMFs"):
        quick.fit(spectrograms)


@pytest.mark.parametrize(
    "nmf", [[], [BayesianNMF(2)], [FrozenEstimator(BayesianNMF(2)), BayesianNMF(2)], "seq"]
)
def test_a_list_of_nmfs_that_are_not_fitted_is_refused(quick, spectrograms, nmf):
    with pytest.raises(ValueError, match="expected a factorization, of which n_nmfs are fitted"):
        quick.set_params(nmf=nmf).fit(spectrograms)


def test_one_fitted_hmm_may_stand_for_several(quick, spectrograms):
    nmf = BayesianNMF(3, **QUICK).fit(spectrograms)
    hmm = BayesianHMM(2, **QUICK).fit(nmf.energies(nmf.transform(spectrograms)))
    quick.set_params(nmf=FrozenEstimator(nmf), hmm=FrozenEstimator(hmm), n_models=7)
    assert set(quick.fit(spectrograms).models_.tolist()) == {0, -1}
    assert quick.nmfs_[0] is nmf
    np.testing.assert_array_equal(quick.hmms_[0].models[0].emissions_, hmm.emissions_)


def test_what_tells_of_the_hmms_is_that_of_their_fingerprints(quick, spectrograms):
    quick.set_params(fingerprint="transitions", horizon=3, features={"fingerprints": 1})
    quick.fit(spectrograms)
    assert {model.get_params()["fingerprint"] for model in quick.hmms_[0].models} == {"transitions"}
    assert {model.get_params()["horizon"] for model in quick.hmms_[0].models} == {3}
    assert quick.models_.tolist() == [0] * 4 + [1] * 4
    assert quick.get_feature_names_out()[5] == "fingerprint_2_1_2"


def test_it_is_a_step_of_a_pipeline(quick, spectrograms):
    pipeline = make_pipeline(quick, KMeans(2, n_init=1, random_state=0))
    labels = clone(pipeline).fit_predict(spectrograms)
    assert set(labels) == {0, 1}
    pipeline.set_params(eventfingerprinter__nmf__n_components=2).fit(spectrograms)
    assert pipeline[0].nmfs_[0].n_components == 2
    assert "EventFingerprinter" in repr(pipeline)


def test_columns_may_have_their_names(quick, spectrograms):
    pytest.importorskip("pandas")
    table = quick.set_output(transform="pandas").fit_transform(spectrograms)
    assert list(table.columns) == quick.get_feature_names_out().tolist()
    values = quick.set_output(transform="default").transform(spectrograms)
    np.testing.assert_array_equal(table.to_numpy(), values)


def test_without_a_fit_it_says_so(quick, spectrograms):
    with pytest.raises(NotFittedError):
        quick.transform(spectrograms)
    with pytest.raises(NotFittedError):
        quick.get_feature_names_out()
    check_is_fitted(quick.fit(spectrograms))
    fitted = {"nmf": FrozenEstimator(quick.nmfs_[0]), "hmm": FrozenEstimator(quick.hmms_[0])}
    for name, model in {"nmf": BayesianNMF(), "hmm": HMMEnsemble()}.items():
        frozen = clone(quick).set_params(**fitted | {name: FrozenEstimator(model)})
        with pytest.raises(NotFittedError):
            frozen.fit(spectrograms)
    with pytest.raises(ValueError, match="hmm is fitted, and nmf is not"):
        clone(quick).set_params(hmm=fitted["hmm"]).fit(spectrograms)


def test_its_models_have_its_seed():
    rng = np.random.default_rng(0)
    fingerprinter = EventFingerprinter(n_nmfs=2, n_models=2, random_state=3)
    fingerprinter.fit(rng.gamma(1, 10, (6, 3, 4)))
    assert [nmf.random_state for nmf in fingerprinter.nmfs_] == [
        seed_of_model(3, 0),
        seed_of_model(3, 1),
    ]
    assert [model.random_state for model in fingerprinter.hmms_[0].models] == [
        model.random_state for model in HMMEnsemble(2, random_state=3).models
    ]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_nmfs": 0}, "n_nmfs is 0, expected a whole number >= 1"),
        ({"n_models": 0}, "n_models is 0, expected a whole number >= 1"),
        ({"max_events": 0.5}, "max_events is 0.5, expected"),
        ({"random_state": None}, "random_state is None, expected"),
        ({"fingerprint": "order"}, "fingerprint is 'order', expected 'sequence' or 'transitions'"),
        ({"features": {"energy": 1}}, "energy is not a feature of spectrograms: choose from fing"),
        ({"features": {"size": 1}}, "size is not a feature: choose from fingerprints, "),
        ({"hmm": HMMEnsemble(2)}, "hmm is of HMMEnsemble, expected a BayesianHMM, .*FrozenEst"),
    ],
)
def test_parameters_that_cannot_be_are_refused_before_anything_is_fitted(
    quick, parameters, message, spectrograms
):
    with pytest.raises(ValueError, match=message):
        quick.set_params(**parameters).fit(spectrograms)
    assert not hasattr(quick, "joiner_")


def test_events_of_other_frequencies_are_refused(quick, spectrograms):
    quick.fit(spectrograms)
    with pytest.raises(ValueError, match="event 0 has 4 frequencies, expected 5"):
        quick.transform([np.ones((4, 3))])


@parametrize_with_checks(
    [EventFingerprinter(BayesianNMF(3, **QUICK), BayesianHMM(2, **QUICK), n_nmfs=1, n_models=2)]
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)
