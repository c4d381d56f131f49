"""The registry: the truth about tasks, kept in a database."""
