rule events:
    input:
        assignments=unit_file("assignments.h5"),
        catalog=f"{RESULTS}/catalog.h5",
    output:
        f"{UNIT}/events.csv",
    log:
        f"{UNIT}/logs/events.log",
    benchmark:
        f"{UNIT}/benchmarks/events.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    resources:
        mem_mb=memory("events"),
        runtime=runtime("events"),
    message:
        "{wildcards.unit}, {wildcards.variant}: writing the table of the events"
    shell:
        "python -m specufex_pipe events "
        "--assignments {input.assignments:q} --catalog {input.catalog:q} "
        "--output {output:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q}"
