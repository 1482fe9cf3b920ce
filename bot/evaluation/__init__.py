"""Measures how well messages are understood: labels, figures over them, and what of it is shown."""
