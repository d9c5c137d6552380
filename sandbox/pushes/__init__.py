"""Pushes: what the platform tells the enterprise by itself, one POST a piece.

Read in this order: `targets` (where to), `bodies` (what), `table` (kept until delivered), `emit` (by changes),
`orders` (on demand, `/control/pushes`), `sender` (the thread that delivers).
"""
