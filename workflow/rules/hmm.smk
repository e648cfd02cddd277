rule hmm:
    input:
        activations=f"{RUN}/activations.h5",
        nmf=f"{RUN}/nmf.h5",
    output:
        model_file(f"{RUN}/hmm.h5"),
    log:
        f"{RUN_LOGS}/hmm.log",
    benchmark:
        f"{RUN_BENCHMARKS}/hmm.tsv"
    retries: HAND_OVERS
    conda:
        "../envs/specufex_pipe.yaml"
    threads: threads_of("hmm")
    resources:
        mem_mb=memory("hmm"),
        runtime=runtime("hmm"),
    params:
        settings=settings.stage("hmm"),
        # No output of the rule: Snakemake deletes those of a job that fails.
        checkpoint=f"{RUN}/hmm.checkpoint.h5",
        options=fit_options,
    message:
        "{wildcards.channel}{wildcards.run}: learning states (HMM)"
    shell:
        "python -m specufex_pipe hmm "
        "--settings {params.settings:q} "
        "--activations {input.activations:q} --nmf {input.nmf:q} "
        "--checkpoint {params.checkpoint:q} {params.options} "
        "--output {output:q} --log {log:q} --threads {threads}"
