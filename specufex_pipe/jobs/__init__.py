"""What the workflow asks: what jobs need, and which variant a file belongs to."""
