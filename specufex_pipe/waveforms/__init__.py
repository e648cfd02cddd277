"""From a catalog and an archive of waveforms to one clean trace an event."""
