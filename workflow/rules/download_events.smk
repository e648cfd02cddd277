# A checkpoint, so that what reads them runs again only if what has come differs.
checkpoint download_events:
    output:
        # Kept, so that a download that fails leaves what was there.
        update(absolute(settings.catalog.open().files[0])),
    log:
        f"{RESULTS}/logs/download_events.log",
    benchmark:
        f"{RESULTS}/benchmarks/download_events.tsv"
    localrule: True
    params:
        settings=settings_of_download("download_events"),
        asked=when_asked(settings.catalog.open().files[0]),
    message:
        "downloading events"
    shell:
        "python -m specufex_pipe download_events "
        "--settings {params.settings:q} "
        "--asked {params.asked:q} --output {output:q} --log {log:q}"
