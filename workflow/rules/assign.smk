rule assign:
    input:
        fingerprints=unit_file("fingerprints.h5"),
        clusters=model_file("clusters.h5"),
    output:
        f"{UNIT}/assignments.h5",
    log:
        f"{UNIT}/logs/assign.log",
    benchmark:
        f"{UNIT}/benchmarks/assign.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    resources:
        mem_mb=memory("assign"),
        runtime=runtime("assign"),
    message:
        "{wildcards.unit}, {wildcards.variant}: assigning events to clusters"
    shell:
        "python -m specufex_pipe assign "
        "--fingerprints {input.fingerprints:q} --clusters {input.clusters:q} "
        "--output {output:q} --log {log:q}"


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
    localrule: True
    conda:
        "../envs/specufex_pipe.yaml"
    message:
        "{wildcards.unit}, {wildcards.variant}: writing the table of the events"
    shell:
        "python -m specufex_pipe events "
        "--assignments {input.assignments:q} --catalog {input.catalog:q} "
        "--output {output:q} --log {log:q}"
