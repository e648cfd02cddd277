"""A check downloads the events and stations that a run needs, and says so."""

import pytest
import yaml
from helpers.downloads import OTHER, WINDOWS, data_centre, download, write_days, write_events
from helpers.events import make_event
from helpers.fdsn_misbehaviours import answer
from helpers.fdsn_stubs import DataCentreStub, serving
from helpers.stations import make_inventory
from helpers.waveforms import CHANNEL, START, noise, trace, write_file

from specufex_pipe.__main__ import main


@pytest.fixture
def stub():
    events = [make_event(f"smi:org.example/{hour}", START + 3600 * hour + 20) for hour in range(4)]
    with serving(DataCentreStub(events, make_inventory(CHANNEL))) as stub:
        yield stub


def test_what_is_not_there_is_downloaded_once_to_where_the_run_finds_it(
    stub, tmp_path, monkeypatch, capsys
):
    for hour in range(4):
        write_file(tmp_path / f"source/{hour}.mseed", trace(noise(), START + 3600 * hour))
    settings = {
        "channels": [CHANNEL],
        "catalog": {
            "type": "fdsn", "service": stub.address,
            "starttime": START.date, "endtime": "2020-02-01",
        },
        "source": {"path": "source"},
        "stations": {"service": stub.address},
        "waveforms": {"processing": ["demean", "remove_sensitivity"]},
    }  # fmt: skip
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings))
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 0
    said = capsys.readouterr().out
    (events,) = (tmp_path / "downloads/events").glob("*.xml")
    (stations,) = (tmp_path / "downloads/stations").glob("*.xml")
    for path in (events, stations):
        assert f"to {path.relative_to(tmp_path)}, where the run finds them" in said
    assert "catalog   4 events in 4 rows" in said
    assert f"{CHANNEL}: 4 of 4 events that were tried are good" in said
    assert len(stub.requests) == 2
    assert main(["check"]) == 0
    assert "where the run finds them" not in capsys.readouterr().out
    assert len(stub.requests) == 2


def test_a_request_that_nothing_fits_is_one_line(stub, tmp_path, monkeypatch, capsys):
    catalog = {"type": "fdsn", "service": stub.address, "starttime": "2019-01-01",
               "endtime": "2019-02-01"}  # fmt: skip
    settings = {"channels": [CHANNEL], "catalog": catalog, "source": {"path": "."}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings))
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if " error: " in line]
    assert len(errors) == 1
    assert f"{stub.address} has no events for this request" in errors[0]


def test_whom_waveforms_will_be_asked_of_is_said_before_and_windows_are_read_after(
    tmp_path, monkeypatch, capsys
):
    write_days(tmp_path / "days", n_days=1, channels="ZN")
    write_events(tmp_path, 600.0, 40_000.0, 50_000.0)
    with data_centre(tmp_path / "days") as centre:
        settings = {
            "channels": [CHANNEL, OTHER],
            "catalog": {"path": "catalog.csv"},
            "source": {"type": "fdsn", "service": centre.address},
            "waveforms": WINDOWS,
            "spectrograms": {"fmin": 1.0, "fmax": 9.0},
            "background": {"n_windows": 0},
        }
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings))
        monkeypatch.chdir(tmp_path)
        assert main(["check"]) == 0
        said = capsys.readouterr().out
        assert f"{centre.address}: 2 channels, 2 channel-days in 1 request, 0.0 h of data" in said
        assert "check again after that" in said
        assert not centre.queries
        download(tmp_path, centre, tmp_path / "catalog.h5", channels=[CHANNEL, OTHER])
        (tmp_path / "downloads").mkdir()
        (tmp_path / "archive").rename("downloads/waveforms")
        assert main(["check"]) == 0
        said = capsys.readouterr().out
        assert f"{CHANNEL}: 3 of 3 events that were tried are good" in said
        assert "to be downloaded" not in said


def test_data_that_were_refused_are_said_with_how_to_ask_again(tmp_path, monkeypatch, capsys):
    write_days(tmp_path / "days", n_days=1, channels="Z")
    write_events(tmp_path, 600.0, 40_000.0)
    with data_centre(tmp_path / "days") as centre:
        settings = {
            "channels": [CHANNEL],
            "catalog": {"path": "catalog.csv"},
            "source": {"type": "fdsn", "service": centre.address},
            "waveforms": WINDOWS,
            "spectrograms": {"fmin": 1.0, "fmax": 9.0},
            "background": {"n_windows": 0},
        }
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings))
        monkeypatch.chdir(tmp_path)
        centre.rule = lambda asked: answer(403, "Not for you") if asked.is_query else None
        download(tmp_path, centre, tmp_path / "catalog.h5")
        (tmp_path / "downloads").mkdir()
        (tmp_path / "archive").rename("downloads/waveforms")
        assert main(["check"]) == 1
        said = " ".join(capsys.readouterr().out.split())
        assert "source no data came from web services" in said
        assert "Not for you" in said
        assert "download.ask_again" in said
