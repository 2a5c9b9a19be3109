"""What crosses the wire about recommendations."""

from typing import Annotated

from pydantic import ConfigDict, Field

from sandbox.bank.wire import Body, CleanText, Moment, Phone, View


class Invitation(View):
    """What to share."""

    code: Annotated[str, Field(examples=["COOP-3B608C"])]
    link: str
    text: str


class NewReferral(Body):
    """Whom to recommend the app to; the invitation goes out by SMS."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Ana", "phone": "0991234567"}]})

    name: Annotated[CleanText, Field(min_length=1, max_length=60)]
    phone: Phone


class ReferralView(View):
    """A recommendation made."""

    id: str
    name: str
    phone: Annotated[str, Field(examples=["09XXXXXX67"])]
    created_at: Moment
