"""The project package: wiring, no business logic.

Imports nothing: `smarthub_portal.run` starts before there are settings or keys. The Celery app is loaded by `apps.py`.
"""
