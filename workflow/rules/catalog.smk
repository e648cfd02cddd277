# What there is to do is known only when the catalog has been read.
checkpoint catalog:
    input:
        catalog=inputs_of_catalog(),
    output:
        table=f"{RESULTS}/catalog.h5",
    log:
        f"{RESULTS}/logs/catalog.log",
    benchmark:
        f"{RESULTS}/benchmarks/catalog.tsv"
    resources:
        mem_mb=memory("catalog"),
        runtime=runtime("catalog"),
    params:
        settings=settings_of("catalog"),
        events_digest=digest_of_events,
    message:
        "reading the catalog"
    shell:
        "python -m specufex_pipe catalog "
        "--settings {params.settings:q} "
        "--output {output.table:q} --log {log:q}"
