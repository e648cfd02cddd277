"""Blocks are those of the events that have fingerprints, from whichever files they are in."""

import numpy as np
import pytest
from helpers.waveforms import write_events_of
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.errors import StageError
from specufex_pipe.features import reading
from specufex_pipe.features.reading import block_batches
from specufex_pipe.store import FrameStore, write_events

IDS = ["d", "a", "c", "e"]
LENGTHS = [2, 1, 3, 1]
N_EVENTS, N_MODELS, N_STATES, N_COMPONENTS = 4, 2, 3, 5
# Rows of waveforms.h5, which has more events, in another order.
WAVEFORMS = {"a": (1.0, 10), "b": (2.0, 20), "c": (np.nan, 30), "d": (4.0, 40), "e": (5.0, 50)}
ROWS = [
    "b,2020-01-01,1.5,x,9", "e,2020-01-01,2.5,y,8", "c,2020-01-01,,z,7", "a,2020-01-01,-0.5,w,6",
    # A row without use, with the id of an event.
    "e,2020-01-02,99,v,99", "d,2020-01-01,4.5,u,5",
]  # fmt: skip
NAMES = ("occupancy", "duration", "kurtosis", "catalog.magnitude", "catalog.depth", "energy")
EXPECTED = {
    "duration": LENGTHS,
    "energy": [4, 1, np.nan, 5],
    "kurtosis": [40, 10, 30, 50],
    "catalog.magnitude": [4.5, -0.5, np.nan, 2.5],
    "catalog.depth": [5, 6, 7, 8],
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(0)
    arrays = {
        "fingerprints": rng.random((N_EVENTS, N_MODELS, N_STATES, N_STATES), dtype=np.float32),
        "occupancy": rng.random((N_EVENTS, N_MODELS, N_STATES), dtype=np.float32),
        "mean_energies": rng.random((N_EVENTS, N_COMPONENTS)),
    }
    with write_events(folder / "f.h5", "fingerprints", settings={}, inputs={}) as store:
        store.append(IDS, LENGTHS, np.zeros((sum(LENGTHS), N_STATES)), **arrays)
    with write_events(folder / "waveforms.h5", "waveforms", settings={}, inputs={}) as store:
        values = np.array(list(WAVEFORMS.values()))
        store.append(
            list(WAVEFORMS), [1] * 5, np.zeros(5), may_be_nan=["attributes"], attributes=values
        )
        store.describe("attributes", names=["energy", "kurtosis"], units=["", ""])
    header = "event_id,time,magnitude,place,depth"
    catalog = write_events_of(folder, ROWS, header)
    with FrameStore(folder / "f.h5", "fingerprints") as fingerprints:
        yield (
            {
                "fingerprints": [fingerprints],
                "waveforms": folder / "waveforms.h5",
                "catalog": catalog,
            },
            arrays,
        )


def whole(batches):
    parts = [of_nmf for (of_nmf,) in batches]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def test_blocks_are_matched_by_the_ids_of_the_events(files):
    paths, arrays = files
    found = whole(block_batches(NAMES, **paths))
    assert found.keys() == set(NAMES)
    for name, expected in (EXPECTED | {"occupancy": arrays["occupancy"]}).items():
        np.testing.assert_array_equal(found[name], expected, err_msg=name)


@given(at_a_time=st.integers(1, 5), chosen=st.sets(st.integers(0, N_EVENTS - 1)))
def test_batches_hold_the_chosen_events_in_their_order(files, at_a_time, chosen):
    paths, arrays = files
    chosen = np.array(sorted(chosen), int)
    names = (*NAMES, "fingerprints", "mean_energies")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_EVENTS_AT_A_TIME", at_a_time)
        found = whole(block_batches(names, **paths, chosen=chosen))
    for name, expected in (EXPECTED | arrays).items():
        np.testing.assert_array_equal(found[name], np.asarray(expected)[chosen], err_msg=name)


def test_files_are_read_only_where_a_block_needs_them(files, tmp_path):
    paths, _ = files
    nowhere = tmp_path / "nowhere.h5"
    paths = paths | {"waveforms": nowhere, "catalog": None}
    assert whole(block_batches(["duration"], **paths))["duration"].tolist() == LENGTHS


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("catalog.size", "'size' of the catalog is not there: .* are magnitude, depth$"),
        ("catalog.place", "'place' of the catalog holds text, not numbers: .* are magnitude, d"),
        ("catalog.time", "'time' of the catalog holds time, not numbers"),
        ("bandwidth", r"waveforms\.h5 has no bandwidth, only energy, kurtosis"),
    ],
)
def test_a_feature_that_is_not_there_is_named_with_those_that_are(files, name, message):
    paths, _ = files
    with pytest.raises(StageError, match=message):
        next(block_batches([name], **paths))


@pytest.mark.parametrize(
    ("name", "path"), [("energy", "waveforms"), ("catalog.magnitude", "catalog")]
)
def test_a_file_that_is_needed_and_not_given_is_named(files, name, path):
    paths, _ = files
    with pytest.raises(StageError, match=rf"{name} is in {path}\.h5, which was not given"):
        next(block_batches([name], **paths | {path: None}))


def test_files_of_other_events_are_refused(files, tmp_path):
    paths, _ = files
    table = write_events_of(tmp_path, ["a,2020-01-01,1"], "event_id,time,magnitude")
    with pytest.raises(StageError, match=r"'d' has a fingerprint, but is not in .*catalog\.h5"):
        next(block_batches(["catalog.magnitude"], **paths | {"catalog": table}))


def test_each_nmf_has_its_own_fingerprints_of_the_same_events(files, tmp_path):
    paths, arrays = files
    others = {name: values[::-1].copy() for name, values in arrays.items()}
    with write_events(tmp_path / "2.h5", "fingerprints", settings={}, inputs={}) as store:
        store.append(IDS, LENGTHS, np.zeros((sum(LENGTHS), N_STATES)), **others)
    with FrameStore(tmp_path / "2.h5", "fingerprints") as second:
        stores = [*paths["fingerprints"], second]
        names = ("duration", *arrays)
        (found,) = block_batches(names, **paths | {"fingerprints": stores})
    for of_nmf, expected in zip(found, (arrays, others), strict=True):
        assert of_nmf["duration"].tolist() == LENGTHS
        for name, values in expected.items():
            np.testing.assert_array_equal(of_nmf[name], values)


def test_fingerprints_of_other_events_are_refused(files, tmp_path):
    paths, _ = files
    with write_events(tmp_path / "2.h5", "fingerprints", settings={}, inputs={}) as store:
        store.append(IDS[:2], LENGTHS[:2], np.zeros((sum(LENGTHS[:2]), N_STATES)))
    with FrameStore(tmp_path / "2.h5", "fingerprints") as second:
        stores = [*paths["fingerprints"], second]
        with pytest.raises(StageError, match=r"2\.h5 and .*f\.h5 do not hold the same events"):
            next(block_batches(["duration"], **paths | {"fingerprints": stores}))
