"""Sends messages to Discord once per key: posts, forums, named threads, texts that replace earlier texts."""
