"""Fault injection: the real program under load while its parts die, stall and repeat themselves; see docs/reliability.md."""
