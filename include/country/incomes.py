"""Incomes by source that add up: wage + business + property + transfer - costs = net, in whole yuan, kept in fen."""

from __future__ import annotations

import numpy as np

from include.country.tables import Floats, Ints, Mask, Table, full, ints, uniform

_FEN = 100


def _yuan(amount: Floats) -> Ints:
    return ints(np.rint(amount)) * _FEN


def split_income(
    rng: np.random.Generator, net: Floats, workers: Ints, able: Ints, pensioners: Ints, on_floor: Mask, helped: Mask
) -> Table:
    """Break the household's net income (yuan) into its sources.

    A wage is there only where somebody works away from the farm. Those without anybody able to work live on transfers.
    """
    n = len(net)
    transfer_share = np.where(able > 0, uniform(rng, 0.06, 0.22, n), uniform(rng, 0.60, 0.85, n))
    transfer_share = transfer_share + np.minimum(pensioners, 2) * 0.03
    property_share = np.where(rng.random(n) < 0.6, uniform(rng, 0.0, 0.04, n), 0.0)
    wage_share = np.where(workers > 0, uniform(rng, 0.40, 0.66, n), 0.0)
    cost_ratio = uniform(rng, 0.15, 0.45, n)
    wage = np.where(workers > 0, np.maximum(net * wage_share, 200.0), 0.0)
    wage_fen, property_fen = _yuan(wage), _yuan(net * property_share)
    transfer_fen = _yuan(net * transfer_share)
    left = np.maximum(net - (wage_fen + property_fen + transfer_fen) / _FEN, 0.0)
    gross_fen, cost_fen = _yuan(left / (1 - cost_ratio)), _yuan(left * cost_ratio / (1 - cost_ratio))
    share = np.where(on_floor, uniform(rng, 0.45, 0.8, n), np.where(helped, uniform(rng, 0.1, 0.4, n), 0.0))
    assistance_fen = np.minimum(_yuan(transfer_fen / _FEN * share), transfer_fen)
    return {
        "wage_income": wage_fen,
        "business_income": gross_fen,
        "property_income": property_fen,
        "transfer_income": transfer_fen,
        "assistance_income": assistance_fen,
        "production_costs": cost_fen,
        "net_income": wage_fen + gross_fen + property_fen + transfer_fen - cost_fen,
    }


def lose_harvest(rng: np.random.Generator, incomes: Table, which: Mask) -> None:
    """Give some households a year in which the farm cost more than all they earned: a negative net income."""
    n = int(which.sum())
    short = _yuan(uniform(rng, 300, 3000, n))
    earned = sum(
        (incomes[part][which] for part in ("wage_income", "business_income", "property_income", "transfer_income")),
        full(n, 0),
    )
    incomes["production_costs"][which] = earned + short
    incomes["net_income"][which] = -short


def medical_cost(rng: np.random.Generator, size: Ints, chronic: Ints, serious: Ints) -> Ints:
    """Medical spending out of pocket in fen: never zero where somebody is ill."""
    n = len(size)
    base = size * uniform(rng, 30, 300, n)
    return _yuan(base + chronic * uniform(rng, 700, 3500, n) + serious * uniform(rng, 5000, 32000, n))
