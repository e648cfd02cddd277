# A checkpoint, since only the index of the archive tells which shards have changed.
checkpoint shards:
    input:
        catalog=settings.waveforms.catalog,
    output:
        table=f"{settings.results}/shards.csv",
        # Kept, so that files which it knows are not read again.
        index=update(f"{settings.results}/archive.csv"),
    log:
        f"{settings.results}/logs/shards.log",
    benchmark:
        f"{settings.results}/benchmarks/shards.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
    params:
        settings=settings.stage("waveforms"),
        channels=settings.channels,
        shard_size=settings.shard_size,
        archive=lambda wildcards: archive_state(settings.waveforms),
    message:
        "indexing the archive"
    shell:
        "python -m specufex_pipe shards "
        "--settings {params.settings:q} "
        "--channels {params.channels:q} --shard-size {params.shard_size} "
        "--index {output.index:q} --output {output.table:q} --log {log:q}"


rule join:
    input:
        files_of_shards,
    output:
        f"{RUN}/{{kind}}.h5",
    log:
        f"{RUN_LOGS}/{{kind}}.log",
    benchmark:
        f"{RUN_BENCHMARKS}/join.{{kind}}.tsv"
    wildcard_constraints:
        kind="waveforms|spectrograms|activations|fingerprints",
    localrule: True
    conda:
        "../envs/specufex_pipe.yaml"
    params:
        shards=lambda wildcards, output: str(Path(output[0]).parent / "shards"),
        n_shards=lambda wildcards: n_shards(),
    message:
        "{wildcards.channel}{wildcards.run}: joining {wildcards.kind}"
    shell:
        "python -m specufex_pipe join "
        "--shards {params.shards:q} --n-shards {params.n_shards} "
        "--output {output:q} --log {log:q}"
