"""Shows tasks on Discord through discord.py: channels, cards, threads, buttons, incoming messages, the board."""

import warnings

with warnings.catch_warnings():
    # discord.py imports audioop for voice, which Python 3.11 and 3.12 call deprecated; delete when both are gone.
    warnings.filterwarnings("ignore", message="'audioop' is deprecated", category=DeprecationWarning)
    import discord as discord
