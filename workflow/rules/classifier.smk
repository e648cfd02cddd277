rule classifier:
    input:
        labels=table_of_labels(),
        fingerprints=of_each_nmf(of_variant, "fingerprints.h5"),
        clusters=unit_file("clusters.h5"),
        spectrograms=unit_file("spectrograms.h5"),
        waveforms=unit_file("waveforms.h5"),
        catalog=f"{RESULTS}/catalog.h5",
        families=families_if_found,
    output:
        classifier=f"{UNIT}/classifier.h5",
        evaluation=f"{UNIT}/evaluation.h5",
    log:
        f"{UNIT}/logs/classifier.log",
    benchmark:
        f"{UNIT}/benchmarks/classifier.tsv"
    wildcard_constraints:
        variant=variants_with_own("classifier"),
    resources:
        mem_mb=memory("classifier"),
        runtime=runtime("classifier"),
    params:
        settings=settings_of("classifier"),
        families=lambda wildcards, input: option("families", input.families),
    message:
        "{wildcards.unit}, {wildcards.variant}: learning labels"
    shell:
        "python -m specufex_pipe classifier "
        "--settings {params.settings:q} --labels {input.labels:q} "
        "--fingerprints {input.fingerprints:q} --clusters {input.clusters:q} --spectrograms {input.spectrograms:q} --waveforms {input.waveforms:q} --catalog {input.catalog:q} {params.families:q} "
        "--output {output.classifier:q} --evaluation {output.evaluation:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q}"
