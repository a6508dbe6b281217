"""A rulebook with what was found wrong with it: read, checked against the one in force, and told to its officer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from include.policy.check import check_rules
from include.policy.facts import RULEBOOK, facts
from include.policy.problem import Problem
from include.policy.read import Rule, read_rules, write_seed


@dataclass(frozen=True)
class Rulebook:
    """The rules that would be in force if the file were taken, and the problems of the file."""

    rules: tuple[Rule, ...]
    problems: tuple[Problem, ...]
    own: int
    """How many of the rules the file itself holds."""
    columns: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """True when nothing refuses it."""
        return not any(problem.refuses for problem in self.problems)

    def report(self, name: str) -> str:
        """What an officer reads: each problem with its line, in Chinese and English, and the sum."""
        refused = sum(problem.refuses for problem in self.problems)
        advice = len(self.problems) - refused
        verdict = f"refused 不予采用: {refused} errors 处错误" if refused else "sound 可以采用"
        total = f"{name}: {self.own} rules 条规则, {verdict}, {advice} to look at 处请留意"
        return "\n".join([*(f"{name} {problem}" for problem in self.problems), total])

    def as_seed(self) -> str:
        """The rules as the text of the seed that dbt loads."""
        return write_seed(self.rules, self.columns)


def load(path: Path, adds: bool = False) -> Rulebook:
    """Read and check a rulebook; with `adds`, its rules are added to those in force. Raises FileNotFoundError."""
    known = facts()
    in_force = [Rule(0, rule.values) for rule in read_rules(RULEBOOK, known.columns)[0]]
    rules, problems = read_rules(path, known.columns)
    # A file whose form is broken is not judged further: slipped cells would look like a hundred false rules.
    found = problems or check_rules(rules, known, in_force, adds)
    together = (*in_force, *rules) if adds else tuple(rules)
    return Rulebook(together, tuple(sorted(found)), len(rules), known.columns)
