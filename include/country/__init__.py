"""The synthetic country: seeded households, the offices that help them, planted faults and the answer key.

Everything made here is SYNTHETIC 模拟数据. No real person's record is read or written.
"""

from datetime import date

DEFAULT_FIRST_NIGHT = date(2026, 11, 20)
