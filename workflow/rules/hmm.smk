rule hmm:
    input:
        activations=unit_file("activations.h5"),
        nmf=unit_file("nmf.h5"),
    output:
        fitted_model(f"{UNIT}/hmm.h5"),
    log:
        f"{UNIT}/logs/hmm.log",
    benchmark:
        f"{UNIT}/benchmarks/hmm.tsv"
    wildcard_constraints:
        variant=variants_with_own("hmm"),
    retries: HAND_OVERS
    threads: threads_of("hmm")
    resources:
        mem_mb=memory("hmm"),
        runtime=runtime("hmm"),
    params:
        settings=settings_of("hmm"),
        checkpoint=checkpoint_beside,
        options=fit_options,
    message:
        "{wildcards.unit}, {wildcards.variant}: learning states (HMM)"
    shell:
        "python -m specufex_pipe hmm "
        "--settings {params.settings:q} "
        "--activations {input.activations:q} --nmf {input.nmf:q} "
        "--checkpoint {params.checkpoint:q} {params.options} "
        "--output {output:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q} --threads {threads}"
