"""« Télécharger les résultats HPRIM »: choose the directory, deliver, see what was and was not written."""

from ui.hprim.dialog import DeliveryDialog, summary_words

__all__ = ["DeliveryDialog", "summary_words"]
