rule distances:
    input:
        fingerprints=of_each_nmf(of_variant, "fingerprints.h5"),
        clusters=model_file("clusters.h5"),
        waveforms=unit_file("waveforms.h5"),
        spectrograms=unit_file("spectrograms.h5"),
        catalog=f"{RESULTS}/catalog.h5",
    output:
        f"{UNIT}/distances.h5",
    log:
        f"{UNIT}/logs/distances.log",
    benchmark:
        f"{UNIT}/benchmarks/distances.tsv"
    wildcard_constraints:
        variant=variants_with_own("distances"),
    threads: threads_of("distances")
    resources:
        mem_mb=memory("distances"),
        runtime=runtime("distances"),
    params:
        settings=settings_of("distances"),
    message:
        "{wildcards.unit}, {wildcards.variant}: writing distances between events"
    shell:
        "python -m specufex_pipe distances "
        "--settings {params.settings:q} "
        "--fingerprints {input.fingerprints:q} --clusters {input.clusters:q} --waveforms {input.waveforms:q} --spectrograms {input.spectrograms:q} --catalog {input.catalog:q} "
        "--output {output:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q} --threads {threads}"
