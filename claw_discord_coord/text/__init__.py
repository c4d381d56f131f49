"""Text as data: Markdown, front matter, secrets, and characters that hide or ping."""
