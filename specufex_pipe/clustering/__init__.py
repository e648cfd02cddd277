"""Groups of events with similar features."""
