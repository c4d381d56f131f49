"""The point of the project: work is taken in once, lives through crashes, and its output arrives."""
