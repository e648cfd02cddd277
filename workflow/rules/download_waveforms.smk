# On the host of Snakemake, since compute nodes may have no network. The archive is no output of the
# rule: Snakemake deletes those of a job that fails.
rule download_waveforms:
    input:
        catalog=f"{RESULTS}/catalog.h5",
        stations=inputs_of_stations(),
    output:
        summary=update(f"{RESULTS}/downloads/{{variant}}.csv"),
    log:
        f"{RESULTS}/logs/downloads/{{variant}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/downloads/{{variant}}.tsv"
    wildcard_constraints:
        variant=variants_with_own("download_waveforms"),
    localrule: True
    params:
        settings=settings_of_download("download_waveforms"),
        needed=settings_of_what_is_downloaded,
        channels=settings.channels,
        stations=stations_of,
        stations_digest=digest_of_stations,
        asked=when_waveforms_were_asked_for,
    message:
        "downloading waveforms ({wildcards.variant})"
    shell:
        "python -m specufex_pipe download_waveforms "
        "--settings {params.settings:q} --catalog {input.catalog:q} "
        "--channels {params.channels:q} {params.stations:q} --asked {params.asked:q} "
        "--output {output.summary:q} --log {log:q} --label {wildcards.variant:q}"
