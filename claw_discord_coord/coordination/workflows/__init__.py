"""The durable workflows of tasks and deliveries, and the engine that runs them."""
