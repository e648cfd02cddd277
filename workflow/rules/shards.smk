# What has to be read again is known only when catalog and source have been looked through.
checkpoint shards:
    input:
        catalog=f"{RESULTS}/catalog.h5",
        index=f"{RESULTS}/index.csv",
        channels=f"{RESULTS}/channels.csv",
        downloads=summaries_of_downloads(),
        stations=stations_to_come(),
    output:
        table=f"{RESULTS}/shards/{{variant}}.csv",
    log:
        f"{RESULTS}/logs/shards/{{variant}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/shards/{{variant}}.tsv"
    wildcard_constraints:
        variant=variants_with_own("shards"),
    resources:
        mem_mb=memory("shards"),
        runtime=runtime("shards"),
    params:
        settings=settings_of("shards"),
        # An index that has the same content counts as unchanged, whatever became of the source.
        state=lambda wildcards: source_state() + state_of_stations(),
        shard_size=settings.shard_size,
        stations=stations_of,
    message:
        "looking for what has changed ({wildcards.variant})"
    shell:
        "python -m specufex_pipe shards "
        "--settings {params.settings:q} --shard-size {params.shard_size} "
        "--catalog {input.catalog:q} --index {input.index:q} --channels {input.channels:q} {params.stations:q} "
        "--output {output.table:q} --log {log:q} --label {wildcards.variant:q}"
