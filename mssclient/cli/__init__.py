"""The command line (CLI.md, a contract): the same engine without a window."""
