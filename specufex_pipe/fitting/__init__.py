"""What all models share: parameters, files, the loop of a fit, checkpoints."""
