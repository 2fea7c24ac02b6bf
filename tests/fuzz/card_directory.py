"""Random damage to a card's directory: ``python -m tests.fuzz.card_directory --seconds 60``."""

import random

from tests.access.card.damage import FILES, damage, examine
from tests.fuzz.seeds import campaign

if __name__ == "__main__":
    campaign("card_directory", lambda seed: damage(FILES, random.Random(seed)), examine, slowest=1.0)
