"""What the workflow asks: what jobs need."""
