"""Clean packages, the mess that offices make of them, and a night that shows what was read of it."""
