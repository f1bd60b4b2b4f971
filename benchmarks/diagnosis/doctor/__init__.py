"""The parts of ``measure.py``: programs and their labels, runs, figures, and how they are shown."""
