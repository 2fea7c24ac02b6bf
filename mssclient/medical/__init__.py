"""Medical documents in mail: recognised by evidence, read into one record, delivered to a watched directory.

A new format is one file here (``KIND``, ``recognise``, ``read``) and one name in ``formats.FORMATS``.
"""
