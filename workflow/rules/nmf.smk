rule nmf:
    input:
        spectrograms=unit_file("spectrograms.h5"),
    output:
        fitted_model(f"{UNIT}/nmf.h5"),
    log:
        f"{UNIT}/logs/nmf.log",
    benchmark:
        f"{UNIT}/benchmarks/nmf.tsv"
    wildcard_constraints:
        variant=variants_with_own("nmf"),
    retries: HAND_OVERS
    threads: threads_of("nmf")
    resources:
        mem_mb=memory("nmf"),
        runtime=runtime("nmf"),
    params:
        settings=settings_of("nmf"),
        checkpoint=checkpoint_beside,
        options=fit_options,
    message:
        "{wildcards.unit}, {wildcards.variant}: learning components (NMF)"
    shell:
        "python -m specufex_pipe nmf "
        "--settings {params.settings:q} "
        "--spectrograms {input.spectrograms:q} "
        "--checkpoint {params.checkpoint:q} {params.options} "
        "--output {output:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q} --threads {threads}"
