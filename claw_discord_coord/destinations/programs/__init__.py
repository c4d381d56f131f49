"""Hands deliveries to programs: a delivery as JSON, and the running of a program with limits."""
