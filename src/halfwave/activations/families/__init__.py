"""The records, one file a family: every :class:`Activation` in a file here is in the catalogue."""
