rule activations:
    input:
        spectrograms=f"{SHARD}/spectrograms.h5",
        nmf=f"{MODELS}/nmf.h5",
    output:
        f"{RUN_SHARD}/activations.h5",
    log:
        f"{RUN_LOGS}/shards/{{shard}}/activations.log",
    benchmark:
        f"{RUN_BENCHMARKS}/shards/{{shard}}/activations.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    threads: threads_of("activations")
    resources:
        mem_mb=memory("activations"),
        runtime=runtime("activations"),
    message:
        "{wildcards.channel}{wildcards.run}: inferring activations of shard {wildcards.shard}"
    shell:
        "python -m specufex_pipe activations "
        "--spectrograms {input.spectrograms:q} --nmf {input.nmf:q} "
        "--output {output:q} --log {log:q} --threads {threads}"
