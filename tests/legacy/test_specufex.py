"""Models that SpecUFEx 0.1.1 saved are read whole, or refused, and do what SpecUFEx did."""

import h5py
import numpy as np
import pytest
from helpers.paths import DATA

from specufex_pipe import BayesianHMM, BayesianNMF, factorizations, hmm
from specufex_pipe.legacy.specufex import read_hmm, read_nmf

FOLDER = DATA / "specufex-0.1.1"
MODELS = {
    "nmf": (factorizations.load, read_nmf, BayesianNMF),
    "hmm": (lambda path: only(hmm.load(path)), read_hmm, BayesianHMM),
}


def only(ensemble):
    """Return the one HMM of an ensemble."""
    (model,) = ensemble.models
    return model


def changed_copy(kind, path, **changes):
    """Copy a file of SpecUFEx, with some of its data sets changed; None for none."""
    path.write_bytes((FOLDER / f"{kind}.h5").read_bytes())
    with h5py.File(path, "r+") as file:
        for name, value in changes.items():
            del file[name]
            if value is not None:
                file[name] = value
    return path


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_nmf_of_specufex_transforms_as_specufex_did(dtype, tmp_path):
    model = factorizations.load(FOLDER / "nmf.h5")
    with h5py.File(FOLDER / "expected.h5") as file:
        spectrograms, expected = file["spectrograms"][:], file["activations"][:]
    found = model.transform(spectrograms.astype(dtype))
    tolerance = 1e-10 if dtype == np.float64 else 1e-4
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    model.save(tmp_path / "nmf.h5")
    for load in (BayesianNMF.load, factorizations.load):
        again = load(tmp_path / "nmf.h5").transform(spectrograms.astype(dtype))
        assert np.array_equal(again, found)


def test_an_hmm_of_specufex_has_its_emissions_and_gain(tmp_path):
    with h5py.File(FOLDER / "hmm.h5") as file:
        emissions, gain = file["EB"][:], file["gain"][:]
    with h5py.File(FOLDER / "expected.h5") as file:
        activations = file["activations"][:]
    model = only(hmm.load(FOLDER / "hmm.h5"))
    order = np.argsort(-emissions.sum(axis=1), kind="stable")
    np.testing.assert_allclose(model.emissions_, emissions[order], rtol=1e-12)
    np.testing.assert_array_equal(model.gain_, gain)
    fingerprints = model.transform(activations * model.gain_[:, None])
    assert fingerprints.shape == (8, 5, 5)
    model.save(tmp_path / "again.h5")
    for again in (
        BayesianHMM.load(tmp_path / "again.h5"),
        only(hmm.load(tmp_path / "again.h5")),
    ):
        np.testing.assert_array_equal(again.gain_, gain)
        assert np.array_equal(again.transform(activations * gain[:, None]), fingerprints)


def test_an_hmm_of_specufex_that_is_fitted_again_has_no_gain():
    model = only(hmm.load(FOLDER / "hmm.h5"))
    model.fit([np.random.default_rng(20).gamma(1, 5, (4, 30))])
    assert not hasattr(model, "gain_")


def test_steps_that_specufex_took_are_kept():
    for kind, (load, read, _) in MODELS.items():
        with h5py.File(FOLDER / f"{kind}.h5") as file:
            n_steps = int(file["step"][()])
        assert read(FOLDER / f"{kind}.h5").n_steps == load(FOLDER / f"{kind}.h5").n_iter_ == n_steps


def test_files_of_anything_else_are_none_of_specufex(tmp_path):
    X = np.random.default_rng(0).gamma(1, 5, (3, 4, 9))
    for kind, (load, read, own) in MODELS.items():
        path = tmp_path / f"{kind}.h5"
        own(2, max_iter=1).fit(X).save(path)
        assert read(path) is None
        assert isinstance(load(path), own)
    assert read_nmf(FOLDER / "hmm.h5") is None
    assert read_hmm(FOLDER / "nmf.h5") is None


@pytest.mark.parametrize("kind", MODELS)
def test_a_class_reads_no_file_of_specufex(kind):
    *_, own = MODELS[kind]
    with pytest.raises(OSError, match=f"holds something else, expected {kind}"):
        own.load(FOLDER / f"{kind}.h5")


@pytest.mark.parametrize("kind", MODELS)
def test_a_file_of_specufex_that_was_cut_off_or_is_not_there_is_refused(kind, tmp_path):
    content = (FOLDER / f"{kind}.h5").read_bytes()
    (tmp_path / "half.h5").write_bytes(content[: len(content) // 2])
    load, read, _ = MODELS[kind]
    for how in (load, read):
        with pytest.raises(OSError, match="damaged"):
            how(tmp_path / "half.h5")
        with pytest.raises(OSError, match="there is no such file"):
            how(tmp_path / "none.h5")


@pytest.mark.parametrize(("kind", "changes", "message"), [
    ("nmf", {"W1": np.ones(24)}, r"W1 has 1 dimension\(s\), expected 2"),
    ("nmf", {"W1": "text"}, "W1 has 0 dimension"),
    ("nmf", {"W1": None}, "holds something else"),
    ("nmf", {"W2": np.arange(1.0, 289).reshape(24, 12)}, "W2 changes with the frequency"),
    ("nmf", {"A1": np.ones((1, 5))}, r"A1 has the shape \(1, 5\), expected \(1, 12\)"),
    ("nmf", {"A2": np.full((1, 12), np.nan)}, "A2 has entries that are not above 0"),
    ("nmf", {"h01": -1.0}, "h01 has entries that are not above 0"),
    ("nmf", {"step": "many"}, "step is not a whole number >= 0"),
    ("hmm", {"B1": np.ones(5)}, r"B1 has 1 dimension\(s\), expected 2"),
    ("hmm", {"B1": None}, "holds something else"),
    ("hmm", {"B1": np.ones((5, 12), complex)}, "B1 holds complex numbers"),
    ("hmm", {"B1": np.ones((5, 0)), "B2": np.ones((5, 0))}, "B1 is empty"),
    ("hmm", {"B2": np.ones((5, 11))}, r"B2 has the shape \(5, 11\), expected \(5, 12\)"),
    ("hmm", {"B2": np.arange(1.0, 61).reshape(5, 12)}, "B2 changes with the component"),
    ("hmm", {"gain": np.full(12, np.nan)}, "gain has entries that are not above 0"),
    ("hmm", {"step": -5}, "step is not a whole number >= 0"),
])  # fmt: skip
def test_a_broken_model_of_specufex_is_refused(kind, changes, message, tmp_path):
    load, *_ = MODELS[kind]
    with pytest.raises(OSError, match=message):
        load(changed_copy(kind, tmp_path / "model.h5", **changes))
