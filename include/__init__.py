"""All logic of the night and around it, a room for each of its parts; importable without Airflow."""
