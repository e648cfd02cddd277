rule neighbours:
    input:
        fingerprints=of_each_nmf(of_variant, "fingerprints.h5"),
        clusters=model_file("clusters.h5"),
        waveforms=unit_file("waveforms.h5"),
        catalog=f"{RESULTS}/catalog.h5",
    output:
        f"{UNIT}/neighbours.h5",
    log:
        f"{UNIT}/logs/neighbours.log",
    benchmark:
        f"{UNIT}/benchmarks/neighbours.tsv"
    wildcard_constraints:
        variant=variants_with_own("neighbours"),
    resources:
        mem_mb=memory("neighbours"),
        runtime=runtime("neighbours"),
    params:
        settings=settings_of("neighbours"),
    message:
        "{wildcards.unit}, {wildcards.variant}: finding the nearest events of each event"
    shell:
        "python -m specufex_pipe neighbours "
        "--settings {params.settings:q} "
        "--fingerprints {input.fingerprints:q} --clusters {input.clusters:q} --waveforms {input.waveforms:q} --catalog {input.catalog:q} "
        "--output {output:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q}"
