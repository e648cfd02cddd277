rule activations:
    input:
        spectrograms=shard_file("spectrograms.h5"),
        nmf=model_file("nmf.h5"),
    output:
        f"{UNIT_SHARD}/activations.h5",
    log:
        f"{UNIT}/logs/shards/{{shard}}/activations.log",
    benchmark:
        f"{UNIT}/benchmarks/shards/{{shard}}/activations.tsv"
    wildcard_constraints:
        variant=variants_with_own("activations"),
    threads: threads_of("activations")
    resources:
        mem_mb=memory("activations"),
        runtime=runtime("activations"),
    message:
        "{wildcards.unit}, {wildcards.variant}: inferring activations of shard {wildcards.shard}"
    shell:
        "python -m specufex_pipe activations "
        "--spectrograms {input.spectrograms:q} --nmf {input.nmf:q} "
        "--output {output:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q} --threads {threads}"
