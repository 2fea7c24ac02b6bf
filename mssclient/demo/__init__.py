"""The demonstration operator: a small MSSanté operator on loopback, with the mail of an invented practice.

It is a program of its own (``python -m mssclient.demo``): IMAP and submission share one asyncio loop in a
child process, so that its repairs of pymap stay outside of the client. This module itself is light:
:func:`launch` starts that process.
"""

from mssclient.demo.launch import DemoAccount, DemoOperator, launch

__all__ = ["DemoAccount", "DemoOperator", "launch"]
