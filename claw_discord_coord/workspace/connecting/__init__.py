"""Keeps the bot connected to Discord: client, rate limits, request counts, errors, log."""
