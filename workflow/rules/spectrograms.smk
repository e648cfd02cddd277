rule spectrograms:
    input:
        waveforms=f"{SHARD}/waveforms.h5",
    output:
        f"{SHARD}/spectrograms.h5",
    log:
        f"{LOGS}/shards/{{shard}}/spectrograms.log",
    benchmark:
        f"{BENCHMARKS}/shards/{{shard}}/spectrograms.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    resources:
        mem_mb=memory("spectrograms"),
        runtime=runtime("spectrograms"),
    params:
        settings=settings.stage("spectrograms"),
    message:
        "{wildcards.channel}: making spectrograms of shard {wildcards.shard}"
    shell:
        "python -m specufex_pipe spectrograms "
        "--settings {params.settings:q} "
        "--waveforms {input.waveforms:q} "
        "--output {output:q} --log {log:q}"
