"""The stages of the pipeline, a module each: files in, a model or a computation, a file out."""
