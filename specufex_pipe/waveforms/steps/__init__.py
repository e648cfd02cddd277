"""The steps that turn a record into the waveform of an event; the settings order them."""
