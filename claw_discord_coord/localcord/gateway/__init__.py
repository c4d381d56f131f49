"""The gateway: sessions over WebSocket that receive events."""
