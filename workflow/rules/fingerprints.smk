rule fingerprints:
    input:
        activations=f"{RESULTS}/activations.h5",
        nmf=f"{RESULTS}/nmf.h5",
        hmm=f"{RESULTS}/hmm.h5",
    output:
        f"{RESULTS}/fingerprints.h5",
    log:
        f"{LOGS}/fingerprints.log",
    benchmark:
        f"{BENCHMARKS}/fingerprints.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    threads: 8
    message:
        "{wildcards.channel}: drawing fingerprints"
    shell:
        "python -m specufex_pipe fingerprints "
        "--activations {input.activations:q} --nmf {input.nmf:q} --hmm {input.hmm:q} "
        "--output {output:q} --log {log:q} --threads {threads}"
