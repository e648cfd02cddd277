rule differential_times:
    input:
        families=f"{RESULTS}/repeaters/{{variant}}/families.h5",
    output:
        hypodd=f"{RESULTS}/repeaters/{{variant}}/dt.cc",
        growclust=f"{RESULTS}/repeaters/{{variant}}/xcordata.txt",
        events=f"{RESULTS}/repeaters/{{variant}}/event_numbers.csv",
        stations=f"{RESULTS}/repeaters/{{variant}}/station_labels.csv",
    log:
        f"{RESULTS}/logs/differential_times/{{variant}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/differential_times/{{variant}}.tsv"
    wildcard_constraints:
        variant=variants_with_own("differential_times"),
    resources:
        mem_mb=memory("differential_times"),
        runtime=runtime("differential_times"),
    params:
        settings=settings_of("differential_times"),
        phase=phase_of,
    message:
        "{wildcards.variant}: writing differential times"
    shell:
        "python -m specufex_pipe differential_times "
        "--settings {params.settings:q} --families {input.families:q} --phase {params.phase:q} "
        "--output {output.hypodd:q} --growclust {output.growclust:q} --events {output.events:q} --stations {output.stations:q} "
        "--log {log:q} --label {wildcards.variant:q}"
