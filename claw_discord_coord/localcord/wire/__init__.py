"""How things look as JSON. Source of every shape: Discord's OpenAPI document, `components.schemas`."""
