rule nmf:
    input:
        spectrograms=f"{RESULTS}/spectrograms.h5",
    output:
        f"{RESULTS}/nmf.h5",
    log:
        f"{LOGS}/nmf.log",
    benchmark:
        f"{BENCHMARKS}/nmf.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    params:
        settings=settings.stage("nmf"),
    message:
        "{wildcards.channel}: learning patterns (NMF)"
    shell:
        "python -m specufex_pipe nmf "
        "--settings {params.settings:q} "
        "--spectrograms {input.spectrograms:q} "
        "--output {output:q} --log {log:q}"
