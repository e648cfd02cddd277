rule events:
    input:
        assignments=unit_file("assignments.h5"),
        catalog=f"{RESULTS}/catalog.h5",
        waveforms=unit_file("waveforms.h5"),
        spectrograms=unit_file("spectrograms.h5"),
        nmf=of_each_nmf(model_of_variant, "nmf.h5"),
        hmm=of_each_nmf(model_of_variant, "hmm.h5"),
        clusters=model_file("clusters.h5"),
        names=file_of_names,
        labels=labels_if_learned,
        families=families_if_found,
    output:
        table=f"{UNIT}/events.csv",
        description=f"{UNIT}/events.csv-metadata.json",
        quakeml=f"{UNIT}/events.xml",
    log:
        f"{UNIT}/logs/events.log",
    benchmark:
        f"{UNIT}/benchmarks/events.tsv"
    resources:
        mem_mb=memory("events"),
        runtime=runtime("events"),
    params:
        names=option_of_names,
        likeness=options_of_likeness,
    message:
        "{wildcards.unit}, {wildcards.variant}: writing the table of the events, and QuakeML"
    shell:
        "python -m specufex_pipe events "
        "--assignments {input.assignments:q} --catalog {input.catalog:q} --waveforms {input.waveforms:q} --spectrograms {input.spectrograms:q} --nmf {input.nmf:q} --hmm {input.hmm:q} --clusters {input.clusters:q} {params.names:q} {params.likeness:q} "
        "--output {output.table:q} --description {output.description:q} --quakeml {output.quakeml:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q}"
