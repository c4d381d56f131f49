"""Orders and messages of people: clicks, thread messages, their effects, and the board that people watch."""
