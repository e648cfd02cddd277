# What the rules have in common whose data come from web services.
from specufex_pipe.stages.download_waveforms import asked_and_answered

IS_DOWNLOADED = settings.source.open().is_downloaded


def summaries_of_downloads():
    """Return the summaries of what was downloaded for all variants; none of a source of files."""
    if not IS_DOWNLOADED:
        return []
    owners = dict.fromkeys(owner("download_waveforms", variant) for variant in VARIANTS)
    return [f"{RESULTS}/downloads/{variant}.csv" for variant in owners]


def settings_of_what_is_downloaded(wildcards):
    """Return the settings that what is downloaded depends on, for Snakemake to compare."""
    sections = [each for each in STAGES["download_waveforms"].sections if each != "download"]
    return sections_as_json(settings.variant(wildcards.variant), sections)


def when_waveforms_were_asked_for(wildcards):
    """Return when waveforms are asked for: now, if they are to be, and else as the summary says.

    Snakemake runs a rule again whose parameters are others.
    """
    summary = str(rules.download_waveforms.output.summary).format(variant=wildcards.variant)
    if settings.download.ask_again or not os.path.exists(summary):
        return MOMENT
    return asked_and_answered(summary, settings.source.open().path) or MOMENT
