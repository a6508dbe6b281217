"""What people watch: alerts that come once and say when it is over, and the board of the morning."""
