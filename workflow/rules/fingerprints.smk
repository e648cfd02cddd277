rule fingerprints:
    input:
        activations=shard_file("activations.h5"),
        nmf=model_file("nmf.h5"),
        hmm=model_file("hmm.h5"),
    output:
        f"{UNIT_SHARD}/fingerprints.h5",
    log:
        f"{UNIT}/logs/shards/{{shard}}/fingerprints.log",
    benchmark:
        f"{UNIT}/benchmarks/shards/{{shard}}/fingerprints.tsv"
    wildcard_constraints:
        variant=variants_with_own("fingerprints"),
    threads: threads_of("fingerprints")
    resources:
        mem_mb=memory("fingerprints"),
        runtime=runtime("fingerprints"),
    params:
        settings=settings_of("fingerprints"),
    message:
        "{wildcards.unit}, {wildcards.variant}: drawing fingerprints of shard {wildcards.shard}"
    shell:
        "python -m specufex_pipe fingerprints "
        "--settings {params.settings:q} "
        "--activations {input.activations:q} --nmf {input.nmf:q} --hmm {input.hmm:q} "
        "--output {output:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q} --threads {threads}"
