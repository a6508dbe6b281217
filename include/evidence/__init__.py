"""What a measure did: its effect with interval, overlap, cost and grade, or a refusal that says why."""
