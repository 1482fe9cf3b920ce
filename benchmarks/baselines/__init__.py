"""Usual ways of understanding, trained on the same files, to compare with."""
