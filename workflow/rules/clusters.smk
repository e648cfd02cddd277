rule clusters:
    input:
        fingerprints=unit_file("fingerprints.h5"),
    output:
        f"{UNIT}/clusters.h5",
    log:
        f"{UNIT}/logs/clusters.log",
    benchmark:
        f"{UNIT}/benchmarks/clusters.tsv"
    wildcard_constraints:
        variant=variants_with_own("clusters"),
    conda:
        "../envs/specufex_pipe.yaml"
    resources:
        mem_mb=memory("clusters"),
        runtime=runtime("clusters"),
    params:
        settings=settings_of("clusters"),
    message:
        "{wildcards.unit}, {wildcards.variant}: learning clusters"
    shell:
        "python -m specufex_pipe clusters "
        "--settings {params.settings:q} "
        "--fingerprints {input.fingerprints:q} "
        "--output {output:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q}"
