"""FDSN web services: whom to ask, how to ask politely, and what they answered."""
