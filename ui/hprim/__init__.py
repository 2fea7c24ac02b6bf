"""« Télécharger les résultats HPRIM »: choose the directory, deliver, see what was written and what was not."""

from ui.hprim.dialog import DeliveryDialog

__all__ = ["DeliveryDialog"]
