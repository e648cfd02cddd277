rule spectrograms:
    input:
        waveforms=f"{RESULTS}/waveforms.h5",
    output:
        f"{RESULTS}/spectrograms.h5",
    log:
        f"{LOGS}/spectrograms.log",
    benchmark:
        f"{BENCHMARKS}/spectrograms.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    params:
        settings=settings.stage("spectrograms"),
    message:
        "{wildcards.channel}: making spectrograms"
    shell:
        "python -m specufex_pipe spectrograms "
        "--settings {params.settings:q} "
        "--waveforms {input.waveforms:q} "
        "--output {output:q} --log {log:q}"
