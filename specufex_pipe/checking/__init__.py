"""What a run will find and take, said before anything is computed."""
