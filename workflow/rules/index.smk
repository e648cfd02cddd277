# Which channels are meant is known only when the source has been indexed.
checkpoint index:
    input:
        catalog=f"{RESULTS}/catalog.h5",
        stations=inputs_of_stations(),
        downloads=summaries_of_downloads(),
    output:
        # Kept, so that files which it knows are not read again.
        index=update(f"{RESULTS}/index.csv"),
        channels=f"{RESULTS}/channels.csv",
    log:
        f"{RESULTS}/logs/index.log",
    benchmark:
        f"{RESULTS}/benchmarks/index.tsv"
    resources:
        mem_mb=memory("index"),
        runtime=runtime("index"),
    params:
        settings=settings_of("index"),
        channels=settings.channels,
        state=lambda wildcards: source_state(),
        stations=option_of_stations(),
        stations_digest=digest_of_stations,
    message:
        "indexing the source"
    shell:
        "python -m specufex_pipe index "
        "--settings {params.settings:q} "
        "--catalog {input.catalog:q} --channels {params.channels:q} {params.stations:q} "
        "--resolved {output.channels:q} --output {output.index:q} --log {log:q}"
