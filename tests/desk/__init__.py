"""A private screen with its accessibility tree, on which tests use the real window as a person would."""
