"""A load of made-up work, for trying the staff's pages at the size that they must bear."""
