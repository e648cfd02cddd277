rule rejected:
    input:
        # When it has been read anew there may be more shards, or fewer.
        catalog=ancient(rules.catalog.output.table),
        waveforms=files_of_shards("waveforms.h5"),
        spectrograms=files_of_shards("spectrograms.h5"),
    output:
        f"{UNIT}/rejected.csv",
    log:
        f"{UNIT}/logs/rejected.log",
    benchmark:
        f"{UNIT}/benchmarks/rejected.tsv"
    wildcard_constraints:
        variant=variants_with_own("rejected"),
    localrule: True
    params:
        # A path each would be more than a command line holds.
        waveforms=shards_folder("waveforms"),
        spectrograms=shards_folder("spectrograms"),
        n_shards=lambda wildcards, input: len(input.waveforms),
    message:
        "{wildcards.unit}, {wildcards.variant}: listing rejected events"
    shell:
        "python -m specufex_pipe rejected "
        "--waveform-shards {params.waveforms:q} --spectrogram-shards {params.spectrograms:q} "
        "--n-shards {params.n_shards} "
        "--output {output:q} --log {log:q} --label {wildcards.unit:q}/{wildcards.variant:q}"
