"""The program `specufex-pipe`: projects, and what is done with them."""
