"""Rasa custom actions: thin, they look up and never write."""
