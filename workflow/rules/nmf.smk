rule nmf:
    input:
        spectrograms=f"{RESULTS}/spectrograms.h5",
    output:
        model_file(f"{RESULTS}/nmf.h5"),
    log:
        f"{LOGS}/nmf.log",
    benchmark:
        f"{BENCHMARKS}/nmf.tsv"
    retries: HAND_OVERS
    conda:
        "../envs/specufex_pipe.yaml"
    threads: threads_of("nmf")
    resources:
        mem_mb=memory("nmf"),
        runtime=runtime("nmf"),
    params:
        settings=settings.stage("nmf"),
        # No output of the rule: Snakemake deletes those of a job that fails.
        checkpoint=f"{RESULTS}/nmf.checkpoint.h5",
        options=fit_options,
    message:
        "{wildcards.channel}: learning patterns (NMF)"
    shell:
        "python -m specufex_pipe nmf "
        "--settings {params.settings:q} "
        "--spectrograms {input.spectrograms:q} "
        "--checkpoint {params.checkpoint:q} {params.options} "
        "--output {output:q} --log {log:q} --threads {threads}"
