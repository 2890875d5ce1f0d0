"""What this server reports to a client.

    TsdbError                     500
     ├── BadRequest               400   the body or a parameter cannot be understood
     │    ├── BadQuery            400   a query names something that does not exist or makes no sense
     │    │    └── BadFilter      400   … a tag filter that cannot be built
     │    ├── BadPoint            400   a data point breaks a rule
     │    └── BadBatch            400   a digest batch breaks the wire format
     │         └── UnknownVersion 426   … is of a version this server does not speak (wire.batch_version)
     ├── Unauthorized             401   who asks did not say who they are, or it is not so
     ├── Forbidden                403   who asks may not do this
     ├── NotFound                 404   a path, or names that a look-up cannot resolve
     ├── NoSuchMethod             405   a method that an endpoint does not take
     ├── SlowClient               408   a body that stopped to come
     ├── ConflictingBatch         409   the same (instance, sequence) with other content
     ├── TooLarge                 413   past a limit that is a setting
     ├── UnsupportedMedia         415   a content type or encoding that this door does not take
     ├── ExpectationFailed        417   an `Expect` other than 100-continue
     ├── NotImplementedHere       501   what OpenTSDB's API leaves to a later version
     ├── Overloaded               503   past a limit of what is done at once, or of its time, that is a setting
     ├── QueryStopped             503   a query that nobody waits for any more
     └── PluginFailed             500   a plug-in raised while a query ran
          └── AggregatorFailed    500   … an aggregator

The edge turns any of them into OpenTSDB's error object; nothing inside knows of HTTP but for the status hint.
"""

from tsdbserver.model import refusal


class TsdbError(Exception):
    """Anything this server reports to a client. `details` is a second sentence, where there is one."""

    status_hint = 500

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class BadRequest(TsdbError):
    """The request cannot be understood; it changed nothing."""

    status_hint = 400


class BadQuery(BadRequest):
    """A query that cannot be planned: the message names the thing and the value."""


class BadFilter(BadQuery):
    """A tag filter of a type that does not exist, or with an expression that its type cannot read."""


class BadPoint(BadRequest):
    """A data point that breaks a rule: the message is what OpenTSDB says in its place, `reason` has the cause too."""

    def __init__(self, message: str, cause: str = refusal.OTHER) -> None:
        super().__init__(message)
        self.reason = refusal.Reason(message, cause)


class BadBatch(BadRequest):
    """A digest batch that breaks the wire format: nothing of it was stored."""


class Unauthorized(TsdbError):
    """No credential, or a wrong one.

    `reason` may say what was sent, never what would be right: a wrong token is refused in the same words whether its
    name exists or not.
    """

    status_hint = 401

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Unauthorized: {reason}", "This server wants a bearer token, or a name and a token as basic auth"
        )


class Forbidden(TsdbError):
    """A good credential without the scope that an endpoint wants."""

    status_hint = 403


class NotFound(TsdbError):
    """A path that nothing answers, or a name that a look-up cannot resolve."""

    status_hint = 404


class NoSuchMethod(TsdbError):
    """A method that an endpoint does not take."""

    status_hint = 405


class SlowClient(TsdbError):
    """A client began a request and does not finish it."""

    status_hint = 408


class ConflictingBatch(TsdbError):
    """A batch key that was seen before with other content."""

    status_hint = 409


class TooLarge(TsdbError):
    """A size past a limit that is a setting."""

    status_hint = 413


class TooManySenders(TsdbError):
    """More senders within a day than are remembered: they may come again later."""

    status_hint = 429


class UnsupportedMedia(TsdbError):
    """A content type or an encoding that this door does not take."""

    status_hint = 415


class ExpectationFailed(TsdbError):
    """A request expects what this server does not know how to do."""

    status_hint = 417


class NotImplementedHere(TsdbError):
    """A part of the API that this server does not have."""

    status_hint = 501


class Overloaded(TsdbError):
    """More at once, or for longer, than a setting allows: the same request may be answered later."""

    status_hint = 503


class QueryStopped(TsdbError):
    """A query was told to stop before it was done; who told it has been answered, or is gone."""

    status_hint = 503

    def __init__(self) -> None:
        super().__init__("the query was stopped")


class PluginFailed(TsdbError):
    """A plug-in raised while a query ran: the message names it, where it comes from and what it raised."""


class AggregatorFailed(PluginFailed):
    """A plug-in's aggregator raised while a query ran: the message names it, its file and what it raised."""
