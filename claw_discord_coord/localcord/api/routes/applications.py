"""The application behind a bot. Source: Discord documentation, resources/application."""

from ...checks.form import form_of
from ...errors import NOT_THE_OWNER_OF_APPLICATION, ONLY_BOTS_CAN_USE, DiscordError
from ...shapes import Json
from ...wire.user import application_flags, application_json, public_application_json, user_json
from ...world.user import Application
from ..call import Call
from ..routing import Routes

routes = Routes()


def own_application(call: Call) -> Application:
    """The caller's application; raises DiscordError 20002 for a person, 20012 when the path names another."""
    application = call.world.applications.get(call.user.application_id)
    if application is None:
        raise DiscordError(ONLY_BOTS_CAN_USE)
    if "application_id" in call.params and call.id("application_id") != application.id:
        raise DiscordError(NOT_THE_OWNER_OF_APPLICATION)
    return application


def get_application(call: Call) -> Json:
    """The caller's application."""
    return application_json(call.world, own_application(call))


def edit_application(call: Call) -> Json:
    """Change the description or tags."""
    application = own_application(call)
    form = form_of(call.body)
    description = form.text("description", 400)
    tags = form.values("tags", 5)
    form.errors.raise_if_any()
    if description is not None:
        application.description = description
    if tags is not None:
        application.settings["tags"] = [str(tag) for tag in tags]
    call.world.applications.put(application)
    return application_json(call.world, application)


for _path in ("/applications/@me", "/applications/{application_id}"):
    routes.on("GET", _path)(get_application)
    routes.on("PATCH", _path)(edit_application)
routes.on("GET", "/oauth2/applications/@me")(get_application)


@routes.on("GET", "/oauth2/@me")
def get_authorization(call: Call) -> Json:
    """Who the token belongs to."""
    application = own_application(call)
    flags = application_flags(application)
    return {
        "application": public_application_json(application)
        | {
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": application.verify_key,
            "flags": flags,
            "flags_new": str(flags),
            "max_participants": None,
        },
        "scopes": ["bot", "applications.commands"],
        "expires": "2100-01-01T00:00:00+00:00",
        "user": user_json(call.user),
    }
