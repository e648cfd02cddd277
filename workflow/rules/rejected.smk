rule rejected:
    input:
        waveforms=f"{RESULTS}/waveforms.h5",
        spectrograms=f"{RESULTS}/spectrograms.h5",
    output:
        f"{RESULTS}/rejected.csv",
    log:
        f"{LOGS}/rejected.log",
    benchmark:
        f"{BENCHMARKS}/rejected.tsv"
    localrule: True
    conda:
        "../envs/specufex_pipe.yaml"
    message:
        "{wildcards.channel}: listing rejected events"
    shell:
        "python -m specufex_pipe rejected "
        "--waveforms {input.waveforms:q} --spectrograms {input.spectrograms:q} "
        "--output {output:q} --log {log:q}"
