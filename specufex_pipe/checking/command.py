"""Say what a run will find and take, before anything is computed; a command, and no stage."""

from dataclasses import replace
from pathlib import Path

from specufex_pipe.checking.advice import of_models
from specufex_pipe.checking.downloads import fetch_what_is_missing
from specufex_pipe.checking.gather import gather
from specufex_pipe.checking.text import describe
from specufex_pipe.errors import SettingsError, StageError
from specufex_pipe.plotting.style import png
from specufex_pipe.plotting.windows import windows_figure
from specufex_pipe.settings import MAIN, read_settings_file
from specufex_pipe.stages.summary import read_series_and_marks, read_surroundings

_MOST_LETTERS = 100


def run(
    *,
    configfile: Path = Path("config.yaml"),
    variant: str = MAIN,
    picture: Path = Path("check.png"),
    n_sampled: int = 100,
) -> None:
    """Print what a run will find and take, and draw the first windows.

    Parameters
    ----------
    configfile : Path
        Settings of the run, config.yaml by default.
    variant : str
        Variant of the settings to use.
    picture : Path
        Where to draw the first ten windows, check.png by default.
    n_sampled : int
        How many events to read of each channel, spread over the catalog; 100 by default.

    Raises
    ------
    SettingsError
        If the settings or the options are not valid.
    StageError
        If the catalog or a file of the report cannot be read to its end, a service does not answer
        with events, stations or routes, or no event is good.
    """
    settings = read_settings_file(configfile)
    if variant not in settings.variant_names:
        raise SettingsError(
            f"--variant is {variant!r}, expected one of {', '.join(settings.variant_names)}"
        )
    if n_sampled < 1:
        raise SettingsError(f"--n-sampled is {n_sampled}, expected 1 or more")
    chosen = settings.variant(variant)
    for line in fetch_what_is_missing(settings):
        print(line)
    stations = Path(chosen.stations_path) if chosen.stations_path else None
    # The report is the last of all jobs: a row that stops it would be found hours later.
    read_series_and_marks(chosen.report)
    read_surroundings(chosen.report, stations)
    facts = gather(chosen, Path(settings.results), n_sampled)
    of_kept = of_models(settings, facts.channels)
    print(describe(replace(facts, advice=[*of_kept, *facts.advice])))
    if any(len(window.samples) for window in facts.drawn):
        figure = windows_figure(
            [window.samples for window in facts.drawn],
            [_title(w.channel, w.event_id, w.problem) for w in facts.drawn],
            onsets=[window.onset for window in facts.drawn],
            sampling_rate=chosen.waveforms.sampling_rate,
        )
        picture.write_bytes(png(figure))
        print(f"\nThe first windows are drawn in {picture}")
    if not facts.downloads and not any(channel.durations for channel in facts.channels):
        raise StageError("no event that was tried is good; see what to change above")


def _title(channel: str, event_id: str, problem: str) -> str:
    title = f"{channel}  {event_id}{f'  {problem}' if problem else ''}"
    return title if len(title) <= _MOST_LETTERS else f"{title[:_MOST_LETTERS]}..."
