# A checkpoint, so that what reads them runs again only if what has come differs.
checkpoint download_stations:
    output:
        # Kept, so that a download that fails leaves what was there.
        update(absolute(settings.stations_path)),
    log:
        f"{RESULTS}/logs/download_stations.log",
    benchmark:
        f"{RESULTS}/benchmarks/download_stations.tsv"
    localrule: True
    params:
        settings=settings_of_download("download_stations"),
        asked=when_asked(settings.stations_path),
        channels=settings.channels_of_stations,
    message:
        "downloading stations"
    shell:
        "python -m specufex_pipe download_stations "
        "--settings {params.settings:q} "
        "--channels {params.channels:q} "
        "--asked {params.asked:q} --output {output:q} --log {log:q}"
