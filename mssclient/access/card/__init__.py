"""The CPS card, by the official PKCS#11 module or by PC/SC: readers and cards live, one interface.

``thread`` runs every call that touches a card; ``readers`` watches; ``token`` is what the rest of the
program uses; ``pcsc`` and ``module`` are the two routes to the key behind it; ``identity`` is what a
connection shows.
"""
