"""Whichever factorization is chosen, the pipeline can do the same with it."""

import inspect
import logging
from contextlib import contextmanager

import h5py
import numba
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from threadpoolctl import threadpool_limits

from specufex_pipe import BayesianHMM, factorizations
from specufex_pipe.errors import FitInterrupted
from specufex_pipe.events.checks import as_frames
from specufex_pipe.events.frames import EventFrames, Frames
from specufex_pipe.events.views import Selection, View
from specufex_pipe.factorizations import FACTORIZATIONS
from specufex_pipe.factorizations.iterative import IterativeFactorization
from specufex_pipe.fitting.estimator import History
from specufex_pipe.settings import NMFSettings
from specufex_pipe.store import FrameStore, write_events

# Small and quick, and none settles before its last step; a method may have several cases.
CASES = {
    "bayesian": {"batch_size": 2, "max_iter": 6, "check_every": 2, "tol": 0},
    "seq": {"length": 3, "max_iter": 6},
    "smooth": {"max_iter": 6, "tol": 0, "smoothness": 0.1},
    "smooth_convex": {"max_iter": 6, "tol": 0, "smoothness": 0.1},
    "smooth_convex, in batches": {"max_iter": 6, "tol": 0, "smoothness": 0.1, "batch_size": 7},
    "replicate": {"n_replicates": 4, "max_iter": 15},
}


def class_of(case):
    return FACTORIZATIONS[case.split(",")[0]]


WITH_ALL_DATA = [case for case in CASES if not class_of(case).reads_minibatches]
ITERATIVE = [case for case in CASES if issubclass(class_of(case), IterativeFactorization)]


@pytest.fixture(autouse=True)
def one_thread(numba_threads):
    """Let replicates come one at a time."""
    numba.set_num_threads(1)


def make(case, n_components=3, **changes):
    return class_of(case)(n_components, **(CASES[case] | changes))


def events(seed=0, lengths=(12, 5, 9), n_rows=6):
    rng = np.random.default_rng(seed)
    return [rng.gamma(0.7, 10, (n_rows, length)) for length in lengths]


@contextmanager
def stored(path, events):
    """The events in a file."""
    lengths = [event.shape[1] for event in events]
    with write_events(path, "spectrograms", settings={}, inputs={}) as writer:
        writer.append([str(i) for i in range(len(events))], lengths, np.hstack(events).T)
    with FrameStore(path, "spectrograms") as store:
        yield store


def results(model):
    """All that a fit came to, as arrays."""
    arrays = {f"array {name}": array for name, array in model._to_arrays().items()}
    arrays["history"] = np.array(model.history_.values)
    arrays["n_iter"] = np.array(model.n_iter_)
    for name in ("activations_", "coefficients_", "costs_", "loadings_"):
        if hasattr(model, name):
            arrays[name] = getattr(model, name)
    if isinstance(arrays.get("activations_"), list):
        arrays["activations_"] = np.hstack(arrays["activations_"])
    elif isinstance(arrays.get("activations_"), Frames):
        arrays["activations_"] = arrays["activations_"].frames
    return arrays


def assert_same(model, other):
    first, second = results(model), results(other)
    assert first.keys() == second.keys()
    for name, array in first.items():
        assert np.array_equal(array, second[name]), name


# Capabilities


def test_all_factorizations_are_tested():
    assert {case.split(",")[0] for case in CASES} == set(FACTORIZATIONS)


@pytest.mark.parametrize("name", FACTORIZATIONS)
def test_a_factorization_says_what_it_can_do(name):
    factorization = FACTORIZATIONS[name]
    for capability in ("reads_minibatches", "can_be_updated", "accepts_empty_rows"):
        assert type(getattr(factorization, capability)) is bool, capability
    assert factorization.can_be_updated == ("warm_start" in factorization().get_params())
    assert hasattr(NMFSettings(), name)


class RecordedFrames(View):
    """Frames that know how many events were read at once, at the most."""

    most = 0
    digest = "of frames that are recorded"

    def read(self, events):
        self.most = max(self.most, len(events))
        return self.source.read(events)


@pytest.mark.parametrize("name", [name for name in CASES if name not in WITH_ALL_DATA])
def test_a_fit_that_reads_minibatches_never_has_all_events_in_memory(name):
    frames = RecordedFrames(as_frames(events(lengths=[1000] * 30)))
    make(name).fit(frames)
    assert 2 <= frames.most < 30


@pytest.mark.parametrize("name", [name for name in CASES if class_of(name).can_be_updated])
def test_an_update_starts_from_the_model_that_is_there_and_keeps_its_components(name):
    model = make(name).fit(events())
    before, n_components = model.components_.copy(), model.n_components_
    model.set_params(warm_start=True).fit([*events(), *events(1)])
    assert model.n_iter_ == 12
    assert model.n_components_ == n_components
    assert not np.array_equal(model.components_, before)


@pytest.mark.parametrize("form", ["list", "matrix", "frames", "store"])
@pytest.mark.parametrize("case", CASES)
def test_rows_of_zeros_are_accepted_or_named_as_the_class_says(case, form, tmp_path):
    given = events()
    for event in given:
        event[[1, 4]] = 0

    def check(X):
        if class_of(case).accepts_empty_rows:
            model = make(case, 2).fit(X)
            assert np.isfinite(model.components_).all()
            assert np.isfinite(as_frames(model.transform(X)).whole().frames).all()
        else:
            message = r"rows that are 0 in all frames: 1, 4; .* leave out these frequencies"
            with pytest.raises(ValueError, match=message):
                make(case, 2).fit(X)

    if form == "store":
        with stored(tmp_path / "s.h5", given) as store:
            check(store)
    else:
        check({"list": given, "matrix": np.hstack(given), "frames": as_frames(given)}[form])


@pytest.mark.parametrize("case", CASES)
def test_many_rows_of_zeros_are_not_all_named(case):
    many = np.zeros((20, 8))
    many[0] = 1
    if class_of(case).accepts_empty_rows:
        assert np.isfinite(make(case, 1).fit(many).components_).all()
    else:
        with pytest.raises(ValueError, match=r"8, 9, 10, \.\.\.; expected"):
            make(case, 1).fit(many)


@pytest.mark.parametrize("case", CASES)
def test_data_of_zeros_are_refused_or_give_finite_numbers(case):
    zeros = [np.zeros((6, 5))] * 3
    if class_of(case).accepts_empty_rows:
        assert np.isfinite(make(case).fit(zeros).components_).all()
    else:
        with pytest.raises(ValueError, match="rows that are 0 in all frames: 0, 1, 2, 3, 4, 5;"):
            make(case).fit(zeros)


# Forms of events


def has_form_of(X, frames, n_rows):
    """Whether what a model returned for X has the form of X, with so many rows."""
    if isinstance(X, EventFrames):
        return (
            isinstance(frames, EventFrames)
            and frames.n_rows == n_rows
            and np.array_equal(frames.offsets, X.offsets)
        )
    if isinstance(X, np.ndarray):
        return frames.shape == (*X.shape[:-2], n_rows, X.shape[-1])
    return isinstance(frames, list) and [each.shape for each in frames] == [
        (n_rows, event.shape[1]) for event in X
    ]


@pytest.mark.parametrize("form", ["matrix", "list", "array", "frames", "selection", "store"])
@pytest.mark.parametrize("case", CASES)
def test_results_have_the_form_of_the_data(case, form, tmp_path):
    lengths = {"matrix": (20,), "array": (8, 8, 8)}.get(form, (12, 5, 9))
    given = events(lengths=lengths)
    expected = make(case).fit(given)
    expected_activations = expected.transform(given)

    def check(X):
        model = make(case).fit(X)
        assert np.array_equal(model.components_, expected.components_)
        if case in WITH_ALL_DATA:
            assert has_form_of(X, model.activations_, model.n_components_)
        activations = model.transform(X)
        n_rows = {"transform": model.n_components_, "inverse": 6}
        assert has_form_of(X, activations, n_rows["transform"])
        assert has_form_of(X, model.energies(activations), n_rows["transform"])
        assert has_form_of(X, model.inverse_transform(activations), n_rows["inverse"])
        for convert, values in (
            (lambda frames: frames, activations),
            (expected.energies, model.energies(activations)),
            (expected.inverse_transform, model.inverse_transform(activations)),
        ):
            joined = np.hstack(convert(expected_activations))
            np.testing.assert_array_equal(as_frames(values).whole().frames, joined.T)

    if form == "store":
        with stored(tmp_path / "s.h5", given) as store:
            check(store)
    else:
        check({
            "matrix": given[0], "list": given, "array": np.stack(given[:3]) if form == "array"
            else None, "frames": as_frames(given),
            "selection": Selection(as_frames([given[0], *given]), [1, 2, 3][: len(given)]),
        }[form])  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_energies_of_a_store_are_computed_when_they_are_read(case, tmp_path):
    given = events()
    model = make(case).fit(given)
    activations = model.transform(given)
    with stored(tmp_path / "a.h5", activations) as store:
        energies = model.energies(store)
        assert np.array_equal(energies.offsets, store.offsets)
        expected = model.energies(activations)
        np.testing.assert_array_equal(energies.read([1]).frames, expected[1].T)
        np.testing.assert_array_equal(
            energies.read([2, 0]).frames, np.hstack([expected[2], expected[0]]).T
        )


@pytest.mark.parametrize("case", CASES)
def test_energies_of_components_sum_to_the_reconstruction(case):
    given = events()
    model = make(case).fit(given)
    activations = model.transform(given)
    for energies, reconstruction in zip(
        model.energies(activations), model.inverse_transform(activations), strict=True
    ):
        np.testing.assert_allclose(energies.sum(axis=0), reconstruction.sum(axis=0), rtol=1e-9)
        assert energies.min() >= 0


@pytest.mark.parametrize("case", CASES)
def test_single_precision_stays(case, tmp_path):
    double = events()
    single = [event.astype(np.float32) for event in double]
    model = make(case).fit(single)
    activations = model.transform(single)
    for values in (activations, model.energies(activations), model.inverse_transform(activations)):
        assert {each.dtype for each in values} == {np.dtype(np.float32)}
    assert {each.dtype for each in model.transform(double)} == {np.dtype(np.float64)}
    for one, other in zip(activations, model.transform(double), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3 * other.max())
    with stored(tmp_path / "s.h5", single) as store:
        assert model.transform(store).dtype == np.float32
        assert np.array_equal(model.transform(store).frames, np.hstack(activations).T)


@pytest.mark.parametrize("case", CASES)
def test_whole_numbers_are_as_good_as_others(case):
    counts = [np.ceil(event).astype(np.int64) for event in events()]
    one, other = (make(case).fit(data) for data in (counts, [x.astype(float) for x in counts]))
    assert_same(one, other)
    assert {each.dtype for each in one.transform(counts)} == {np.dtype(np.float64)}


@pytest.mark.parametrize("case", CASES)
def test_transform_of_an_event_does_not_depend_on_the_others(case):
    given = events(lengths=(12, 5, 9, 12, 1))
    model = make(case).fit(given)
    together = model.transform(given)
    for number, event in enumerate(given):
        assert np.array_equal(together[number], model.transform([event])[0])
        assert np.array_equal(together[number], model.transform(event))
    backwards = model.transform(given[::-1])[::-1]
    for one, other in zip(together, backwards, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("case", CASES)
def test_the_number_of_threads_does_not_change_a_bit(case, numba_threads):
    given = events(1, lengths=(300, 40, 200, 300, 77), n_rows=20)
    found = []
    for n_threads in (1, 2, 4):
        numba.set_num_threads(n_threads)
        with threadpool_limits(n_threads):
            model = make(case, max_iter=3).fit(given)
            activations = model.transform(given)
            found.append([
                *results(model).values(), *activations, *model.inverse_transform(activations),
                *model.energies(activations),
            ])  # fmt: skip
    for other in found[1:]:
        for one, same in zip(found[0], other, strict=True):
            assert np.array_equal(one, same)


@pytest.mark.parametrize("case", CASES)
def test_same_seed_gives_the_same_bits_and_another_seed_does_not(case):
    first, again, other = (make(case, random_state=seed).fit(events()) for seed in (3, 3, 4))
    assert_same(first, again)
    assert not np.array_equal(first.components_, other.components_)


@pytest.mark.parametrize("case", CASES)
def test_a_second_fit_forgets_the_first(case):
    model = make(case).fit(events(1, n_rows=7, lengths=(30,)))
    assert_same(model.fit(events()), make(case).fit(events()))


@pytest.mark.parametrize("case", CASES)
def test_data_are_left_as_they_are(case):
    given = as_frames(events())
    before = given.frames.copy()
    model = make(case).fit(given)
    activations = model.transform(given)
    kept = activations.frames.copy()
    model.energies(activations).whole()
    model.inverse_transform(activations)
    assert np.array_equal(given.frames, before)
    assert np.array_equal(activations.frames, kept)


@pytest.mark.parametrize("form", ["matrix", "list", "frames"])
@pytest.mark.parametrize("case", ITERATIVE)
def test_start_values_are_left_as_they_are(case, form):
    name, start = name_of_start(case), start_of(case, np.random.default_rng(21))
    in_form = {"matrix": np.hstack, "list": lambda given: given, "frames": as_frames}[form]
    X, activations = in_form(events()), in_form(start["activations"])
    before = [as_frames(given).whole().frames.copy() for given in (X, activations)]
    values = start[name].copy()
    make(case).fit(X, activations=activations, **{name: start[name]})
    assert np.array_equal(start[name], values)
    for given, frames in zip((X, activations), before, strict=True):
        assert np.array_equal(as_frames(given).whole().frames, frames)


# Files


def fitted_attributes(model):
    """All that a fit left, by the names that end with an underscore."""
    names = [name for name in dir(model) if name.endswith("_") and not name.startswith("_")]
    return {name: getattr(model, name) for name in names if hasattr(model, name)}


@pytest.mark.parametrize("case", CASES)
def test_a_saved_model_is_loaded_whichever_it_is_and_is_the_same(case, tmp_path):
    given = np.random.default_rng(19).gamma(0.5, 1, (40, 300))
    # Long components: where arrays lie in memory then changes the last bits of sums.
    changes = {"length": 9} if "length" in CASES[case] else {}
    model = make(case, 7, **changes).fit(given)
    model.save(tmp_path / "nmf.h5")
    activations = model.transform(given)
    for load in (factorizations.load, class_of(case).load):
        loaded = load(tmp_path / "nmf.h5")
        assert type(loaded) is class_of(case)
        assert loaded.get_params() == model.get_params()
        assert loaded.outcome() == model.outcome()
        assert loaded.history_ == model.history_
        kept, expected = fitted_attributes(loaded), fitted_attributes(model)
        # What there is for each frame of the data is not kept.
        assert expected.keys() - kept.keys() <= {"activations_", "coefficients_"}
        for name, value in kept.items():
            assert name == "history_" or np.array_equal(value, expected[name]), name
        assert np.array_equal(loaded.transform(given), activations)
        for use in ("energies", "inverse_transform"):
            assert np.array_equal(
                getattr(loaded, use)(activations), getattr(model, use)(activations)
            ), use


@pytest.mark.parametrize("case", CASES)
def test_a_model_saved_again_is_the_same_file(case, tmp_path):
    make(case).fit(events()).save(tmp_path / "nmf.h5")
    factorizations.load(tmp_path / "nmf.h5").save(tmp_path / "again.h5")
    digests = []
    for name in ("nmf.h5", "again.h5"):
        with h5py.File(tmp_path / name) as file:
            digests.append(file.attrs["digest"])
    assert digests[0] == digests[1]


@pytest.mark.parametrize("name", FACTORIZATIONS)
def test_a_model_of_another_class_is_refused_by_both_names(name, tmp_path):
    make(name).fit(events()).save(tmp_path / "nmf.h5")
    for other in FACTORIZATIONS.values():
        if other is FACTORIZATIONS[name]:
            continue
        expected = f"a model of {FACTORIZATIONS[name].__name__}, expected one of {other.__name__}"
        with pytest.raises(OSError, match=expected):
            other.load(tmp_path / "nmf.h5")


LOADS = {"any": factorizations.load} | {name: each.load for name, each in FACTORIZATIONS.items()}


@pytest.mark.parametrize("load", LOADS.values(), ids=LOADS)
def test_what_is_no_factorization_is_refused(load, tmp_path):
    path = tmp_path / "file.h5"
    with pytest.raises(OSError, match="there is no such file"):
        load(path)
    BayesianHMM(2, max_iter=2).fit(events()).save(path)
    with pytest.raises(OSError, match="hmm, expected nmf"):
        load(path)
    path.write_bytes(b"nothing of use")
    with pytest.raises(OSError, match="damaged"):
        load(path)


@pytest.mark.parametrize("load", LOADS.values(), ids=LOADS)
def test_what_is_no_model_at_all_is_refused_with_what_it_holds(load, tmp_path):
    with stored(tmp_path / "file.h5", events()):
        pass
    with pytest.raises(OSError, match="holds spectrograms, expected nmf"):
        load(tmp_path / "file.h5")
    with h5py.File(tmp_path / "file.h5", "w") as file:
        file["array"] = 1
    with pytest.raises(OSError, match="holds something else, expected nmf"):
        load(tmp_path / "file.h5")


def cut_in_half(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def change_an_array(path):
    with h5py.File(path, "r+") as file:
        file["gain"][0] += 1


def change_an_attribute(path):
    with h5py.File(path, "r+") as file:
        file.attrs["n_iter"] = 99


@pytest.mark.parametrize("damage", [cut_in_half, change_an_array, change_an_attribute])
@pytest.mark.parametrize("name", FACTORIZATIONS)
def test_a_damaged_model_is_refused(name, damage, tmp_path):
    path = tmp_path / "nmf.h5"
    make(name).fit(events()).save(path)
    damage(path)
    for load in (factorizations.load, FACTORIZATIONS[name].load):
        with pytest.raises(OSError, match="damaged"):
            load(path)


# Interruptions


def fit_in_pieces(case, X, path, every, **options):
    """Fit, interrupted whenever `should_stop` was asked so often; how often that was."""
    n_stops = 0
    while True:
        n_asked = 0

        def should_stop():
            nonlocal n_asked
            n_asked += 1
            return n_asked == every

        try:
            return make(case).fit(X, checkpoint=path, should_stop=should_stop, **options), n_stops
        except FitInterrupted:
            n_stops += 1


@pytest.mark.parametrize("every", [1, 2, 3])
@pytest.mark.parametrize("case", CASES)
def test_a_fit_in_pieces_ends_with_the_same_bits(case, every, tmp_path):
    expected = make(case).fit(events())
    model, n_stops = fit_in_pieces(case, events(), tmp_path / "c.h5", every)
    assert n_stops == (expected.history_.steps[-1] - 1) // every
    assert_same(model, expected)


@pytest.mark.parametrize("case", ITERATIVE)
def test_a_fit_in_pieces_from_start_values_ends_with_the_same_bits(case, tmp_path):
    rng = np.random.default_rng(2)
    start = start_of(case, rng)
    expected = make(case).fit(events(), **start)
    model, n_stops = fit_in_pieces(case, events(), tmp_path / "c.h5", 1, **start)
    assert n_stops == 5
    assert_same(model, expected)


@pytest.mark.parametrize("case", CASES)
def test_a_fit_in_pieces_from_a_store_ends_with_the_same_bits(case, tmp_path):
    with stored(tmp_path / "s.h5", events()) as store:
        expected = make(case).fit(store)
        model, _ = fit_in_pieces(case, store, tmp_path / "c.h5", 2)
    assert_same(model, expected)


@pytest.mark.parametrize("case", CASES)
def test_a_fit_that_had_ended_ends_at_once(case, tmp_path):
    first = make(case).fit(events(), checkpoint=tmp_path / "c.h5")

    def asked():
        raise AssertionError("there is no step left to stop after")

    again = make(case, verbose=True).fit(events(), checkpoint=tmp_path / "c.h5", should_stop=asked)
    assert_same(again, first)


@pytest.mark.parametrize(("case", "other"), [
    *((case, other) for case in CASES for other in ("data", "seed", "parameter", "method")),
    *((case, "start") for case in ITERATIVE),
])  # fmt: skip
def test_a_checkpoint_of_another_fit_is_not_resumed(case, other, tmp_path, caplog):
    path = tmp_path / "c.h5"
    another, X, start = make(case), events(), {}
    if other == "data":
        X[1][2, 3] += 1e-6
    elif other == "seed":
        another.set_params(random_state=1)
    elif other == "parameter":
        another.set_params(max_iter=another.max_iter + 1)
    elif other == "method":
        another = make(next(each for each in CASES if class_of(each) is not class_of(case)))
    else:
        start = start_of(case, np.random.default_rng(3))
    with pytest.raises(FitInterrupted):
        another.fit(X, checkpoint=path, should_stop=lambda: True, **start)
    with caplog.at_level(logging.WARNING):
        model = make(case).fit(events(), checkpoint=path)
    assert "starts afresh" in caplog.text
    assert_same(model, make(case).fit(events()))


# What cannot be used is refused


def uses_of(model):
    """What can be done to events with a fitted model."""
    names = ("transform", "score", "partial_fit")
    return [getattr(model, name) for name in names if hasattr(model, name)]


@pytest.mark.parametrize(("entry", "message"), [
    (-1, "event 1 has negative entries"), (np.nan, "event 1 has NaN"), (np.inf, "event 1 has NaN"),
])  # fmt: skip
@pytest.mark.parametrize("form", ["list", "array", "frames"])
@pytest.mark.parametrize("case", CASES)
def test_a_broken_event_is_named(case, form, entry, message):
    given = events(lengths=(12, 12, 12))
    model = make(case, 2).fit(given)
    given[1][2, 3] = entry
    if form == "array":
        given = np.stack(given)
    elif form == "frames":
        frames = np.hstack(given).T
        given = Frames(frames, [0, 12, 24, 36])
    for use in (make(case, 2).fit, *uses_of(model)):
        with pytest.raises(ValueError, match=message):
            use(given)


@pytest.mark.parametrize("case", CASES)
def test_a_broken_event_of_a_store_is_named(case, tmp_path):
    given = events()
    model = make(case, 2).fit(given)
    given[2][0, 0] = -1
    with stored(tmp_path / "s.h5", given) as store:
        for use in (make(case, 2).fit, *uses_of(model)):
            with pytest.raises(ValueError, match="event 2 has negative entries"):
                use(store)


@pytest.mark.parametrize(("X", "message"), [
    ([], "there is no event"), (np.ones((0, 4, 5)), "there is no event"),
    (np.ones(4), "X is one array of 1 dimension"), (None, "X is NoneType"),
    ([np.ones((4, 5)), np.ones((3, 5))],
     r"event 1 has 3 frequencies, expected 4: .*; is it transposed"),
    ([np.ones((4, 5)), np.ones((4, 0))], "event 1 has no frames"),
    ([np.ones((4, 5)), np.ones(4)], "event 1 has 1 dimension"),
    ([np.ones((4, 5)), np.full((4, 5), "a")], "event 1 has entries of type"),
    ([np.ones((4, 5)), np.ones((4, 5)) * 1j], "event 1 has entries of type complex"),
])  # fmt: skip
@pytest.mark.parametrize("case", CASES)
def test_what_is_no_list_of_events_is_refused(case, X, message):
    with pytest.raises(ValueError, match=message):
        make(case, 2).fit(X)


@pytest.mark.parametrize("case", WITH_ALL_DATA)
def test_too_many_components_are_refused_with_the_limit(case):
    wide, tall = np.ones((3, 20)), np.ones((20, 10))
    n_lags = CASES[case].get("length", 1)
    with pytest.raises(ValueError, match=rf"n_components is 10, .*at most {3 * n_lags}, the numb"):
        make(case, 10).fit(wide)
    tall[:, 4:] = 0
    with pytest.raises(
        ValueError, match=r"n_components is 5, .*at most 4, the number of frames that are not 0"
    ):
        make(case, 5).fit(tall)


def name_of_start(case):
    """What fit takes to start from besides activations."""
    return next(
        name for name in inspect.signature(class_of(case).fit).parameters
        if name in ("components", "coefficients")
    )  # fmt: skip


def start_of(case, rng, n_components=3):
    """Start values for `events()`."""
    name = name_of_start(case)
    shape = getattr(make(case, n_components, max_iter=1).fit(events()), f"{name}_").shape
    return {
        name: rng.random(shape),
        "activations": [rng.random((n_components, length)) for length in (12, 5, 9)],
    }


@pytest.mark.parametrize("case", ITERATIVE)
def test_start_values_of_another_shape_are_refused(case):
    name, start = name_of_start(case), start_of(case, np.random.default_rng(5))
    for wrong in (start[name][:-1], start[name][..., :-1], start[name].swapaxes(0, 1), [1.0]):
        with pytest.raises(ValueError, match=rf"{name} are of shape \(.*\), expected \("):
            make(case).fit(events(), **{name: wrong})
    activations = start["activations"]
    for wrong, message in (
        (activations[:2], r"activations are of 2 event\(s\) of \[12, 5\] frames, expected 3"),
        ([each[:, :-1] for each in activations], r"of \[11, 4, 8\] frames, .* \[12, 5, 9\]"),
        ([each[:-1] for each in activations], "activations: event 0 has 2 rows, expected 3"),
        (np.hstack(activations), r"activations are of 1 event\(s\) of \[26\] frames"),
        (7, "activations: X is int"),
    ):
        with pytest.raises(ValueError, match=message):
            make(case).fit(events(), activations=wrong)


@pytest.mark.parametrize("entry", [-1, np.nan, np.inf])
@pytest.mark.parametrize("case", ITERATIVE)
def test_start_values_that_are_no_finite_numbers_above_zero_are_refused(case, entry):
    name, start = name_of_start(case), start_of(case, np.random.default_rng(6))
    start[name].flat[4] = entry
    with pytest.raises(ValueError, match=f"{name} have an entry that is not a finite number >= 0"):
        make(case).fit(events(), **{name: start[name]})
    start["activations"][1][2, 3] = entry
    with pytest.raises(ValueError, match="activations: event 1 has"):
        make(case).fit(events(), activations=start["activations"])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("entry", [-1, np.nan, np.inf])
@pytest.mark.parametrize("case", ITERATIVE)
def test_start_values_in_frames_are_looked_at_too(case, entry):
    frames = np.random.default_rng(7).random((26, 3))
    frames[13, 2] = entry
    broken = Frames(frames, [0, 12, 17, 26])
    with pytest.raises(ValueError, match="activations"):
        make(case).fit(as_frames(events()), activations=broken)


@pytest.mark.parametrize("value", [0, -1, 2.5, "many", None, True, np.nan])
@pytest.mark.parametrize("name", ["n_components", "max_iter"])
@pytest.mark.parametrize("case", CASES)
def test_a_wrong_number_is_named(case, name, value):
    with pytest.raises(ValueError, match=f"{name} is {value!r}, expected a whole number >= 1"):
        make(case).set_params(**{name: value}).fit(events())
    fitted = make(case).fit(events()).set_params(**{name: value})
    for use in uses_of(fitted):
        with pytest.raises(ValueError, match=f"{name} is {value!r}, expected a whole number >= 1"):
            use(events())


@pytest.mark.parametrize(("case", "name", "value", "expected"), [
    ("bayesian", "batch_size", 2.5, "a whole number >= 1"),
    ("bayesian", "max_local_rounds", 0, "a whole number >= 1"),
    ("bayesian", "random_state", None, "a whole number >= 0"),
    ("bayesian", "delay", 0.0, "a number >= 1"),
    ("bayesian", "delay", np.inf, "a number >= 1"),
    ("bayesian", "local_tol", np.nan, "a number >= 0"),
    ("bayesian", "evidence_weight", 0, "a number > 0"),
    ("bayesian", "forgetting", 0.5, "a number in (0.5, 1]"),
    ("bayesian", "held_out_share", 1.0, "a number in [0, 1)"),
    ("bayesian", "annealing", 1.0, "a number in [0, 1)"),
    ("seq", "length", 0, "a whole number >= 1"),
    ("seq", "length", 2.0, "a whole number >= 1"),
    ("seq", "cross_orthogonality", -1e-9, "a number >= 0"),
    ("seq", "sparse_components", np.nan, "a number >= 0"),
    ("seq", "sparse_activations", np.inf, "a number >= 0"),
    ("seq", "orthogonal_components", None, "a number >= 0"),
    ("seq", "orthogonal_activations", "1", "a number >= 0"),
    ("seq", "tol", -1, "a number >= 0"),
    ("seq", "shift", "yes", "True or False"),
    ("seq", "sort", None, "True or False"),
    ("seq", "fixed_components", 2, "True or False"),
    ("seq", "penalize_components", "no", "True or False"),
    ("seq", "random_state", -1, "a whole number >= 0"),
    ("smooth", "smoothness", -0.1, "a number >= 0"),
    ("smooth", "smoothness", np.inf, "a number >= 0"),
    ("smooth", "tol", None, "a number >= 0"),
    ("smooth", "random_state", None, "a whole number >= 0"),
    ("smooth_convex", "smoothness", True, "a number >= 0"),
    ("smooth_convex", "batch_size", 0, "a whole number >= 1"),
    ("smooth_convex, in batches", "batch_size", 2.0, "a whole number >= 1"),
    ("replicate", "n_replicates", 0, "a whole number >= 1"),
    ("replicate", "batch_size", 0, "a whole number >= 1"),
    ("replicate", "loss", "hinge", "'frobenius' or 'kullback-leibler' or 'itakura-saito'"),
    ("replicate", "tol", -1, "a number >= 0"),
])  # fmt: skip
def test_a_wrong_parameter_is_named(case, name, value, expected):
    fitted = make(case).fit(events()).set_params(**{name: value})
    for use in (make(case, **{name: value}).fit, *uses_of(fitted)):
        with pytest.raises(ValueError) as error:
            use(events())
        assert f"{name} is {value!r}, expected {expected}" in str(error.value)


@pytest.mark.parametrize("case", CASES)
def test_a_fitted_model_refuses_another_number_of_rows(case):
    model = make(case).fit(events())
    other = events(n_rows=5)
    with pytest.raises(ValueError, match="event 0 has 5 frequencies, expected 6"):
        model.transform(other)
    with pytest.raises(ValueError, match="the events have 5 frequencies, the model 6"):
        model.transform(as_frames(other))
    wrong = [np.ones((model.n_components_ + 1, 5))]
    for convert in (model.energies, model.inverse_transform):
        with pytest.raises(ValueError, match=r"event 0 has \d components, expected \d"):
            convert(wrong)
        with pytest.raises(ValueError, match=r"the events have \d components, the model \d"):
            convert(as_frames(wrong))


@pytest.mark.parametrize("entry", [-1, np.nan, np.inf])
@pytest.mark.parametrize("case", CASES)
def test_activations_that_cannot_be_are_refused(case, entry):
    model = make(case).fit(events())
    broken = np.ones((model.n_components_, 5))
    broken[1, 2] = entry
    for convert in (model.energies, model.inverse_transform):
        with pytest.raises(ValueError, match="event 1 has"):
            convert([np.ones_like(broken), broken])


@pytest.mark.parametrize("case", CASES)
def test_a_model_that_is_not_fitted_says_so(case, tmp_path):
    X = np.ones((6, 5))
    for use in (
        lambda model: model.transform(X),
        lambda model: model.energies(np.ones((3, 5))),
        lambda model: model.inverse_transform(np.ones((3, 5))),
        lambda model: model.save(tmp_path / "nmf.h5"),
    ):
        with pytest.raises(NotFittedError):
            use(make(case))
    assert not (tmp_path / "nmf.h5").exists()


# Zeros


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("case", CASES)
def test_frames_of_zeros_among_others_can_be_fitted(case):
    given = events()
    given[0][:, [0, 4, 5, 11]] = 0
    given[1][:] = 0
    model = make(case).fit(given)
    assert np.isfinite(model.components_).all()
    assert np.isfinite(model.history_.values).all()
    activations = model.transform(given)
    for values in (*activations, *model.inverse_transform(activations)):
        assert np.isfinite(values).all()
    if case in WITH_ALL_DATA:
        assert all(np.isfinite(values).all() for values in model.activations_)
    assert activations[1].max() < 0.01 * activations[0].max()


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("case", CASES)
def test_an_event_of_zeros_has_no_activations(case):
    model = make(case).fit(events())
    loud = np.hstack(model.transform(events())).max()
    for n_frames in (1, 7):
        (silent,) = model.transform([np.zeros((6, n_frames))])
        assert silent.shape == (model.n_components_, n_frames)
        assert np.isfinite(silent).all()
        assert silent.max() < 0.05 * loud
        assert np.isfinite(model.inverse_transform([silent])[0]).all()


@pytest.mark.parametrize("n_frames", [1, 30])
@pytest.mark.parametrize("case", CASES)
def test_a_single_event_or_frame_can_be_fitted_and_transformed(case, n_frames):
    changes = {"length": 1} if "length" in CASES[case] else {}
    X = np.random.default_rng(12).gamma(1, 10, (6, n_frames))
    n_components = 1 if case in WITH_ALL_DATA else 4
    for given in (X, X[None]):
        model = make(case, n_components, **changes).fit(given)
        n_left = model.n_components_
        assert model.transform(given).shape == (*given.shape[:-2], n_left, n_frames)
        assert model.transform(X[:, :1]).shape == (n_left, 1)


# scikit-learn's habits


@pytest.mark.parametrize("case", CASES)
def test_clones_have_the_parameters_and_nothing_else(case):
    model = make(case, random_state=5).fit(events())
    copy = clone(model)
    assert type(copy) is class_of(case)
    assert copy.get_params() == model.get_params()
    assert copy.get_params().items() >= (CASES[case] | {"random_state": 5}).items()
    assert not hasattr(copy, "n_iter_")
    with pytest.raises(NotFittedError):
        copy.transform(events())
    assert_same(copy.fit(events()), model)


@pytest.mark.parametrize("case", CASES)
def test_parameters_can_be_set_by_name(case):
    changed = class_of(case)().set_params(n_components=3, **CASES[case])
    assert changed.get_params() == make(case).get_params()
    assert_same(changed.fit(events()), make(case).fit(events()))
    with pytest.raises(ValueError, match="Invalid parameter 'n_clusters'"):
        changed.set_params(n_clusters=3)


@pytest.mark.parametrize("kinds", [(np.int32, np.float32), (np.int64, np.float64)])
@pytest.mark.parametrize("case", CASES)
def test_parameters_may_be_numpys_numbers(case, kinds, tmp_path):
    whole, real = kinds
    plain = CASES[case] | {"n_components": 3, "tol": 0.5}
    numpys = {key: (whole if type(value) is int else real)(value) for key, value in plain.items()}
    python = {key: value.item() for key, value in numpys.items()}
    model = class_of(case)(**numpys)
    model.fit(events(), checkpoint=tmp_path / "c.h5").save(tmp_path / "nmf.h5")
    expected = class_of(case)(**python)
    assert factorizations.load(tmp_path / "nmf.h5").get_params() == expected.get_params()
    assert_same(model, expected.fit(events()))


@pytest.mark.parametrize("case", CASES)
def test_fit_returns_the_model_and_fit_transform_its_activations(case):
    model = make(case)
    assert model.fit(events()) is model
    found = make(case).fit_transform(events())
    for one, other in zip(found, model.transform(events()), strict=True):
        assert np.array_equal(one, other)


# What the pipeline and its report ask for


@pytest.mark.parametrize("case", CASES)
def test_a_fit_describes_itself(case):
    model = make(case).fit(events())
    assert model.n_components_ == len(model.components_) == len(model.gain_)
    assert model.spectra_.shape == (model.n_components_, 6)
    assert (model.spectra_ >= 0).all()
    assert model.n_features_in_ == 6
    assert isinstance(model.outcome(), str)
    history = model.history_
    assert isinstance(history, History)
    assert len(history.steps) == len(history.values)
    for text in (history.measure, history.step, history.meaning, model.order_):
        assert isinstance(text, str)
        assert text


@pytest.mark.parametrize("case", CASES)
def test_components_are_in_the_order_that_the_class_names(case):
    model = make(case, 6).fit(events(5, lengths=(40, 20, 30), n_rows=15))
    if class_of(case).order_ == "rising peak frequency":
        assert (np.diff(model.spectra_.argmax(axis=1)) >= 0).all()
    else:
        assert class_of(case).order_ == "falling share of the power"
        assert (np.diff(model.loadings_) <= 0).all()


@pytest.mark.parametrize("case", CASES)
def test_a_hidden_markov_model_takes_the_energies(case):
    given = as_frames(events())
    model = make(case).fit(given)
    energies = model.energies(model.transform(given))
    hmm = BayesianHMM(2, max_iter=3, batch_size=2).fit(energies)
    assert np.isfinite(hmm.emissions_).all()
