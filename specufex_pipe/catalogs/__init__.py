"""Catalogs: which events there are."""
