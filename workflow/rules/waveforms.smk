rule waveforms:
    input:
        catalog=settings.waveforms.catalog,
    output:
        f"{RESULTS}/waveforms.h5",
    log:
        f"{LOGS}/waveforms.log",
    benchmark:
        f"{BENCHMARKS}/waveforms.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    params:
        settings=settings.stage("waveforms"),
        archive=archive_state(settings.waveforms),
    message:
        "{wildcards.channel}: reading waveforms"
    shell:
        "python -m specufex_pipe waveforms "
        "--channel {wildcards.channel:q} "
        "--settings {params.settings:q} "
        "--output {output:q} --log {log:q}"
