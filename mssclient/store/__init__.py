"""The encrypted local store: the meeting place of the window and the engine.

One SQLite file per profile (``store``), its key (``key``), one writer thread, and read-only views
(``view``). The window imports ``view`` and ``profile`` only, which stay light. Everything that writes
takes a :class:`~mssclient.store.store.Transaction` and runs on the writer thread.
"""
