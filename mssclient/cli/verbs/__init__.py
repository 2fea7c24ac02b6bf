"""One module for each group of verbs: ``run(options, output)`` gives the exit code."""
