"""The SmartHub platform, imitated: own process, own SQLite file, imports none of the portal's packages.

Read in this order: `routes` (what exists), `gate` (what happens to every request), `views` (one function per
operation), `effects` (what a mutation does), `control` (the back door for tests and demos).
"""
