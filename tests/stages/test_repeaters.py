"""The stages repeaters and differential_times: families over all stations, lists of times."""

import numpy as np
import pytest
from helpers.repeating_events import write_waveforms
from helpers.waveforms import write_events_of

from specufex_pipe.errors import StageError
from specufex_pipe.settings import RepeaterSettings
from specufex_pipe.stages import differential_times, repeaters
from specufex_pipe.store import (
    FrameStore,
    NearestEvents,
    read_csv,
    read_families,
    write_events,
    write_neighbours,
)
from specufex_pipe.store.families import OF_ALL

FAMILIES = [1, 2, 0, 1, 1, 2, 0, 3, 3, 1]
N_EVENTS = len(FAMILIES)
IDS = [f"event {number}" for number in range(N_EVENTS)]
# Days after the first, not in the order of the catalog.
DAYS = [0, 9, 1, 2, 3, 8, 4, 5, 6, 12]


def write_catalog(folder, places=False):
    rows = [
        f"{event_id},2020-01-{1 + day:02d}" + (f",{10 + 0.001 * number},20,5" if places else "")
        for number, (event_id, day) in enumerate(zip(IDS, DAYS, strict=True))
    ]
    columns = "event_id,time" + (",latitude,longitude,depth" if places else "")
    return write_events_of(folder, rows, columns)


def write_all_neighbours(path):
    others = [[other for other in range(N_EVENTS) if other != event] for event in range(N_EVENTS)]
    distances = np.ones((N_EVENTS, N_EVENTS - 1))
    found = NearestEvents(IDS, np.array(others), distances, True, 1.0)
    write_neighbours(path, found, settings={}, inputs={})


@pytest.fixture
def folder(tmp_path):
    """Two components at one station and one at another, with known arrivals."""
    rng = np.random.default_rng(1)
    write_catalog(tmp_path)
    write_all_neighbours(tmp_path / "neighbours.h5")
    near, far = rng.uniform(-0.4, 0.4, (2, N_EVENTS))
    first = rng.uniform(0.5, 0.51, N_EVENTS)
    np.save(tmp_path / "travel_times.npy", np.column_stack([near + first, far]) + 2)
    for channel, delays, seed in (("HHZ", near, 2), ("HHN", near, 3)):
        write_waveforms(
            tmp_path / f"{channel}.h5", f"XX.NEAR.00.{channel}", IDS, FAMILIES, delays,
            first=first, seed=seed,
        )  # fmt: skip
    write_waveforms(tmp_path / "far.h5", "XX.FAR..HHZ", IDS[1:], FAMILIES[1:], far[1:], seed=4)
    return tmp_path


def run(folder, *names, neighbours=True, **settings):
    repeaters.run(
        RepeaterSettings(**settings), folder / "families.h5", table=folder / "families.csv",
        recurrences=folder / "recurrence.csv",
        catalog=folder / "catalog.h5",
        waveforms=[folder / f"{name}.h5" for name in names or ("HHZ", "HHN", "far")],
        neighbours=[folder / "neighbours.h5"] if neighbours else None,
    )  # fmt: skip
    return read_families(folder / "families.h5")


@pytest.mark.parametrize("linkage", ["single", "average"])
def test_planted_families_are_found_over_all_stations(folder, linkage):
    found = run(folder, linkage=linkage)
    assert found.event_ids == IDS
    assert found.families.tolist() == FAMILIES
    assert found.stations == ["XX.FAR..HH", "XX.NEAR.00.HH"]
    assert found.counts.sum() == N_EVENTS * (N_EVENTS - 1) / 2
    # Events that are not in one family are not alike.
    families = np.array(FAMILIES)
    assert (families[found.pairs[:, 0]] == families[found.pairs[:, 1]]).all()


def test_differential_times_are_those_of_the_arrivals_that_were_planted(folder):
    found = run(folder)
    travel = np.load(folder / "travel_times.npy")
    first, second = found.pairs.T
    np.testing.assert_allclose(found.seconds[:, 1], travel[first, 0] - travel[second, 0], atol=1e-3)
    is_there = first > 0  # the other station does not have the first event
    assert np.isnan(found.seconds[~is_there, 0]).all()
    expected = travel[first, 1] - travel[second, 1]
    np.testing.assert_allclose(found.seconds[is_there, 0], expected[is_there], atol=1e-3)


def test_the_table_has_the_events_of_each_family_in_time(folder):
    run(folder)
    rows = list(read_csv(folder / "families.csv"))
    assert [(row["family"], row["event_id"]) for row in rows] == [
        ("1", "event 0"), ("1", "event 3"), ("1", "event 4"), ("1", "event 9"),
        ("2", "event 5"), ("2", "event 1"), ("3", "event 7"), ("3", "event 8"),
    ]  # fmt: skip
    assert [row["days_since_previous"] for row in rows[:5]] == [
        "", "2.000000", "1.000000", "9.000000", "",
    ]  # fmt: skip
    assert rows[0]["time"] == "2020-01-01T00:00:00.000000Z"


def test_each_family_has_its_recurrence(folder):
    run(folder)
    first, second, third = read_csv(folder / "recurrence.csv")
    assert (first["n_events"], first["mean_days"]) == ("4", "4")
    # Of intervals of 2, 1 and 9 days.
    assert float(first["coefficient_of_variation"]) == pytest.approx(19**0.5 / 4, rel=1e-5)
    assert (second["mean_days"], second["coefficient_of_variation"]) == ("1", "")
    assert (third["first"][:10], third["last"][:10]) == ("2020-01-06", "2020-01-07")


def test_families_have_a_stack_and_members_on_each_channel(folder):
    found = run(folder)
    stacks = [each for each in found.waveforms if each.event == OF_ALL]
    # The first event, a member of the first family, is not on the other station.
    assert [(each.family, each.channel, each.n_members) for each in stacks] == [
        (family, channel, n_members - (family == 1 and "FAR" in channel))
        for family, n_members in ((1, 4), (2, 2), (3, 2))
        for channel in ("XX.FAR..HHZ", "XX.NEAR.00.HHN", "XX.NEAR.00.HHZ")
    ]
    for each in stacks:
        members = [
            other
            for other in found.waveforms
            if (other.family, other.channel) == (each.family, each.channel) and other is not each
        ]
        assert len(members) == each.n_members
        for other in members:
            assert FAMILIES[other.event] == each.family
            assert np.corrcoef(other.samples, each.samples)[0, 1] > 0.98


def test_a_stack_has_less_noise_than_its_members(folder):
    write_waveforms(
        folder / "far.h5", "XX.FAR..HHZ", IDS, [1] * N_EVENTS, np.zeros(N_EVENTS), noise=0.4
    )
    stack, *members = run(folder, "far", threshold=0.6).waveforms
    quiet = slice(0, 150)
    mean_noise = np.mean([np.std(each.samples[quiet]) for each in members])
    assert np.std(stack.samples[quiet]) < 1.5 / N_EVENTS**0.5 * mean_noise


def test_near_origins_are_compared_without_neighbours(folder):
    write_catalog(folder, places=True)
    assert run(folder, neighbours=False).families.tolist() == FAMILIES
    far_apart = run(folder, neighbours=False, max_distance=0.01)
    assert (far_apart.counts.sum(), far_apart.families.max()) == (0, 0)


def test_pairs_of_too_few_stations_are_in_no_family(folder):
    # The first event is at one station alone.
    found = run(folder, n_stations_min=2)
    assert found.families.tolist() == [0, *FAMILIES[1:]]


def test_a_part_of_the_window_without_the_arrival_has_no_families(folder):
    assert run(folder, "far", end=-1.0, max_shift=0.1).families.max() == 0
    part = run(folder, "far", start=-0.8, end=2.5)
    assert part.families.tolist() == [0, *FAMILIES[1:]]
    travel = np.load(folder / "travel_times.npy")
    first, second = part.pairs.T
    expected = travel[first, 1] - travel[second, 1]
    np.testing.assert_allclose(part.seconds[:, 0], expected, atol=2e-3)


def test_lists_of_differential_times_name_events_and_stations(folder):
    found = run(folder)
    paths = {
        name: folder / file
        for name, file in (
            ("growclust", "xcordata.txt"), ("events", "numbers.csv"), ("stations", "labels.csv"),
        )
    }  # fmt: skip
    differential_times.run(
        RepeaterSettings(), folder / "dt.cc", families=folder / "families.h5", phase="P", **paths
    )
    numbers = {row["number"]: row["event_id"] for row in read_csv(paths["events"])}
    labels = {row["label"]: row["station"] for row in read_csv(paths["stations"])}
    assert list(numbers.values()) == IDS
    assert labels == {"FAR": "XX.FAR..HH", "NEAR": "XX.NEAR.00.HH"}
    for path in (folder / "dt.cc", paths["growclust"]):
        seconds = {}
        for line in path.read_text(encoding="ascii").splitlines():
            if line.startswith("#"):
                pair = tuple(numbers[number] for number in line.split()[1:3])
                continue
            station, time, _, phase = line.split()
            assert phase == "P"
            seconds[pair, labels[station]] = float(time)
        pairs = [tuple(IDS[event] for event in pair) for pair in found.pairs]
        for place, station in enumerate(found.stations):
            for pair, expected in zip(pairs, found.seconds[:, place], strict=True):
                told = seconds.get((pair, station), np.nan)
                np.testing.assert_allclose(told, expected, atol=1e-6)


def test_an_event_that_the_catalog_does_not_have_is_refused(folder):
    write_events_of(folder, ["other,2020-01-01"])
    with pytest.raises(StageError, match=r"HHZ.h5 has the event 'event 0', which is not in the"):
        run(folder)


def test_components_of_different_rates_are_refused(folder):
    write_waveforms(folder / "HHN.h5", "XX.NEAR.00.HHN", IDS, FAMILIES, np.zeros(N_EVENTS))
    with FrameStore(folder / "HHN.h5", "waveforms") as store:
        samples, onsets = store.read(range(N_EVENTS)), store.array("onset")
    with write_events(folder / "HHN.h5", "waveforms", settings={}, inputs={}) as store:
        lengths = np.diff(samples.offsets).tolist()
        store.append(IDS, lengths, samples.frames, onset=onsets, first_sample=onsets)
        store.attributes(channel="XX.NEAR.00.HHN", sampling_rate=50.0)
    with pytest.raises(StageError, match="sampling rates of 50, 100 Hz, expected one"):
        run(folder)
