"""What a person sees. Imports only ``engine.client``, ``model`` and ``resources`` of the rest."""
