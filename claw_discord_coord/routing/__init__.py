"""Decides where an output goes, by the routes of skill.yaml. Knows no kind of destination."""
