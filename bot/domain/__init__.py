"""Concepts of the town and of its conversations; standard library only."""
