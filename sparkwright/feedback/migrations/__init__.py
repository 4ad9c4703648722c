"""Steps from one layout of the decision log to the next, oldest first; a released step is never edited.

Each has the two names that Alembic reads, and ``upgrade(op)``. A new column of
:class:`data_contracts.tables.Decision` needs a step; give it a default in the database, so that services of the version
before can go on writing while the new one is rolled out.
"""
