"""What the container deployment needs beside the night: its users' passwords, an analyst's question, a rehearsal."""
