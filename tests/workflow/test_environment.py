"""A run where little is as one wishes: no home, no network, an ASCII locale, an odd folder."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from helpers.paths import REPOSITORY
from helpers.workflow import CHANNELS, command, digests, write_run

pytestmark = pytest.mark.endurance

CHANNEL = CHANNELS[0]
IS_ROOT = os.geteuid() == 0
NOBODY = 65534
# It may read what root may, since Python itself may lie in root's home, and write its own alone.
ORDINARY_USER = [
    "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
    "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search",
]  # fmt: skip
NO_NETWORK = ["unshare", "--net"]
UNSET = ("NUMBA_CACHE_DIR", "MPLCONFIGDIR", "PYTHONUTF8", "PYTHONIOENCODING", "XDG_CACHE_HOME")
RUN = [sys.executable, "-m", "specufex_pipe.commands.program", "run", "--cores", "2"]
ODD_FOLDER = "Läufe für März, 2010 (2)"
CATALOG, SOURCE = "Ereignisse für März.csv", "Wellenformen Süd"


def write_odd_run(folder):
    """Write a run whose catalog, source and clusters have names that are not ASCII."""
    write_run(
        folder, n_events=12, n_first=12, channels=[CHANNEL], catalog={"path": CATALOG},
        source={"path": SOURCE}, report={"examples_per_cluster": 1}, labels="Kürzel.csv",
        clusters={
            "n_clusters": 2, "n_nmfs": 1, "n_resamples": 5, "kmeans": {"n_init": 2},
            "names": {1: "Größe"},
        },
    )  # fmt: skip
    (folder / "catalog.csv").rename(folder / CATALOG)
    (folder / SOURCE).mkdir()
    for path in (REPOSITORY / "resources/demo/waveforms").glob(f"{CHANNEL}.*"):
        shutil.copy(path, folder / SOURCE)
    rows = (folder / CATALOG).read_text(encoding="utf-8").splitlines()[2:12]
    lines = ["event_id,label", *(f"{row.split(',')[0]},Bö {number % 2}"
                                 for number, row in enumerate(rows))]  # fmt: skip
    (folder / "Kürzel.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def give_away(folder):
    """Let an ordinary user write a folder and what is in it."""
    if IS_ROOT:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)


def prefix():
    """Return what runs a command as an ordinary user and without a network, as far as can be."""
    if not IS_ROOT:
        return []
    for wrapped in ([*NO_NETWORK, *ORDINARY_USER], ORDINARY_USER):
        if not subprocess.run([*wrapped, "true"], check=False, capture_output=True).returncode:
            return wrapped
    pytest.skip("root cannot become an ordinary user here")


def run(folder, *words, environment):
    done = subprocess.run(
        words,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, check=False,
        cwd=folder,
    )  # fmt: skip
    text = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, text
    return text


@pytest.fixture
def open_folder():
    """A folder that any user can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_run_comes_to_the_same_bits_wherever_it_is(tmp_path, open_folder):
    plain, odd, home = tmp_path / "plain", open_folder / ODD_FOLDER, open_folder / "home"
    home.mkdir(mode=0o555)
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    write_odd_run(plain)
    run(plain, *command(plain), environment=environment)
    write_odd_run(odd)
    give_away(odd)
    bare = {name: value for name, value in environment.items() if name not in UNSET}
    bare |= {
        "HOME": str(home), "LANG": "C", "LC_ALL": "C", "HDF5_USE_FILE_LOCKING": "FALSE",
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    said = run(odd, *prefix(), *RUN, environment=bare)
    for complaint in ("Traceback", "Permission denied", "cannot be kept"):
        assert complaint not in said
    assert list(home.iterdir()) == []
    assert digests(odd, CHANNEL) == digests(plain, CHANNEL)
    results = Path("results", CHANNEL, "main")
    for name in ("events.csv", "rejected.csv"):
        assert (odd / results / name).read_bytes() == (plain / results / name).read_bytes()
    assert "Größe" in (odd / results / "report.html").read_text(encoding="utf-8")
    assert (odd / results / "explorer.html").exists()
    figures = {path.name for path in (plain / results / "figures").iterdir()}
    assert figures
    assert {path.name for path in (odd / results / "figures").iterdir()} == figures
