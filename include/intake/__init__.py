"""From the inbox to the lake: receive, check, judge."""
