rule fingerprints:
    input:
        activations=f"{RUN_SHARD}/activations.h5",
        nmf=f"{MODELS}/nmf.h5",
        hmm=f"{MODELS}/hmm.h5",
    output:
        f"{RUN_SHARD}/fingerprints.h5",
    log:
        f"{RUN_LOGS}/shards/{{shard}}/fingerprints.log",
    benchmark:
        f"{RUN_BENCHMARKS}/shards/{{shard}}/fingerprints.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    threads: threads_of("fingerprints")
    resources:
        mem_mb=memory("fingerprints"),
        runtime=runtime("fingerprints"),
    message:
        "{wildcards.channel}{wildcards.run}: drawing fingerprints of shard {wildcards.shard}"
    shell:
        "python -m specufex_pipe fingerprints "
        "--activations {input.activations:q} --nmf {input.nmf:q} --hmm {input.hmm:q} "
        "--output {output:q} --log {log:q} --threads {threads}"
