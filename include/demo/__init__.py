"""A local Airflow on this machine alone: the demonstration (`make run`) and the UI (`make up`)."""
