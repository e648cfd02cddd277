rule clusters:
    input:
        fingerprints=f"{RUN}/fingerprints.h5",
    output:
        f"{RUN}/clusters.h5",
    log:
        f"{RUN_LOGS}/clusters.log",
    benchmark:
        f"{RUN_BENCHMARKS}/clusters.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    resources:
        mem_mb=memory("clusters"),
        runtime=runtime("clusters"),
    params:
        settings=settings.stage("clusters"),
    message:
        "{wildcards.channel}{wildcards.run}: learning clusters"
    shell:
        "python -m specufex_pipe clusters "
        "--settings {params.settings:q} "
        "--fingerprints {input.fingerprints:q} "
        "--output {output:q} --log {log:q}"
