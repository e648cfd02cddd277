rule nmf:
    input:
        spectrograms=f"{RESULTS}/spectrograms.h5",
    output:
        model_file(f"{RUN}/nmf.h5"),
    log:
        f"{RUN_LOGS}/nmf.log",
    benchmark:
        f"{RUN_BENCHMARKS}/nmf.tsv"
    retries: HAND_OVERS
    conda:
        "../envs/specufex_pipe.yaml"
    threads: threads_of("nmf")
    resources:
        mem_mb=memory("nmf"),
        runtime=runtime("nmf"),
    params:
        settings=lambda wildcards: settings_of(wildcards.run).stage("nmf"),
        # No output of the rule: Snakemake deletes those of a job that fails.
        checkpoint=f"{RUN}/nmf.checkpoint.h5",
        options=fit_options,
    message:
        "{wildcards.channel}{wildcards.run}: learning patterns (NMF)"
    shell:
        "python -m specufex_pipe nmf "
        "--settings {params.settings:q} "
        "--spectrograms {input.spectrograms:q} "
        "--checkpoint {params.checkpoint:q} {params.options} "
        "--output {output:q} --log {log:q} --threads {threads}"
