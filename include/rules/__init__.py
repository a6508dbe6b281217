"""The catalogue of checks (YAML) and its compiler to SQL.

A rule is stated once, in `catalogue/*.yaml`; its id is the same in the finding, the letter, the gate, the alert and
the runbook. Nothing here reads the lake: `include.intake` brings the rows.
"""

from include.rules.catalogue import catalogue, rule, rule_rows
from include.rules.model import Rule, Severity

__all__ = ["Rule", "Severity", "catalogue", "rule", "rule_rows"]
