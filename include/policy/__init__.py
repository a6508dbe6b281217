"""Rulebooks of policy: a file that a policy officer edits is checked line by line, and tried out on last night."""
