"""Admits work once, runs the work through crashes, and delivers the output."""
