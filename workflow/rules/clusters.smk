rule clusters:
    input:
        fingerprints=f"{RESULTS}/fingerprints.h5",
    output:
        f"{RESULTS}/clusters.h5",
    log:
        f"{LOGS}/clusters.log",
    benchmark:
        f"{BENCHMARKS}/clusters.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    resources:
        mem_mb=memory("clusters"),
        runtime=runtime("clusters"),
    params:
        settings=settings.stage("clusters"),
    message:
        "{wildcards.channel}: learning clusters"
    shell:
        "python -m specufex_pipe clusters "
        "--settings {params.settings:q} "
        "--fingerprints {input.fingerprints:q} "
        "--output {output:q} --log {log:q}"
