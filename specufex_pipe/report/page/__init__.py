"""The static page of the report."""
