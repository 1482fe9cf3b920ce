"""Host of the Rasa agent, in a process of its own; the only package that imports rasa."""
