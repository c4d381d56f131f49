"""Writes files for destinations: safe names, closed folders, and references to attachments."""
