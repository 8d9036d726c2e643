"""A marketplace whose outside world is a folder of files: what was done there, counted."""
