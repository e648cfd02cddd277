rule assign:
    input:
        fingerprints=of_each_nmf(of_variant, "fingerprints.h5"),
        clusters=model_file("clusters.h5"),
        waveforms=unit_file("waveforms.h5"),
        catalog=f"{RESULTS}/catalog.h5",
    output:
        f"{UNIT}/assignments.h5",
    log:
        f"{UNIT}/logs/assign.log",
    benchmark:
        f"{UNIT}/benchmarks/assign.tsv"
    wildcard_constraints:
        variant=variants_with_own("assign"),
    resources:
        mem_mb=memory("assign"),
        runtime=runtime("assign"),
    message:
        "{wildcards.unit}, {wildcards.variant}: assigning events to clusters"
    shell:
        "python -m specufex_pipe assign "
        "--fingerprints {input.fingerprints:q} --clusters {input.clusters:q} --waveforms {input.waveforms:q} --catalog {input.catalog:q} "
        "--output {output:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q}"
