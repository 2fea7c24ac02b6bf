"""Changing the password at the operator, by whichever door that has."""
