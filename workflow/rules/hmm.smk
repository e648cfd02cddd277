rule hmm:
    input:
        activations=f"{RESULTS}/activations.h5",
        nmf=f"{RESULTS}/nmf.h5",
    output:
        f"{RESULTS}/hmm.h5",
    log:
        f"{LOGS}/hmm.log",
    benchmark:
        f"{BENCHMARKS}/hmm.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    threads: 8
    params:
        settings=settings.stage("hmm"),
        # No output of the rule: Snakemake deletes those of a job that fails.
        checkpoint=f"{RESULTS}/hmm.checkpoint.h5",
    message:
        "{wildcards.channel}: learning states (HMM)"
    shell:
        "python -m specufex_pipe hmm "
        "--settings {params.settings:q} "
        "--activations {input.activations:q} --nmf {input.nmf:q} "
        "--checkpoint {params.checkpoint:q} --output {output:q} --log {log:q} --threads {threads}"
