"""Great Expectations as code: what each stage must show before the next may run. Importable without Airflow.

A gate measures a stage in SQL into a few small tables without personal values, lets Great Expectations judge those,
writes every verdict to lake/gate_results and raises GateFailed when a blocking one fails.
"""
