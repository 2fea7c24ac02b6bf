"""What crosses walls: records, wants, questions, prompts, changes, errors, and the language.

Everything here is a frozen value and imports nothing but msgspec; the same definition goes over the
socket, into the store, and out as ``--json``.
"""
