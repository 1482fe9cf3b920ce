"""Parts of the Rasa pipeline of our own."""
