rule waveforms:
    input:
        catalog=ancient(settings.waveforms.catalog),
        shards=ancient(f"{settings.results}/shards.csv"),
        index=ancient(f"{settings.results}/archive.csv"),
    output:
        f"{SHARD}/waveforms.h5",
    log:
        f"{LOGS}/shards/{{shard}}/waveforms.log",
    benchmark:
        f"{BENCHMARKS}/shards/{{shard}}/waveforms.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    resources:
        mem_mb=memory("waveforms"),
        runtime=runtime("waveforms"),
    params:
        settings=settings.stage("waveforms"),
        rows=rows_of_shard,
        # What decides whether a shard is read again, whatever has become of the files above.
        state=shard_state,
    message:
        "{wildcards.channel}: reading waveforms of shard {wildcards.shard}"
    shell:
        "python -m specufex_pipe waveforms "
        "--channel {wildcards.channel:q} "
        "--settings {params.settings:q} "
        "--rows {params.rows} --index {input.index:q} "
        "--output {output:q} --log {log:q}"
