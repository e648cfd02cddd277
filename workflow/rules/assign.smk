rule assign:
    input:
        fingerprints=f"{RUN}/fingerprints.h5",
        waveforms=f"{RESULTS}/waveforms.h5",
        clusters=f"{MODELS}/clusters.h5",
    output:
        f"{RUN}/clusters.csv",
    log:
        f"{RUN_LOGS}/assign.log",
    benchmark:
        f"{RUN_BENCHMARKS}/assign.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    resources:
        mem_mb=memory("assign"),
        runtime=runtime("assign"),
    params:
        random_state=settings.clusters.random_state,
    message:
        "{wildcards.channel}{wildcards.run}: assigning events to clusters"
    shell:
        "python -m specufex_pipe assign "
        "--random-state {params.random_state} "
        "--fingerprints {input.fingerprints:q} --waveforms {input.waveforms:q} "
        "--clusters {input.clusters:q} "
        "--output {output:q} --log {log:q}"
