"""Events as frames: the data that the models see, whole, in views, in batches."""
