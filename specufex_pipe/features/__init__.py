"""From spectrograms to a feature matrix, a row an event; see docs/features.md."""
