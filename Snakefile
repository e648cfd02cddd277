from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

from specufex_pipe.config import archive_state, read_settings
from specufex_pipe.errors import SettingsError

min_version("9.0")


configfile: "config.yaml"


try:
    settings = read_settings(config)
except SettingsError as error:
    raise WorkflowError(str(error)) from None

RESULTS = f"{settings.results}/{{channel}}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"


wildcard_constraints:
    channel="|".join(channel.replace(".", r"\.") for channel in settings.channels),


include: "workflow/rules/waveforms.smk"
include: "workflow/rules/spectrograms.smk"
include: "workflow/rules/nmf.smk"
include: "workflow/rules/activations.smk"
include: "workflow/rules/hmm.smk"
include: "workflow/rules/fingerprints.smk"
include: "workflow/rules/clusters.smk"
include: "workflow/rules/rejected.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        expand(f"{RESULTS}/report.html", channel=settings.channels),
        expand(f"{RESULTS}/clusters.csv", channel=settings.channels),
        expand(f"{RESULTS}/rejected.csv", channel=settings.channels),
    localrule: True


onsuccess:
    for channel in settings.channels:
        print(f"The report: {RESULTS.format(channel=channel)}/report.html")
