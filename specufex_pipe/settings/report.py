"""The section report."""

from specufex_pipe.settings.section import Section, setting


class ReportSettings(Section):
    """What the report shows."""

    examples_per_cluster: int = setting(4, "events shown for each cluster", ge=1)
