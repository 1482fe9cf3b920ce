"""Loads, validates and searches what the editors maintain in data/."""
