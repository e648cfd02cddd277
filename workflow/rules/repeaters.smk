# Of all units: two events repeat each other if all stations say so.
rule repeaters:
    input:
        catalog=f"{RESULTS}/catalog.h5",
        waveforms=of_all_units("waveforms.h5"),
        neighbours=of_all_units("neighbours.h5") if HAS_NEIGHBOURS else [],
    output:
        families=f"{RESULTS}/repeaters/{{variant}}/families.h5",
        table=f"{RESULTS}/repeaters/{{variant}}/families.csv",
        recurrences=f"{RESULTS}/repeaters/{{variant}}/recurrence.csv",
    log:
        f"{RESULTS}/logs/repeaters/{{variant}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/repeaters/{{variant}}.tsv"
    wildcard_constraints:
        variant=variants_with_own("repeaters"),
    threads: threads_of("repeaters")
    resources:
        mem_mb=memory("repeaters"),
        runtime=runtime("repeaters"),
    params:
        settings=settings_of("repeaters"),
        neighbours=lambda wildcards, input: options("neighbours", input.neighbours),
    message:
        "{wildcards.variant}: finding families of repeating events"
    shell:
        "python -m specufex_pipe repeaters "
        "--settings {params.settings:q} --catalog {input.catalog:q} --waveforms {input.waveforms:q} {params.neighbours:q} "
        "--output {output.families:q} --table {output.table:q} --recurrences {output.recurrences:q} --log {log:q} --label {wildcards.variant:q} --threads {threads}"
