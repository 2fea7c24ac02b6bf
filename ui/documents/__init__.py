"""What any medical document looks like: result table, narrative, original words."""

from ui.documents.card import DocumentCard
from ui.documents.table import ResultTable

__all__ = ["DocumentCard", "ResultTable"]
