"""Scores pairs of near_records with splink, the record linkage library, on the connection that holds them.

Not imported by what a clerk's own check runs: splink comes with the centre's packages alone, and takes its time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from include.intake.near_weights import Weights

if TYPE_CHECKING:
    from splink import DuckDBAPI, Linker, SettingsCreator

_IN_COMMON = "len(list_intersect(others_l, others_r))"

#: Each comparison: when nothing can be said of a pair, and its levels from the nearest to the one that is left.
COMPARISONS: dict[str, tuple[str, tuple[tuple[str, str | None], ...]]] = {
    "birth_date": (
        "birth_date_l is null or birth_date_r is null",
        (("same", "birth_date_l = birth_date_r"), ("different", None)),
    ),
    "sex": ("sex_l is null or sex_r is null", (("same", "sex_l = sex_r"), ("different", None))),
    "household": (
        "len(others_l) = 0 or len(others_r) = 0",
        (
            ("three_others", f"{_IN_COMMON} >= 3"),
            ("two_others", f"{_IN_COMMON} = 2"),
            ("one_other", f"{_IN_COMMON} = 1"),
            ("no_other", None),
        ),
    ),
    "place": (
        "village_code_l is null or village_code_r is null",
        (
            ("village", "village_code_l = village_code_r"),
            ("county", "county_id_l = county_id_r"),
            ("elsewhere", None),
        ),
    ),
}
_BLOCKS = "l.blocks = r.blocks and l.household_key <> r.household_key and not (l.has_number and r.has_number)"


def score(connection: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """Make near_pairs and near_groups of the pairs within a block that reach the threshold, in two households, one of
    them without a usable number. A group is everybody whom such pairs connect."""
    from splink.clustering import cluster_pairwise_predictions_at_threshold

    api, linker = make_linker(connection, weights)
    scored = linker.inference.predict(threshold_match_probability=weights.probability_min)
    connection.execute(
        f"""create or replace temp table near_pairs as
        select record_l, record_r, match_probability, match_weight from {scored.physical_name}"""
    )
    connection.execute(
        """create or replace temp table near_nodes as
        select record_l as record from near_pairs union select record_r from near_pairs"""
    )
    if not connection.execute("select 1 from near_nodes limit 1").fetchone():
        connection.execute("create or replace temp table near_groups (record bigint, group_id bigint)")
        return
    groups = cluster_pairwise_predictions_at_threshold(
        api.register("near_nodes"),
        api.register("near_pairs"),
        api,
        node_id_column_name="record",
        threshold_match_probability=weights.probability_min,
    )
    connection.execute(
        f"""create or replace temp table near_groups as
        select record, cluster_id as group_id from {groups.physical_name}"""
    )


def make_linker(connection: duckdb.DuckDBPyConnection, weights: Weights) -> tuple[DuckDBAPI, Linker]:
    """A linker of near_records by these weights."""
    from splink import DuckDBAPI, Linker
    from splink.blocking_rule_library import CustomRule

    api = DuckDBAPI(connection)
    rule = CustomRule(_BLOCKS, sql_dialect="duckdb", arrays_to_explode=["blocks"])
    return api, Linker(api.register("near_records"), settings(weights, [rule]), log_level=None)


def settings(weights: Weights, rules: list[Any]) -> SettingsCreator:
    """The model of these weights as splink's settings; `rules` say which pairs are looked at."""
    import splink.comparison_level_library as levels
    import splink.comparison_library as comparisons
    from splink import SettingsCreator

    made: list[Any] = []
    for name, (unknown, steps) in COMPARISONS.items():
        given = weights.levels[name]
        of_it: list[Any] = [levels.CustomLevel(unknown, label_for_charts="unknown").configure(is_null_level=True)]
        for level, sql in steps:
            m, u = given[level]
            one = levels.CustomLevel(sql, label_for_charts=level) if sql else levels.ElseLevel()
            of_it.append(one.configure(m_probability=m, u_probability=u))
        made.append(comparisons.CustomComparison(output_column_name=name, comparison_levels=of_it))
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record",
        probability_two_random_records_match=weights.prior,
        blocking_rules_to_generate_predictions=rules,
        comparisons=made,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )
