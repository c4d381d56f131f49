"""Where results go: one file per kind of destination, and the rules that decide between them.

`routing` decides, `catalog` makes the destinations that skill.yaml names. README.md says how to write another kind.
"""
