"""Where a published figure comes from: what each job of a night read and wrote, as OpenLineage events in a file."""
