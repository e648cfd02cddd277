rule background:
    input:
        catalog=f"{RESULTS}/catalog.h5",
        index=ancient(f"{RESULTS}/index.csv"),
        shards=lambda wildcards: ancient(
            f"{RESULTS}/shards/{{variant}}.csv".format(variant=owner("shards", wildcards.variant))
        ),
        nmf=of_each_nmf(model_of_variant, "nmf.h5"),
        hmm=of_each_nmf(model_of_variant, "hmm.h5"),
        clusters=model_file("clusters.h5"),
        stations=stations_to_come(),
    output:
        f"{UNIT}/background.h5",
    log:
        f"{UNIT}/logs/background.log",
    benchmark:
        f"{UNIT}/benchmarks/background.tsv"
    wildcard_constraints:
        variant=variants_with_own("background"),
    resources:
        mem_mb=memory("background"),
        runtime=runtime("background"),
    params:
        settings=settings_of("background"),
        channel=lambda wildcards: channel_of_folder(wildcards.unit),
        # What decides whether they are read again, whatever has become of the index.
        state=lambda wildcards: state_of(wildcards.unit, wildcards.variant, ALL_DATA),
        stations=stations_of,
    message:
        "{wildcards.unit}, {wildcards.variant}: assigning windows of background to clusters"
    shell:
        "python -m specufex_pipe background "
        "--settings {params.settings:q} --channel {params.channel:q} "
        "--catalog {input.catalog:q} --index {input.index:q} {params.stations:q} "
        "--nmf {input.nmf:q} --hmm {input.hmm:q} --clusters {input.clusters:q} "
        "--output {output:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q} --threads {threads}"
