"""Sources: where waveforms come from."""
