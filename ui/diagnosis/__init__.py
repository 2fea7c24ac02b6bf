"""« Diagnostic »: what works, what does not, what to do, whom to call; and what the référentiel asks for."""

from ui.diagnosis.page import DiagnosisPage

__all__ = ["DiagnosisPage"]
