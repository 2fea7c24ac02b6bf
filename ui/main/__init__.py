"""The main window: rail, top bar, folders, list, and what the person does with messages."""
