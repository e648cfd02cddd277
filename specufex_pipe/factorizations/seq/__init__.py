"""SeqNMF: components that last several frames."""
