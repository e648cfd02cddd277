"""Events as frames: the data that the models see."""
