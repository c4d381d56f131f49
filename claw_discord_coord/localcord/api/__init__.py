"""The HTTP API, version 10."""
