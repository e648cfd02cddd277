rule explorer:
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
        families=families_if_found,
        named_files=list(map(absolute, settings.report.map_files)),
        stations=inputs_of_stations(),
        names=file_of_names,
    output:
        # What the page has beside it, explorer_data, is no output: a page that holds all has none,
        # and Snakemake would miss it.
        page=f"{UNIT}/explorer.html",
    log:
        f"{UNIT}/logs/explorer.log",
    benchmark:
        f"{UNIT}/benchmarks/explorer.tsv"
    threads: threads_of("explorer")
    resources:
        mem_mb=memory("explorer"),
        runtime=runtime("explorer"),
    params:
        settings=settings_of("explorer"),
        background=lambda wildcards, input: option("background", input.background),
        likeness=options_of_likeness,
        stations=option_of_stations(),
        stations_digest=digest_of_stations,
        names=option_of_names,
    message:
        "{wildcards.unit}, {wildcards.variant}: writing the explorer"
    shell:
        "python -m specufex_pipe explorer "
        "--settings {params.settings:q} --variant {wildcards.variant:q} "
        "--catalog {input.catalog:q} --waveforms {input.waveforms:q} --spectrograms {input.spectrograms:q} --nmf {input.nmf:q} --activations {input.activations:q} --hmm {input.hmm:q} --fingerprints {input.fingerprints:q} --clusters {input.clusters:q} --assignments {input.assignments:q} {params.background:q} {params.likeness:q} {params.stations:q} {params.names:q} "
        "--output {output.page:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q} --threads {threads}"
