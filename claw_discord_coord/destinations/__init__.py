"""Where results go: one file per kind of destination, and the rules that decide between them."""
