"""`make bench`: this system and a default Rasa server, on the same machine, with the same questions, in one run."""
