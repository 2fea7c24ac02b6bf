"""The engine: the one writer, the workers, the parsers. :mod:`mssclient.engine.client` is its door."""
