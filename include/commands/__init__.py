"""Commands that run steps of the night: `targeted night`, `retention` and `person`. Mounted by include.cli."""
