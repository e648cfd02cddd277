"""Waveforms of web services: what to ask of whom, and an archive of what came."""
