"""What keeps a state folder safe from one machine's loss: backup and restore. Needs no Airflow and no warehouse."""
