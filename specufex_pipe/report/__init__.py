"""The report: a page a unit and variant; its data are gathered here, and shown in page/."""
