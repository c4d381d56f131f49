"""The destination `github`: comments on pull requests and issues, and review comments on lines."""
