rule rejected:
    input:
        waveforms=files_of_shards("waveforms.h5"),
        spectrograms=files_of_shards("spectrograms.h5"),
    output:
        f"{UNIT}/rejected.csv",
    log:
        f"{UNIT}/logs/rejected.log",
    benchmark:
        f"{UNIT}/benchmarks/rejected.tsv"
    localrule: True
    conda:
        "../envs/specufex_pipe.yaml"
    message:
        "{wildcards.unit}, {wildcards.variant}: listing rejected events"
    shell:
        "python -m specufex_pipe rejected "
        "--waveforms {input.waveforms:q} --spectrograms {input.spectrograms:q} "
        "--output {output:q} --log {log:q}"
