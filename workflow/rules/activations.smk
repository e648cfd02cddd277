rule activations:
    input:
        spectrograms=f"{RESULTS}/spectrograms.h5",
        nmf=f"{RESULTS}/nmf.h5",
    output:
        f"{RESULTS}/activations.h5",
    log:
        f"{LOGS}/activations.log",
    benchmark:
        f"{BENCHMARKS}/activations.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    threads: 8
    message:
        "{wildcards.channel}: inferring activations"
    shell:
        "python -m specufex_pipe activations "
        "--spectrograms {input.spectrograms:q} --nmf {input.nmf:q} "
        "--output {output:q} --log {log:q} --threads {threads}"
