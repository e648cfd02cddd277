# What the rules have in common that show the names of clusters.
import json


def file_of_names(wildcards):
    """Return the table of names of clusters, or nothing where there is none."""
    path = settings.variant(wildcards.variant).clusters.names_file
    return absolute(path) if path else []


def option_of_names(wildcards):
    """Return the option that gives a stage the names of clusters, or nothing.

    Snakemake does not compare parameters that are made from the names of inputs.
    """
    names = settings.variant(wildcards.variant).clusters.names
    return option("names", file_of_names(wildcards) or (names and json.dumps(names)))
