rule spectrograms:
    input:
        waveforms=shard_file("waveforms.h5"),
    output:
        f"{CHANNEL_SHARD}/spectrograms.h5",
    log:
        f"{CHANNEL}/logs/shards/{{shard}}/spectrograms.log",
    benchmark:
        f"{CHANNEL}/benchmarks/shards/{{shard}}/spectrograms.tsv"
    wildcard_constraints:
        variant=variants_with_own("spectrograms"),
    resources:
        mem_mb=memory("spectrograms"),
        runtime=runtime("spectrograms"),
    params:
        settings=settings_of("spectrograms"),
    message:
        "{wildcards.channel}, {wildcards.variant}: making spectrograms of shard {wildcards.shard}"
    shell:
        "python -m specufex_pipe spectrograms "
        "--settings {params.settings:q} "
        "--waveforms {input.waveforms:q} "
        "--output {output:q} --log {log:q} --label {wildcards.channel:q}/{wildcards.variant:q}"
