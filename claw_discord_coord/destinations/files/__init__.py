"""Writes files for destinations: safe names, folders that nothing leaves, and references to attachments."""
