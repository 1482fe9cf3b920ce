"""Rathausbote: answers citizens' questions to their municipality and hands over to its staff."""
