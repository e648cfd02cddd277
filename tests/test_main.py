"""The command line: a mistake is one line that says what would be right, and no traceback."""

import re
import tempfile
from pathlib import Path

import pytest

from specufex_pipe.__main__ import INTERNAL_ERROR, main
from specufex_pipe.settings import MemberSettings
from specufex_pipe.stages import catalog
from specufex_pipe.stages.registry import STAGES


def run(capsys, *arguments):
    """Return the exit status of a command, and the last line that it printed."""
    try:
        status = main(list(arguments))
    except SystemExit as error:
        status = error.code
    printed = capsys.readouterr()
    return status, (printed.err or printed.out).strip().splitlines()[-1]


@pytest.mark.parametrize("stage", [*STAGES, "compare"])
def test_every_stage_explains_its_options(stage, capsys):
    with pytest.raises(SystemExit):
        main([stage, "--help"])
    text = capsys.readouterr().out
    assert "--log LOG" in text
    # An option without a word of explanation ends its line.
    options = [line for line in text.splitlines() if line.startswith("  --")]
    assert options


CLUSTERS = ("clusters", "--fingerprints", "f.h5", "--output", "c.h5")


@pytest.mark.parametrize(("arguments", "message"), [
    ((*CLUSTERS, "--threads", "-3"), "'-3' is not a whole number of 1 or more"),
    ((*CLUSTERS, "--threads", "0"), "'0' is not a whole number of 1 or more"),
    ((*CLUSTERS, "--settings", "{"), "are not valid JSON"),
    ((*CLUSTERS, "--settings", "[]"), "are not sections by name"),
    ((*CLUSTERS, "--settings", '{"nmf": {}}'), "--settings has no section clusters"),
    ((*CLUSTERS, "--settings", '{"x": {}}'), "x is not a section of the settings"),
    ((*CLUSTERS, "--configfile", "no.yaml"), "no.yaml: there is no such file of settings"),
    ((*CLUSTERS, "--settings", '{"clusters": {}}'), "f.h5"),
    (("clusters", "--output", "c.h5"), "the following arguments are required: --fingerprints"),
    (("clustrs",), "invalid choice: 'clustrs'"),
    (("compare", "one"), "one is one result: expected two or more, results/UNIT/VARIANT of each"),
    (("compare", "one", "two"), "one: there is no such folder; expected results/UNIT/VARIANT"),
])  # fmt: skip
def test_a_mistake_is_a_line_that_says_what_is_wrong(arguments, message, capsys, caplog):
    status, last = run(capsys, *arguments)
    assert status in (1, 2)
    assert message in last + caplog.text


def test_settings_that_are_a_list_are_refused(tmp_path, capsys, caplog):
    (tmp_path / "config.yaml").write_text("- channels\n", encoding="utf-8")
    status, last = run(capsys, *CLUSTERS, "--configfile", str(tmp_path / "config.yaml"))
    assert status == 1
    assert "not settings; expected lines such as `key: value`" in last + caplog.text


def test_each_log_line_begins_with_the_label(tmp_path, capsys):
    (tmp_path / "c.csv").write_text("event_id,time\na,2020-01-01\n", encoding="utf-8")
    settings = '{"catalog": {"path": "' + str(tmp_path / "c.csv") + '"}}'
    log = tmp_path / "log.txt"
    output = ("--output", str(tmp_path / "c.h5"), "--log", str(log), "--label", "100 %")
    assert main(["catalog", "--settings", settings, *output]) == 0
    assert re.fullmatch(r"\d\d:\d\d:\d\d 100 %: 1 row in the catalog\n", log.read_text())


def test_rows_are_a_first_one_and_a_stop(capsys):
    status, last = run(capsys, "waveforms", "--rows", "1-2")
    assert status == 2
    assert "'1-2' is not FIRST:STOP, such as 0:10000" in last


def failing(monkeypatch, error):
    """Let the stage that reads the catalog raise an error."""

    def run(settings: MemberSettings, output: Path) -> None:
        raise error

    monkeypatch.setattr(catalog, "run", run)


CATALOG = ("catalog", "--settings", '{"catalog": {"path": "c.csv"}}', "--output", "c.h5")


@pytest.mark.parametrize("has_log", [True, False])
def test_an_unexpected_error_is_a_line_that_says_where_its_traceback_is(
    has_log, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    failing(monkeypatch, ZeroDivisionError("no frames"))
    log = ("--log", str(tmp_path / "log.txt")) if has_log else ()
    assert main([*CATALOG, *log]) == INTERNAL_ERROR
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "error: catalog: unexpected ZeroDivisionError: no frames; its traceback is in" in line
    (path,) = tmp_path.iterdir()
    assert str(path) in line
    text = path.read_text(encoding="utf-8")
    assert "raise error\nZeroDivisionError: no frames" in text
    assert text.count("Traceback (most recent call last)") == 1


@pytest.mark.parametrize(("error", "status", "message"), [
    (MemoryError(), 1, "error: catalog: out of memory"),
    (KeyboardInterrupt(), 130, "error: catalog: interrupted"),
    (OSError(28, "the disk is full", "c.h5"), 1, "error: catalog: [Errno 28] the disk is full"),
])  # fmt: skip
def test_what_is_no_fault_of_the_program_is_a_line(error, status, message, monkeypatch, capsys):
    failing(monkeypatch, error)
    assert main([*CATALOG]) == status
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert message in line
