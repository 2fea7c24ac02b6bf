"""Typed identifiers. Row ids never change once given and survive restarts."""

import secrets
from typing import NewType

__all__ = [
    "AccountId",
    "DraftId",
    "FolderId",
    "MessageId",
    "PlacementId",
    "PromptId",
    "QuestionId",
    "WantId",
    "new_id",
]

AccountId = NewType("AccountId", int)
FolderId = NewType("FolderId", int)
MessageId = NewType("MessageId", int)
"""One content in the store. The header field of RFC 5322 is always called ``rfc_message_id``."""
PlacementId = NewType("PlacementId", int)
"""One message in one folder: what a row of the list is, and the ``id`` of the command line."""
WantId = NewType("WantId", str)
QuestionId = NewType("QuestionId", str)
PromptId = NewType("PromptId", str)
DraftId = NewType("DraftId", str)


def new_id() -> str:
    """128 random bits as 32 hexadecimal digits: ids of wants, questions, prompts and drafts."""
    return secrets.token_hex(16)
