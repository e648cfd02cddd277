"""Repeating earthquakes: events whose waveforms are alike, in families, and their delays."""
