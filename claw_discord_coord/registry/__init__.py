"""The database with all tasks, runs, handoffs, deliveries and events."""
