"""Everything that must outlive the process, one file a subject, SQL beside its method.

The same SQL runs on SQLite and PostgreSQL (`$1` parameters, `ON CONFLICT`, `RETURNING`); the two places where
they differ are in `schema.py`. No body of a message is ever stored, but for the inbox and our own notices,
which are encrypted and deleted once they have arrived.
"""

from __future__ import annotations

from bridge.store.database import Store

__all__ = ["Store"]
