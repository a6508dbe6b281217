"""The messy files that are written out one by one, by kind (tests/fixtures/messy)."""
