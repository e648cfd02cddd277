"""The last lines of a failed run are the errors of its jobs."""

from specufex_pipe.jobs.failures import last_words

SNAKEMAKE = """
Error in rule nmf:
    log: logs/nmf.log (check log file(s) for error details)
    shell:
        python -m specufex_pipe nmf
Error in rule join:
    log: logs/join 2.log (check log file(s) for error details)
Error in rule hmm:
    log: logs/gone.log (check log file(s) for error details)
Error in rule report:
    log: logs/killed.log (check log file(s) for error details)
Error in rule nmf:
    log: logs/nmf.log (check log file(s) for error details)
"""


def test_the_errors_of_failed_jobs_are_told_once_each(tmp_path):
    (tmp_path / "snakemake.log").write_text(SNAKEMAKE, encoding="utf-8")
    (tmp_path / "logs").mkdir()
    for name, text in {
        "nmf": "12:00:01 error: nmf: one\n12:00:02 error: nmf: bad\n",
        "join 2": "12:00:03 A/main: error: join: no event is left:\n  3 x gap\n",
        "killed": "12:00:04 a line\n",
    }.items():
        (tmp_path / f"logs/{name}.log").write_text(text, encoding="utf-8")
    assert last_words([tmp_path / "snakemake.log"], tmp_path) == [
        "12:00:02 error: nmf: bad",
        "12:00:03 A/main: error: join: no event is left:\n  3 x gap",
    ]
