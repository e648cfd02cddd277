rule compared:
    input:
        catalog=f"{RESULTS}/catalog.h5",
        waveforms=files_of_results(of_variant, "waveforms.h5"),
        spectrograms=files_of_results(of_variant, "spectrograms.h5"),
        nmf=files_of_results(model_of_variant, "nmf.h5"),
        hmm=files_of_results(model_of_variant, "hmm.h5"),
        fingerprints=files_of_results(of_variant, "fingerprints.h5"),
        clusters=files_of_results(model_of_variant, "clusters.h5"),
        assignments=files_of_results(of_variant, "assignments.h5"),
        warnings=files_of_results(of_variant, "events.csv-metadata.json"),
    output:
        page=report(
            f"{RESULTS}/compared.html",
            caption="../report/compared.rst",
            category="All results",
            labels={"figure": "compared"},
        ),
        index=f"{RESULTS}/index.html",
    log:
        f"{RESULTS}/logs/compared.log",
    benchmark:
        f"{RESULTS}/benchmarks/compared.tsv"
    resources:
        mem_mb=memory("compared"),
        runtime=runtime("compared"),
    params:
        folders=folders_of_results,
        models=kept_models(),
    message:
        "comparing all results"
    shell:
        "python -m specufex_pipe compared "
        "--folders {params.folders:q} {params.models:q} "
        "--index {output.index:q} --output {output.page:q} --log {log:q}"
