"""`targeted check`: a package played through the centre's own door, on the clerk's machine, before it is sent.

Needs neither Airflow nor dbt nor Great Expectations, no network, and leaves nothing behind but its report.
"""
