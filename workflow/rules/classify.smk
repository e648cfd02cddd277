rule classify:
    input:
        fingerprints=of_each_nmf(of_variant, "fingerprints.h5"),
        clusters=model_file("clusters.h5"),
        classifier=model_file("classifier.h5"),
        waveforms=unit_file("waveforms.h5"),
        catalog=f"{RESULTS}/catalog.h5",
        labels=table_of_labels(),
    output:
        f"{UNIT}/labels.h5",
    log:
        f"{UNIT}/logs/classify.log",
    benchmark:
        f"{UNIT}/benchmarks/classify.tsv"
    wildcard_constraints:
        variant=variants_with_own("classify"),
    resources:
        mem_mb=memory("classify"),
        runtime=runtime("classify"),
    params:
        settings=settings_of("classify"),
        labels=lambda wildcards, input: option("labels", input.labels),
    message:
        "{wildcards.unit}, {wildcards.variant}: giving events labels"
    shell:
        "python -m specufex_pipe classify "
        "--settings {params.settings:q} "
        "--fingerprints {input.fingerprints:q} --clusters {input.clusters:q} --classifier {input.classifier:q} --waveforms {input.waveforms:q} --catalog {input.catalog:q} {params.labels:q} "
        "--output {output:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q}"
