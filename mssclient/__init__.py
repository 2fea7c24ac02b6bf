"""MSS Client: the engine and everything below it. No Qt anywhere in this package."""

__version__ = "0.1.0"
