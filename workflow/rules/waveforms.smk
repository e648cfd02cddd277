rule waveforms:
    input:
        catalog=ancient(f"{RESULTS}/catalog.h5"),
        shards=ancient(f"{RESULTS}/shards/{{variant}}.csv"),
        index=ancient(f"{RESULTS}/index.csv"),
        stations=stations_to_come(),
    output:
        f"{CHANNEL_SHARD}/waveforms.h5",
    log:
        f"{CHANNEL}/logs/shards/{{shard}}/waveforms.log",
    benchmark:
        f"{CHANNEL}/benchmarks/shards/{{shard}}/waveforms.tsv"
    wildcard_constraints:
        variant=variants_with_own("waveforms"),
    resources:
        mem_mb=memory("waveforms"),
        runtime=runtime("waveforms"),
    params:
        settings=settings_of("waveforms"),
        channel=lambda wildcards: channel_of_folder(wildcards.channel),
        rows=rows_of_shard,
        # What decides whether a shard is read again, whatever has become of the files above.
        state=lambda wildcards: state_of(
            wildcards.channel, wildcards.variant, str(int(wildcards.shard))
        ),
        stations=stations_of,
    message:
        "{wildcards.channel}, {wildcards.variant}: reading waveforms of shard {wildcards.shard}"
    shell:
        "python -m specufex_pipe waveforms "
        "--settings {params.settings:q} --channel {params.channel:q} "
        "--catalog {input.catalog:q} --rows {params.rows} --index {input.index:q} {params.stations:q} "
        "--output {output:q} --log {log:q} --label {wildcards.channel:q}/{wildcards.variant:q}"
