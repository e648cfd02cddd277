rule join:
    input:
        # When it has been read anew there may be more shards, or fewer.
        catalog=ancient(rules.catalog.output.table),
        shards=own_shards,
        # Written first, since the run ends here if no event is left.
        rejected=lambda wildcards: (
            f"{UNIT}/rejected.csv" if wildcards.kind == "spectrograms" else []
        ),
    output:
        f"{UNIT}/{{kind}}.h5",
    log:
        f"{UNIT}/logs/{{kind}}.log",
    benchmark:
        f"{UNIT}/benchmarks/join.{{kind}}.tsv"
    wildcard_constraints:
        variant="|".join(map(re.escape, NMFS)),
        kind="waveforms|spectrograms|activations|fingerprints",
    resources:
        mem_mb=memory("join"),
        runtime=runtime("join"),
    params:
        shards=lambda wildcards, output: str(Path(output[0]).parent / "shards"),
        n_shards=lambda wildcards, input: len(input.shards),
        rejected=lambda wildcards, input: option("rejected", input.rejected),
    message:
        "{wildcards.unit}, {wildcards.variant}: joining {wildcards.kind}"
    shell:
        "python -m specufex_pipe join "
        "--shards {params.shards:q} --n-shards {params.n_shards} {params.rejected:q} "
        "--output {output:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q}"
