rule clusters:
    input:
        fingerprints=f"{RESULTS}/fingerprints.h5",
        waveforms=f"{RESULTS}/waveforms.h5",
    output:
        table=f"{RESULTS}/clusters.csv",
        model=f"{RESULTS}/clusters.h5",
    log:
        f"{LOGS}/clusters.log",
    benchmark:
        f"{BENCHMARKS}/clusters.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    params:
        settings=settings.stage("clusters"),
    message:
        "{wildcards.channel}: clustering"
    shell:
        "python -m specufex_pipe clusters "
        "--settings {params.settings:q} "
        "--fingerprints {input.fingerprints:q} --waveforms {input.waveforms:q} "
        "--model {output.model:q} "
        "--output {output.table:q} --log {log:q}"
