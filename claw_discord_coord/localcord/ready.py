"""What the server says of itself when it is ready: one line of JSON that a script can read."""

import json
from dataclasses import asdict, dataclass

from .shapes import Json


@dataclass(frozen=True, slots=True)
class ReadyBot:
    """A bot: connect with `token` (as `Bot <token>` over HTTP)."""

    name: str
    token: str
    application_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class ReadyPerson:
    """A person: requests carry the bare `token`."""

    name: str
    token: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Ready:
    """Where everything is and who there is."""

    api_base: str
    gateway_url: str
    page: str
    guild_id: str
    bots: list[ReadyBot]
    people: list[ReadyPerson]

    def as_dict(self) -> Json:
        """The JSON object of the ready line."""
        return asdict(self)

    def as_line(self) -> str:
        """The ready line, without the newline."""
        return json.dumps(self.as_dict())

    def bot(self, name: str) -> ReadyBot:
        """The bot of this name; raises KeyError."""
        for bot in self.bots:
            if bot.name == name:
                return bot
        raise KeyError(name)

    def person(self, name: str) -> ReadyPerson:
        """The person of this name; raises KeyError."""
        for person in self.people:
            if person.name == name:
                return person
        raise KeyError(name)
