"""What the app shows of a number it must not show whole (contract, «Masks»)."""


def number(text: str) -> str:
    """Accounts and cards: first three and last three, the rest X: `410XXXXXX098`."""
    if len(text) < 7:
        return "X" * len(text)
    return f"{text[:3]}{'X' * (len(text) - 6)}{text[-3:]}"


def phone(text: str) -> str:
    """Mobiles: `09XXXXXX21`."""
    if len(text) < 5:
        return "X" * len(text)
    return f"{text[:2]}{'X' * (len(text) - 4)}{text[-2:]}"


def email(text: str) -> str:
    """E-mails: the first letter and the domain: `a***@example.com`."""
    local, _, domain = text.partition("@")
    return f"{local[:1]}***@{domain}"
