"""From the window of an event in a source to one clean trace."""
