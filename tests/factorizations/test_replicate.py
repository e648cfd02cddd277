"""The best of several of scikit-learn's NMFs, whatever form the data have."""

import logging
import warnings

import numba
import numpy as np
import pytest
from scipy import sparse
from sklearn.decomposition import NMF, MiniBatchNMF
from sklearn.exceptions import NotFittedError

from specufex_pipe.errors import FitInterrupted
from specufex_pipe.events.checks import as_frames
from specufex_pipe.factorizations import ReplicateNMF
from specufex_pipe.numerics.randomness import START, random_generator

LOSSES = ["frobenius", "kullback-leibler", "itakura-saito"]


def mixtures(rng, n_rows=10, n_frames=80, n_components=3, floor=0.01):
    """Sums of three bumps that come and go."""
    rows = np.arange(n_rows)
    centres = np.linspace(1, n_rows - 2, n_components)
    spectra = np.exp(-0.5 * (rows[:, None] - centres) ** 2)
    return spectra @ rng.gamma(0.5, 5, (n_components, n_frames)) + floor * rng.random(
        (n_rows, n_frames)
    )


def seed_of(replicate, random_state=0):
    """The seed that scikit-learn gets for a replicate."""
    return int(random_generator(random_state, START, replicate).integers(2**31))


def of_scikit_learn(X, loss, replicate):
    solver = "cd" if loss == "frobenius" else "mu"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = NMF(
            3, init="random", solver=solver, beta_loss=loss, max_iter=60, tol=1e-4,
            random_state=seed_of(replicate),
        )  # fmt: skip
        return model.fit_transform(X.T), model


@pytest.mark.parametrize("loss", LOSSES)
def test_each_replicate_is_scikit_learns_nmf_and_the_best_is_kept(loss):
    X = mixtures(np.random.default_rng(0))
    model = ReplicateNMF(3, n_replicates=5, loss=loss, max_iter=60).fit(X)
    expected = [of_scikit_learn(X, loss, replicate) for replicate in range(5)]
    errors = [nmf.reconstruction_err_ for _, nmf in expected]
    np.testing.assert_allclose(model.costs_, errors, rtol=1e-10)
    H, best = expected[int(np.argmin(errors))]
    assert len(set(errors)) == 5
    # Scales and order differ, the product does not.
    product = (H @ best.components_).T
    np.testing.assert_allclose(
        model.components_.T @ model.activations_, product, rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(
        model.inverse_transform(model.activations_), product, rtol=1e-9, atol=1e-12
    )
    assert model.n_iter_ == best.n_iter_


def test_more_replicates_keep_those_before_and_are_never_worse():
    X = mixtures(np.random.default_rng(1))
    costs = [
        ReplicateNMF(3, n_replicates=number, loss="frobenius", max_iter=20).fit(X).costs_
        for number in (1, 3, 6)
    ]
    assert np.array_equal(costs[2][:3], costs[1])
    assert np.array_equal(costs[1][:1], costs[0])


@pytest.mark.parametrize("form", ["matrix", "list", "array", "frames", "sparse"])
def test_the_largest_activation_of_each_component_is_one(form):
    X = mixtures(np.random.default_rng(2))
    data = {
        "matrix": X, "list": [X[:, :30], X[:, 30:]], "array": np.stack(np.split(X, 4, axis=1)),
        "frames": as_frames([X[:, :30], X[:, 30:]]), "sparse": sparse.csr_array(X),
    }[form]  # fmt: skip
    model = ReplicateNMF(3, n_replicates=2, max_iter=30).fit(data)
    activations = model.activations_
    if form == "frames":
        activations = activations.frames.T
    elif form == "array":
        activations = np.hstack(list(activations))
    elif form == "list":
        activations = np.hstack(activations)
    np.testing.assert_allclose(activations.max(axis=1), 1, rtol=1e-14)
    assert activations.min() >= 0
    assert (np.diff(model.components_.argmax(axis=1)) >= 0).all()
    # Energies are in the unit of the data.
    energies = model.energies(model.transform(X))
    assert energies.sum() == pytest.approx(X.sum(), rel=0.05)


@pytest.mark.parametrize("make", [
    sparse.csr_array, sparse.csc_array, sparse.coo_array, sparse.csr_matrix, sparse.csc_matrix,
])  # fmt: skip
@pytest.mark.parametrize("loss", ["frobenius", "kullback-leibler"])
def test_a_sparse_matrix_gives_what_a_dense_one_does(make, loss):
    rng = np.random.default_rng(3)
    X = mixtures(rng) * (rng.random((10, 80)) < 0.4)
    options = {"n_replicates": 2, "loss": loss, "max_iter": 30}
    dense, thin = (ReplicateNMF(3, **options).fit(matrix) for matrix in (X, make(X)))
    assert type(thin.activations_) is np.ndarray
    assert type(thin.transform(make(X))) is np.ndarray
    for name in ("components_", "activations_", "costs_", "similarity_"):
        np.testing.assert_allclose(
            getattr(thin, name), getattr(dense, name), rtol=1e-6, atol=1e-8, err_msg=name
        )
    np.testing.assert_allclose(thin.transform(make(X)), thin.transform(X), rtol=1e-6, atol=1e-8)
    assert thin.inverse_transform(thin.activations_).shape == X.shape


def test_a_sparse_matrix_is_checked():
    X = np.random.default_rng(4).random((5, 20))
    model = ReplicateNMF(2, n_replicates=1, max_iter=5)
    for entry in (-1, np.nan, np.inf):
        broken = X.copy()
        broken[2, 3] = entry
        with pytest.raises(ValueError, match="sparse matrix has entries that are negative, NaN"):
            model.fit(sparse.csr_array(broken))
    empty = X.copy()
    empty[3] = 0
    with pytest.raises(ValueError, match=r"rows that are 0 in all frames: 3;"):
        model.fit(sparse.csr_array(empty))
    model.fit(sparse.csr_array(X))
    with pytest.raises(ValueError, match="X has 4 frequencies, the model 5"):
        model.transform(sparse.csr_array(X[:4]))
    with pytest.raises(ValueError, match="negative, NaN"):
        model.transform(sparse.csr_array(-X))


def test_a_sparse_fit_resumes_after_an_interruption(tmp_path, numba_threads):
    numba.set_num_threads(1)
    X = sparse.random_array((6, 40), density=0.5, rng=np.random.default_rng(5))
    options = {"n_replicates": 4, "max_iter": 15}
    expected, n_stops = ReplicateNMF(2, **options).fit(X), 0
    while True:
        try:
            model = ReplicateNMF(2, **options).fit(
                X, checkpoint=tmp_path / "c.h5", should_stop=lambda: True
            )
            break
        except FitInterrupted as error:
            n_stops += 1
            assert f"after replicate {n_stops}" in str(error)
    assert n_stops == 3
    assert np.array_equal(model.activations_, expected.activations_)
    assert np.array_equal(model.similarity_, expected.similarity_)


@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("loss", LOSSES)
def test_each_loss_gives_the_same_bits_with_any_number_of_threads(loss, batch_size, numba_threads):
    X = mixtures(np.random.default_rng(6))
    results = []
    for n_threads in (1, 2, 4):
        numba.set_num_threads(n_threads)
        model = ReplicateNMF(3, n_replicates=4, loss=loss, batch_size=batch_size, max_iter=10).fit(
            X
        )
        results.append((model.components_, model.activations_, model.costs_, model.n_iter_))
    for result in results[1:]:
        for one, other in zip(results[0], result, strict=True):
            assert np.array_equal(one, other)


@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("loss", LOSSES)
def test_each_loss_explains_the_data(loss, batch_size):
    X = mixtures(np.random.default_rng(7), n_frames=160)
    model = ReplicateNMF(3, n_replicates=3, loss=loss, batch_size=batch_size, max_iter=200).fit(X)
    spread = np.linalg.norm(X - X.mean(axis=1, keepdims=True))
    for activations in (model.activations_, model.transform(X)):
        residual = np.linalg.norm(X - model.inverse_transform(activations))
        assert residual < 0.25 * spread
    assert (model.costs_ >= 0).all()
    assert np.isfinite(model.costs_).all()


def test_minibatches_are_those_of_scikit_learn():
    X = mixtures(np.random.default_rng(8))
    model = ReplicateNMF(3, n_replicates=1, batch_size=20, max_iter=5, tol=0).fit(X)
    nmf = MiniBatchNMF(
        3, init="random", batch_size=20, beta_loss="kullback-leibler", max_iter=5, tol=0,
        random_state=seed_of(0),
    )  # fmt: skip
    product = nmf.fit_transform(X.T) @ nmf.components_
    np.testing.assert_allclose(
        model.inverse_transform(model.activations_), product.T, rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("form", ["dense", "frames", "sparse"])
def test_itakura_saito_refuses_zeros(form):
    X = mixtures(np.random.default_rng(9))
    X[2, 3] = X[4, 5] = 0
    data = {"dense": X, "frames": as_frames([X]), "sparse": sparse.csr_array(X)}[form]
    with pytest.raises(ValueError, match=r"2 entries are 0, .*Itakura-Saito"):
        ReplicateNMF(3, loss="itakura-saito").fit(data)
    model = ReplicateNMF(3, n_replicates=1, loss="itakura-saito", max_iter=5).fit(X + 1)
    with pytest.raises(ValueError, match=r"2 entries are 0, .*Itakura-Saito"):
        model.transform(data)


def cosines(one, other):
    one, other = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (one, other))
    return one @ other.T


def test_similarity_is_one_for_the_best_and_the_cosine_to_the_like_for_the_others():
    X = mixtures(np.random.default_rng(10))
    model = ReplicateNMF(3, n_replicates=5, max_iter=60).fit(X)
    assert model.similarity_.shape == (5, 3)
    best = model.costs_.argmin()
    np.testing.assert_allclose(model.similarity_[best], 1, rtol=1e-12)
    for replicate in range(5):
        _, nmf = of_scikit_learn(X, "kullback-leibler", replicate)
        found = cosines(model.components_, nmf.components_)
        # Of all ways to pair three with three, that of the largest sum.
        pairs = [
            [found[0, a], found[1, b], found[2, c]]
            for a in range(3) for b in range(3) for c in range(3) if len({a, b, c}) == 3
        ]  # fmt: skip
        expected = max(pairs, key=sum)
        np.testing.assert_allclose(model.similarity_[replicate], expected, rtol=1e-9)


def test_components_that_are_in_the_data_come_back_in_all_replicates():
    rng = np.random.default_rng(11)
    X = np.kron(np.eye(3), np.ones((3, 1))) @ rng.gamma(0.5, 5, (3, 80)) + 1e-3 * rng.random(
        (9, 80)
    )
    planted = ReplicateNMF(3, n_replicates=4, max_iter=200).fit(X)
    noise = ReplicateNMF(3, n_replicates=4, max_iter=200).fit(rng.random((9, 80)))
    assert planted.similarity_.min() > 0.99
    assert noise.similarity_.min() < 0.95


def test_similarity_is_one_for_the_best_with_a_component_of_zeros_too(monkeypatch):
    components = np.array([[1.0, 2, 0], [0, 0, 0], [0, 0, 3]])
    activations = np.array([[1.0, 0, 0], [2, 0, 1]])
    result = components, activations, 1.0, 7
    monkeypatch.setattr(ReplicateNMF, "_replicate", lambda self, matrix, number: result)
    model = ReplicateNMF(2, n_replicates=2).fit(np.ones((3, 2)))
    np.testing.assert_allclose(model.similarity_, 1, rtol=1e-12)


@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("loss", LOSSES)
def test_no_warning_leaks(loss, batch_size, caplog):
    X = mixtures(np.random.default_rng(13))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = ReplicateNMF(3, n_replicates=3, loss=loss, batch_size=batch_size, max_iter=2)
        with caplog.at_level(logging.WARNING):
            model.fit(X)
        model.transform(X)
        if loss != "itakura-saito":
            X[:, 3] = 0
            model.fit(X)
            model.transform(X)
            model.transform(0 * X)
            model.fit(sparse.csr_array(X)).transform(sparse.csr_array(X))
        filters = list(warnings.filters)
        model.transform(X + 0.01)
        assert list(warnings.filters) == filters
    assert ("had not settled after max_iter = 2" in caplog.text) == (batch_size is None)


def test_an_event_of_zeros_leaks_no_warning():
    model = ReplicateNMF(3, n_replicates=1, max_iter=20).fit(mixtures(np.random.default_rng(13)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not model.transform(np.zeros((10, 5))).any()


def test_a_fit_resumes_with_another_number_of_threads(tmp_path, numba_threads):
    X = mixtures(np.random.default_rng(15))
    numba.set_num_threads(1)
    with pytest.raises(FitInterrupted):
        ReplicateNMF(3, n_replicates=3, max_iter=3).fit(
            X, checkpoint=tmp_path / "c.h5", should_stop=lambda: True
        )
    n_asked = []
    numba.set_num_threads(2)
    model = ReplicateNMF(3, n_replicates=3, max_iter=3).fit(
        X, checkpoint=tmp_path / "c.h5", should_stop=lambda: n_asked.append(1)
    )
    assert len(n_asked) == 2
    expected = ReplicateNMF(3, n_replicates=3, max_iter=3).fit(X)
    assert np.array_equal(model.activations_, expected.activations_)


def test_costs_are_the_history_and_the_outcome_tells_them():
    model = ReplicateNMF(2, n_replicates=3, max_iter=5).fit(mixtures(np.random.default_rng(16)))
    assert model.history_.steps == [1, 2, 3]
    assert np.array_equal(model.history_.values, model.costs_)
    assert "best of 3 replicates" in model.outcome()
    assert f"{model.costs_.min():.6g}" in model.outcome()


def test_a_loaded_model_transforms_a_sparse_matrix_as_the_saved_one(tmp_path):
    X = sparse.csr_array(mixtures(np.random.default_rng(17)))
    model = ReplicateNMF(3, n_replicates=3, max_iter=20).fit(X)
    model.save(tmp_path / "nmf.h5")
    assert np.array_equal(ReplicateNMF.load(tmp_path / "nmf.h5").transform(X), model.transform(X))


def test_a_model_that_is_not_fitted_says_so_to_a_sparse_matrix_too():
    with pytest.raises(NotFittedError):
        ReplicateNMF(3).transform(sparse.csr_array(np.ones((6, 5))))


def test_replicates_that_were_interrupted_are_no_fit(numba_threads):
    numba.set_num_threads(1)
    X = mixtures(np.random.default_rng(20))
    model = ReplicateNMF(3, n_replicates=4, max_iter=15)
    with pytest.raises(FitInterrupted):
        model.fit(X, should_stop=lambda: True)
    with pytest.raises(NotFittedError):
        model.transform(X)


def test_other_data_may_be_louder_than_one():
    X = mixtures(np.random.default_rng(18))
    model = ReplicateNMF(3, n_replicates=1, max_iter=200).fit(X)
    np.testing.assert_allclose(
        model.transform(10 * X).max(axis=1), 10 * model.transform(X).max(axis=1), rtol=1e-3
    )


@pytest.mark.parametrize("scale", [1e-4, 1e6])
def test_the_unit_of_the_data_does_not_matter(scale):
    X = mixtures(np.random.default_rng(19))
    spread = np.linalg.norm(X - X.mean(axis=1, keepdims=True))
    model = ReplicateNMF(3, n_replicates=2, loss="frobenius", max_iter=200).fit(scale * X)
    found = model.inverse_transform(model.transform(scale * X)) / scale
    assert np.linalg.norm(X - found) < 0.25 * spread
