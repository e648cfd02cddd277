rule compare:
    input:
        spectrograms=f"{RESULTS}/spectrograms.h5",
        models=lambda wildcards: expand(f"{MODELS}/nmf.h5", run=RUNS, **wildcards),
        activations=of_runs("activations.h5"),
        fingerprints=of_runs("fingerprints.h5"),
        clusters=of_runs("clusters.csv"),
        labels=settings.compare.labels or [],
    output:
        comparison=f"{RESULTS}/comparison.h5",
        table=f"{RESULTS}/comparison.csv",
    log:
        f"{LOGS}/compare.log",
    benchmark:
        f"{BENCHMARKS}/compare.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    resources:
        mem_mb=memory("compare"),
        runtime=runtime("compare"),
    params:
        labels=lambda wildcards, input: option("labels", input.labels),
    message:
        "{wildcards.channel}: comparing factorizations"
    shell:
        "python -m specufex_pipe compare "
        "--spectrograms {input.spectrograms:q} --models {input.models:q} --activation-files {input.activations:q} --fingerprint-files {input.fingerprints:q} --cluster-files {input.clusters:q} {params.labels:q} "
        "--table {output.table:q} --output {output.comparison:q} --log {log:q}"
