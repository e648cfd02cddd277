rule report:
    input:
        catalog=f"{RESULTS}/catalog.h5",
        waveforms=unit_file("waveforms.h5"),
        spectrograms=unit_file("spectrograms.h5"),
        nmf=of_each_nmf(model_of_variant, "nmf.h5"),
        activations=unit_file("activations.h5"),
        hmm=of_each_nmf(model_of_variant, "hmm.h5"),
        fingerprints=of_each_nmf(of_variant, "fingerprints.h5"),
        clusters=model_file("clusters.h5"),
        assignments=unit_file("assignments.h5"),
        background=if_drawn("background.h5"),
        comparison=if_compared("comparison.h5"),
        families=families_if_found,
        labels=labels_if_learned,
        evaluation=evaluation_if_learned,
        named_files=list(map(absolute, settings.report.files.values())),
        stations=inputs_of_stations(),
        names=file_of_names,
    output:
        page=report(
            f"{UNIT}/report.html",
            caption="../report/report.rst",
            category="{unit}",
            subcategory="{variant}",
            labels={"figure": "report"},
        ),
    log:
        f"{UNIT}/logs/report.log",
    benchmark:
        f"{UNIT}/benchmarks/report.tsv"
    threads: threads_of("report")
    resources:
        mem_mb=memory("report"),
        runtime=runtime("report"),
    params:
        settings=settings_of("report"),
        background=lambda wildcards, input: option("background", input.background),
        comparison=lambda wildcards, input: option("comparison", input.comparison),
        likeness=options_of_likeness,
        stations=option_of_stations(),
        stations_digest=digest_of_stations,
        names=option_of_names,
    message:
        "{wildcards.unit}, {wildcards.variant}: writing the report"
    shell:
        "python -m specufex_pipe report "
        "--settings {params.settings:q} --variant {wildcards.variant:q} "
        "--catalog {input.catalog:q} --waveforms {input.waveforms:q} --spectrograms {input.spectrograms:q} --nmf {input.nmf:q} --activations {input.activations:q} --hmm {input.hmm:q} --fingerprints {input.fingerprints:q} --clusters {input.clusters:q} --assignments {input.assignments:q} {params.background:q} {params.comparison:q} {params.likeness:q} {params.stations:q} {params.names:q} "
        "--output {output.page:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q} --threads {threads}"
