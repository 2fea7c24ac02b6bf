"""One module for each kind of want: how it is carried out, so that a second time does no harm."""
