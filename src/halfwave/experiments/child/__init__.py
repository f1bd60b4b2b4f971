"""The program that one run of an experiment is."""
