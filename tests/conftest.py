"""What all tests share."""

from hypothesis import settings

# Machines that run tests are shared: an example may take its time.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
