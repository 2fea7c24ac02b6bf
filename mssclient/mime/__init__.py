"""Bytes to parts and back: the one MIME reading, HTML made safe, letters composed. No network, no store."""
