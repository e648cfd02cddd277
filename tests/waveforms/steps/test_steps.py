"""Each step does what its name says, held against what is known of the signal."""

import numpy as np
import pytest
from helpers.waveforms import CHANNEL, START, noise, trace
from obspy import Inventory, Stream, read_inventory
from obspy.core.inventory import Channel, Network, Response, Station
from obspy.core.inventory.response import InstrumentSensitivity

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.rejections import RejectedEvent
from specufex_pipe.waveforms.steps.base import Context, Unit
from specufex_pipe.waveforms.steps.registry import STEPS

EVENT = Event("a", START, "", {"latitude": "1", "longitude": "0", "depth": "5"})
SECONDS = np.arange(0, 60, 0.01)


def apply(name, data, inventory=None, channel=CHANNEL, event=EVENT, window=None, **parameters):
    stream = data if isinstance(data, Stream) else Stream([trace(data)])
    for each in stream:
        each.data = each.data.astype(float)
    step = STEPS[name](**parameters)
    step.check()
    step.apply(stream, Context(event, channel, 100.0, window, inventory))
    return stream[0].data


def sine(frequency, amplitude=1.0):
    return amplitude * np.sin(2 * np.pi * frequency * SECONDS)


def amplitude(wave):
    """Return the amplitude of a sine of which there are whole periods."""
    return np.sqrt(2 * np.mean(wave**2))


def response(z_zeros=2):
    """Return the response of a velocity sensor of 1 s with a gain of 1000 counts per m/s."""
    poles = [-4.44 + 4.44j, -4.44 - 4.44j]
    found = Response.from_paz([0.0] * z_zeros, poles, 1000.0, 10.0)
    found.instrument_sensitivity = InstrumentSensitivity(1000.0, 10.0, "M/S", "COUNTS")
    return found


def inventory(*channels, epochs=((START - 100, None, 1000.0),)):
    made = []
    for code, azimuth, dip in channels or (("HHZ", 0.0, -90.0),):
        for start, end, gain in epochs:
            each = Channel(code, "00", 0.0, 0.0, 0.0, 0.0, azimuth, dip)
            each.start_date, each.end_date = start, end
            each.response = response()
            each.response.instrument_sensitivity.value = gain
            each.response.response_stages[0].stage_gain = gain
            made.append(each)
    return Inventory([Network("XX", [Station("STA", 0.0, 0.0, 0.0, channels=made)])])


@pytest.mark.parametrize("name", STEPS)
def test_a_step_leaves_rate_and_length_as_they_are(name):
    parameters = {"filter": {"kind": "highpass", "fmin": 1.0}}.get(name, {})
    codes = [("HHZ", 0.0, -90.0), ("HHN", 0.0, 0.0), ("HHE", 90.0, 0.0)]
    stream = Stream([trace(noise(seed=i), channel=code) for i, (code, *_) in enumerate(codes)])
    stream = stream if STEPS[name].needs_components else stream[:1]
    assert len(apply(name, stream, inventory(*codes), **parameters)) == 6000


def test_trend_and_mean_are_taken_out():
    wave = sine(3)
    np.testing.assert_allclose(apply("demean", wave + 7), wave, atol=1e-9)
    np.testing.assert_allclose(apply("detrend", wave + 7 - SECONDS), wave, atol=0.02)


def test_a_taper_reaches_as_far_as_it_is_long():
    found = apply("taper", np.ones(6000), seconds=2.0)
    assert found[0] == pytest.approx(0, abs=1e-3)
    assert found[100] == pytest.approx(0.5, abs=0.01)
    assert found[201:-201].tolist() == [1.0] * 5598


@pytest.mark.parametrize(("kind", "corners", "kept"), [
    ("highpass", {"fmin": 11}, [20]), ("lowpass", {"fmax": 3}, [1]),
    ("bandpass", {"fmin": 4, "fmax": 10}, [6]), ("bandstop", {"fmin": 4, "fmax": 10}, [1, 20]),
])  # fmt: skip
def test_a_filter_lets_through_what_its_kind_says(kind, corners, kept):
    for frequency in (1, 6, 20):
        found = apply("filter", sine(frequency), kind=kind, corners=6, **corners)[1000:-1000]
        expected = 1.0 if frequency in kept else 0.0
        assert amplitude(found) == pytest.approx(expected, abs=0.05)


def test_a_filter_of_zero_phase_delays_nothing_and_half_its_power_passes_at_a_corner():
    wave = sine(5)
    both = apply("filter", wave, kind="highpass", fmin=5)[2000:4000]
    np.testing.assert_allclose(both, wave[2000:4000] / 2, atol=1e-3)
    once = apply("filter", wave, kind="highpass", fmin=5, zero_phase=False)[2000:4000]
    assert amplitude(once) == pytest.approx(0.5**0.5, abs=1e-2)


def test_a_corner_above_the_recorded_nyquist_is_rejected_and_not_moved():
    with pytest.raises(RejectedEvent, match="a corner at 60 Hz is not below the Nyquist"):
        apply("filter", noise(), kind="bandpass", fmin=1, fmax=60)


@pytest.mark.parametrize(("name", "parameters", "reason"), [
    ("filter", {"kind": "lowpass", "fmin": 3}, "a lowpass filter has fmax, given are fmin"),
    ("filter", {"kind": "bandpass", "fmin": 3, "fmax": 2}, "fmin is 3 Hz, expected less than"),
    ("filter", {"kind": "highpass", "fmin": 0}, "fmin is 0 Hz, expected more than 0"),
    ("filter", {"kind": "highpass", "fmin": 3, "corners": 0}, "corners is 0, expected 1 to 20"),
    ("taper", {"seconds": 0}, "seconds is 0, expected more than 0"),
    ("remove_response", {"pre_filter": [1, 2, 2, 3]}, "expected four frequencies that rise"),
])  # fmt: skip
def test_parameters_that_do_not_fit_are_refused(name, parameters, reason):
    with pytest.raises(ValueError, match=reason):
        STEPS[name](**parameters).check()


def test_the_derivative_of_a_sine_is_a_cosine_and_its_integral_undoes_it():
    omega = 2 * np.pi * 0.5
    found = apply("differentiate", sine(0.5))[1:-1]
    np.testing.assert_allclose(found, omega * np.cos(omega * SECONDS[1:-1]), atol=2e-3)
    back = apply("integrate", omega * np.cos(omega * SECONDS))
    np.testing.assert_allclose(back, sine(0.5), atol=2e-3)


@pytest.mark.parametrize(("by", "expected"), [("peak", 1.0), ("rms", 2**0.5)])
def test_a_normalized_event_has_the_size_one(by, expected):
    assert np.abs(apply("normalize", sine(1, 37.0), by=by)).max() == pytest.approx(
        expected, rel=1e-3
    )
    assert apply("normalize", np.zeros(100), by=by).tolist() == [0.0] * 100


@pytest.mark.parametrize("by", ["peak", "rms"])
def test_what_lies_in_the_margins_has_no_part_in_the_size(by):
    wave = sine(1, 37.0)
    wave[:50] = 1e6
    found = apply("normalize", wave, window=(START + 10, START + 20), by=by)
    assert np.abs(found[1000:2000]).max() == pytest.approx(1 if by == "peak" else 2**0.5, rel=1e-3)


@pytest.mark.parametrize(("rate", "seconds"), [(99.992, 600), (99.995, 250), (100.006, 300)])
def test_a_rate_that_is_a_little_off_moves_nothing_in_a_long_window(rate, seconds):
    n_samples = round(seconds * rate)
    data = np.zeros(n_samples)
    place = round((seconds - 5) * rate)
    data[place - 50 : place + 50] = np.hanning(100)
    found = apply("resample", Stream([trace(data, rate=rate)]))
    expected = np.average(np.arange(n_samples), weights=data) / rate
    assert found.argmax() / 100 == pytest.approx(expected, abs=0.006)
    assert len(found) >= round(100 * n_samples / rate)


@pytest.mark.parametrize(("output", "power"), [("DISP", -1), ("VEL", 0), ("ACC", 1)])
def test_the_response_is_taken_out_to_the_quantity_that_is_asked_for(output, power):
    # Far above its corner the sensor shows velocity, 1000 counts per m/s.
    omega = 2 * np.pi * 10
    found = apply("remove_response", sine(10, 1000.0), inventory(), output=output)[2000:4000]
    assert amplitude(found) == pytest.approx(omega**power, rel=0.02)


def test_below_the_corner_of_the_sensor_more_is_given_back():
    found = apply("remove_response", sine(0.5, 1000.0), inventory(), water_level=None)[2000:4000]
    s = 2j * np.pi * np.array([0.5, 10.0])
    gains = np.abs(s**2 / ((s + 4.44) ** 2 + 4.44**2))
    assert amplitude(found) == pytest.approx(gains[1] / gains[0], rel=0.05)


@pytest.mark.parametrize("name", ["remove_response", "remove_sensitivity"])
@pytest.mark.parametrize(("seconds", "expected"), [(10, 1.0), (20, 0.25)])
def test_the_epoch_is_that_of_the_event_whenever_its_window_begins(name, seconds, expected):
    epochs = ((START - 100, START + 15, 1000.0), (START + 15, None, 4000.0))
    event = EVENT._replace(time=START + seconds)
    found = apply(name, sine(10, 1000.0), inventory(epochs=epochs), event=event)[2000:4000]
    assert amplitude(found) == pytest.approx(expected, rel=0.02)
    # An epoch that begins within the window is enough.
    late = inventory(epochs=((START + 5, None, 1000.0),))
    assert len(apply(name, sine(10), late, event=EVENT._replace(time=START + 10))) == 6000


def test_an_instrument_that_measures_no_motion_is_rejected():
    microphone = inventory()
    microphone[0][0][0].response.instrument_sensitivity.input_units = "PA"
    for name in ("remove_response", "remove_sensitivity"):
        with pytest.raises(RejectedEvent, match="measures PA, expected"):
            apply(name, noise(), microphone)


def test_a_sensitivity_of_another_quantity_is_rejected():
    with pytest.raises(
        RejectedEvent, match=r"no response: XX\.STA\.00\.HHZ measures VEL, expected ACC"
    ):
        apply("remove_sensitivity", noise(), inventory(), measures="ACC")


@pytest.mark.parametrize("name", ["remove_response", "remove_sensitivity"])
def test_a_time_outside_all_epochs_is_rejected(name):
    with pytest.raises(RejectedEvent, match=r"no response: stations has no response of XX\.STA"):
        apply(name, noise(), inventory(epochs=((START + 100, None, 1.0),)))


TURNED = (("HHZ", 0.0, -90.0), ("HH1", 30.0, 0.0), ("HH2", 120.0, 0.0))


def turned_record(north, east, vertical):
    """Return what a sensor records whose first horizontal component points to 30 degrees."""
    angle = np.deg2rad(30)
    first = np.cos(angle) * north + np.sin(angle) * east
    second = -np.sin(angle) * north + np.cos(angle) * east
    data = {"HHZ": vertical, "HH1": first, "HH2": second}
    return Stream([trace(each, channel=code) for code, each in data.items()])


@pytest.mark.parametrize(("to", "code", "expected"), [
    ("ZNE", "HHZ", "vertical"), ("ZNE", "HHN", "north"), ("ZNE", "HHE", "east"),
    ("ZRT", "HHR", "south"), ("ZRT", "HHT", "west"),
])  # fmt: skip
def test_components_are_turned_by_the_orientations_of_the_metadata(to, code, expected):
    # The event is north of the station: away from it is south, and to the right of that is west.
    ground = {"north": sine(1), "east": sine(2), "vertical": sine(3)}
    record = turned_record(**ground)
    ground |= {"south": -ground["north"], "west": -ground["east"]}
    found = apply("rotate", record, inventory(*TURNED), channel=f"XX.STA.00.{code}", to=to)
    np.testing.assert_allclose(found, ground[expected], atol=1e-9)


def test_a_channel_that_is_no_component_of_the_result_is_rejected():
    record = turned_record(sine(1), sine(2), sine(3))
    with pytest.raises(RejectedEvent, match=r"rotated to ZNE, which has no XX\.STA\.00\.HHT"):
        apply("rotate", record, inventory(*TURNED), channel="XX.STA.00.HHT")


def test_units_follow_the_steps():
    def unit(*names):
        found = Unit()
        for name in names:
            found = STEPS[name]().unit_after(found)
        return str(found)

    assert unit() == unit("demean") == "counts"
    assert unit("remove_response") == "m/s"
    assert unit("remove_response", "differentiate") == "m/s^2"
    assert unit("remove_response", "integrate") == "m"
    assert unit("remove_sensitivity", "integrate", "integrate") == "m s"
    assert unit("differentiate") == "counts/s"
    assert unit("remove_response", "normalize") == "1"
    assert unit("normalize", "differentiate") == "1/s"
    assert unit("normalize", "integrate") == "s"


def test_obspys_own_example_of_metadata_takes_out_a_response():
    example = read_inventory()
    channel = "GR.FUR..BHZ"
    record = Stream([trace(noise(), channel="BHZ", station="FUR")])
    record[0].stats.update({"network": "GR", "location": ""})
    assert np.isfinite(apply("remove_response", record, example, channel=channel)).all()


def test_components_of_another_epoch_are_turned_by_that_of_the_event():
    # The sensor was turned after the window began, and before the event.
    metadata = inventory(*TURNED, epochs=((START + 5, None, 1000.0),))
    ground = {"north": sine(1), "east": sine(2), "vertical": sine(3)}
    event = EVENT._replace(time=START + 10)
    found = apply("rotate", turned_record(**ground), metadata, channel="XX.STA.00.HHN", event=event)
    np.testing.assert_allclose(found, ground["north"], atol=1e-9)


def test_a_component_that_is_missing_is_named():
    record = turned_record(sine(1), sine(2), sine(3))[:2]
    with pytest.raises(RejectedEvent, match=r"HH1, XX\.STA\.00\.HHZ, expected three"):
        apply("rotate", record, inventory(*TURNED), channel="XX.STA.00.HHN")
