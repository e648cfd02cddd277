# The workflow itself is in workflow/, where Snakemake's catalog looks for it.
include: "workflow/Snakefile"


# The default target of a file that is included does not count.
rule default:
    default_target: True
    input:
        results_of_all_units,
    localrule: True
