"""Made-up benchmark files, as Snakemake writes them, and where a page has them."""

COLUMNS = (
    "s", "h:m:s", "max_rss", "max_vms", "max_uss", "max_pss", "io_in", "io_out", "mean_load",
    "cpu_time",
)  # fmt: skip
# The part of a page that differs between runs of the same files.
RUN_TIMES = r"(?s)<h3>Run times</h3>.*?(?=</section>)"


def write_benchmark(path, **values):
    """Write a benchmark file; what is not given was not measured."""
    path.parent.mkdir(parents=True, exist_ok=True)
    row = (values.get(name, "-") for name in COLUMNS)
    path.write_text("\t".join(COLUMNS) + "\n" + "\t".join(row) + "\n", encoding="utf-8")
