"""From the lake to the files that are read: dbt builds, and what passed the gates is published in one swap."""
