rule comparison:
    input:
        spectrograms=files_of_variants("spectrograms.h5"),
        models=lambda wildcards: [
            model_of_variant("nmf.h5", variant, wildcards.unit) for variant in VARIANTS
        ],
        activations=files_of_variants("activations.h5"),
        fingerprints=files_of_variants("fingerprints.h5"),
        assignments=files_of_variants("assignments.h5"),
        labels=table_of_labels(),
    output:
        comparison=f"{RESULTS}/{{unit}}/comparison.h5",
        table=f"{RESULTS}/{{unit}}/comparison.csv",
        figure=report(
            f"{RESULTS}/{{unit}}/comparison.png",
            caption="../report/comparison.rst",
            category="{unit}",
            labels={"figure": "comparison"},
        ),
    log:
        f"{RESULTS}/{{unit}}/logs/comparison.log",
    benchmark:
        f"{RESULTS}/{{unit}}/benchmarks/comparison.tsv"
    resources:
        mem_mb=memory("comparison"),
        runtime=runtime("comparison"),
    params:
        variants=VARIANTS,
        labels=lambda wildcards, input: option("labels", input.labels),
    message:
        "{wildcards.unit}: comparing variants"
    shell:
        "python -m specufex_pipe comparison "
        "--variants {params.variants:q} --spectrogram-files {input.spectrograms:q} --models {input.models:q} --activation-files {input.activations:q} --fingerprint-files {input.fingerprints:q} --assignment-files {input.assignments:q} {params.labels:q} "
        "--table {output.table:q} --figure {output.figure:q} "
        "--output {output.comparison:q} --log {log:q} --label {wildcards.unit:q}"
