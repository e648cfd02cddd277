rule report:
    input:
        waveforms=f"{RESULTS}/waveforms.h5",
        spectrograms=f"{RESULTS}/spectrograms.h5",
        nmf=f"{CHANNEL_MODELS}/nmf.h5",
        activations=f"{RESULTS}/activations.h5",
        hmm=f"{CHANNEL_MODELS}/hmm.h5",
        fingerprints=f"{RESULTS}/fingerprints.h5",
        clusters=f"{RESULTS}/clusters.csv",
        model=f"{CHANNEL_MODELS}/clusters.h5",
        rejected=f"{RESULTS}/rejected.csv",
        comparison=f"{RESULTS}/comparison.h5" if settings.compared_methods else [],
    output:
        **figures_of_report(),
        page=f"{RESULTS}/report.html",
    log:
        f"{LOGS}/report.log",
    benchmark:
        f"{BENCHMARKS}/report.tsv"
    conda:
        "../envs/specufex_pipe.yaml"
    resources:
        mem_mb=memory("report"),
        runtime=runtime("report"),
    params:
        settings=settings.stage("report"),
        figures=lambda wildcards, output: str(Path(output.overview).parent),
        comparison=lambda wildcards, input: option("comparison", input.comparison),
    message:
        "{wildcards.channel}: writing the report"
    shell:
        "python -m specufex_pipe report "
        "--settings {params.settings:q} "
        "--waveforms {input.waveforms:q} --spectrograms {input.spectrograms:q} --nmf {input.nmf:q} --activations {input.activations:q} --hmm {input.hmm:q} --fingerprints {input.fingerprints:q} --clusters {input.clusters:q} --model {input.model:q} --rejected {input.rejected:q} {params.comparison:q} "
        "--figures {params.figures:q} --output {output.page:q} --log {log:q}"
