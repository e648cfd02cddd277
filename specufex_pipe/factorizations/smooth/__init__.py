"""Smooth NMF and smooth convex NMF."""
