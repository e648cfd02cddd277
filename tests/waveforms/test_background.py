"""Windows of background are drawn where no event is."""

import numpy as np
import pytest

from specufex_pipe.waveforms.background import draw_windows

SECOND = 1_000_000_000
STARTS = np.array([500, 0, 100, 120, 1000]) * SECOND
# The third lasts beyond the end of the fourth.
ENDS = STARTS + np.array([20, 20, 100, 5, 20]) * SECOND


def test_windows_are_a_window_away_from_all_events_and_between_the_first_and_the_last():
    starts, models = draw_windows(STARTS, ENDS, 2000, random_state=0)
    lengths = (ENDS - STARTS)[models]
    before = starts[:, None] + 2 * lengths[:, None] <= STARTS
    after = starts[:, None] - lengths[:, None] >= ENDS
    assert np.all(before | after)
    assert starts.min() > STARTS.min()
    assert starts.max() < STARTS.max()
    assert set(np.unique(models)) == {0, 1, 2, 3, 4}


def test_windows_are_uniform_over_the_free_time():
    starts, _ = draw_windows(STARTS, STARTS + 10 * SECOND, 20_000, random_state=0)
    # Gaps of 90, 10, 370 and 490 s: a window and its margins take three times 10 s of each.
    counts, _ = np.histogram(starts / SECOND, [0, 100, 130, 500, 1000])
    assert counts[1] == 0
    expected = np.array([60, 340, 460])
    np.testing.assert_allclose(counts[[0, 2, 3]] / 20_000, expected / expected.sum(), atol=0.015)


def test_seed_and_counter_alone_decide():
    one, same, other = (draw_windows(STARTS, ENDS, 50, random_state=seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("times", [
    ([], []), ([0], [20]), ([0, 50], [20, 70]), ([0, 500], [0, 500]),
])  # fmt: skip
def test_where_there_is_no_place_or_no_length_nothing_is_drawn(times):
    starts, models = draw_windows(*np.array(times, dtype=int) * SECOND, 20, random_state=0)
    assert len(starts) == len(models) == 0


def test_an_event_whose_window_is_not_known_is_kept_away_from():
    starts, ends = np.array([0, 200, 400]) * SECOND, np.array([20, 200, 420]) * SECOND
    drawn, models = draw_windows(starts, ends, 500, random_state=0)
    assert 1 not in models
    distances = np.minimum(abs(drawn - starts[1]), abs(drawn + 20 * SECOND - starts[1]))
    assert distances.min() >= 20 * SECOND
