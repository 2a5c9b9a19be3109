"""What crosses the wire of public information."""

from typing import Annotated, Literal

from pydantic import Field

from sandbox.bank.wire import View

VERSION = r"^[0-9]{1,9}(\.[0-9]{1,9}){2}$"
"""A version of the app: three numbers."""

Catalogue = Literal["faq", "contact", "menu", "requestable", "category", "biller"]


class MenuOption(View):
    """An option of the app's menu."""

    id: Annotated[str, Field(examples=["transfers"])]
    title: str


class AppInfo(View):
    """What the app asks first."""

    minimum_version: Annotated[str, Field(examples=["3.0.0"])]
    maintenance: bool
    menu: list[MenuOption]


class Faq(View):
    """A question and its answer."""

    id: str
    category: Annotated[str, Field(examples=["acceso"])]
    question: str
    answer: str


class ContactChannel(View):
    """A way to reach the cooperative."""

    id: str
    kind: Literal["phone", "whatsapp", "email", "web", "branch"]
    title: str
    value: str
