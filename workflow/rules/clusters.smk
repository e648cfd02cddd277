rule clusters:
    input:
        fingerprints=of_each_nmf(of_variant, "fingerprints.h5"),
        waveforms=unit_file("waveforms.h5"),
        catalog=catalog_of_features,
    output:
        f"{UNIT}/clusters.h5",
    log:
        f"{UNIT}/logs/clusters.log",
    benchmark:
        f"{UNIT}/benchmarks/clusters.tsv"
    wildcard_constraints:
        variant=variants_with_own("clusters"),
    resources:
        mem_mb=memory("clusters"),
        runtime=runtime("clusters"),
    params:
        settings=settings_of("clusters"),
        catalog=lambda wildcards, input: option("catalog", input.catalog),
    message:
        "{wildcards.unit}, {wildcards.variant}: learning clusters"
    shell:
        "python -m specufex_pipe clusters "
        "--settings {params.settings:q} "
        "--fingerprints {input.fingerprints:q} --waveforms {input.waveforms:q} {params.catalog:q} "
        "--output {output:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q}"
