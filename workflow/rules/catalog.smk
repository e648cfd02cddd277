# Checkpoints: what there is to do is known only when the catalog and the source have been read.
checkpoint catalog:
    input:
        catalog=[absolute(path) for path in settings.catalog.open().files],
    output:
        table=f"{RESULTS}/catalog.h5",
    log:
        f"{RESULTS}/logs/catalog.log",
    benchmark:
        f"{RESULTS}/benchmarks/catalog.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    resources:
        mem_mb=memory("catalog"),
        runtime=runtime("catalog"),
    params:
        settings=settings_of("catalog"),
    message:
        "reading the catalog"
    shell:
        "python -m specufex_pipe catalog "
        "--settings {params.settings:q} "
        "--output {output.table:q} --log {log:q}"


checkpoint index:
    input:
        catalog=f"{RESULTS}/catalog.h5",
    output:
        # Kept, so that files which it knows are not read again.
        index=update(f"{RESULTS}/index.csv"),
        channels=f"{RESULTS}/channels.csv",
    log:
        f"{RESULTS}/logs/index.log",
    benchmark:
        f"{RESULTS}/benchmarks/index.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    resources:
        mem_mb=memory("index"),
        runtime=runtime("index"),
    params:
        settings=settings_of("index"),
        channels=settings.channels,
        state=lambda wildcards: settings.source.open().state(),
    message:
        "indexing the source"
    shell:
        "python -m specufex_pipe index "
        "--settings {params.settings:q} "
        "--catalog {input.catalog:q} --channels {params.channels:q} "
        "--resolved {output.channels:q} --output {output.index:q} --log {log:q}"


checkpoint shards:
    input:
        catalog=f"{RESULTS}/catalog.h5",
        index=f"{RESULTS}/index.csv",
        channels=f"{RESULTS}/channels.csv",
    output:
        table=f"{RESULTS}/shards/{{variant}}.csv",
    log:
        f"{RESULTS}/logs/shards/{{variant}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/shards/{{variant}}.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    resources:
        mem_mb=memory("shards"),
        runtime=runtime("shards"),
    params:
        settings=settings_of("shards"),
        shard_size=settings.shard_size,
    message:
        "looking for what has changed ({wildcards.variant})"
    shell:
        "python -m specufex_pipe shards "
        "--settings {params.settings:q} --shard-size {params.shard_size} "
        "--catalog {input.catalog:q} --index {input.index:q} --channels {input.channels:q} "
        "--output {output.table:q} --log {log:q}"
