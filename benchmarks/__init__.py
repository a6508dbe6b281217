"""The measured claims, each one command: `make bench`. Never part of the test suite at size."""
