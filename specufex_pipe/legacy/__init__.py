"""Files of SpecUFEx 0.1.1."""
