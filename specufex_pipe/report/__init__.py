"""The report: one page a channel that shows the clusters, the models and what was left out."""
