"""What the document says of the service as a whole."""

from typing import Any

Json = dict[str, Any]

INFO: Json = {
    "title": "Cooprogreso Sandbox",
    "summary": "A bank in a box: the backend of a cooperative's mobile app.",
    "description": "`/v1` is the bank as the mobile app sees it, `/_sandbox` the control plane, as a developer sees "
    "it.\n\n"
    "**Begin** with `createSession`, whose example logs in the persona `al-dia`. Every example works unchanged on a "
    "fresh sandbox. Where an operation needs others before it, `x-prepare` lists what to send first, in order. "
    "`x-member` names the persona whose session sends it all.\n\n"
    "**Codes.** An operation that needs a code answers with a `challenge`. `nextMessage` reads the SMS, and "
    "`confirmChallenge` enters the code.\n\n"
    "**Money** is text with two decimals, in US dollars. **Moments** have the offset of America/Guayaquil and follow "
    "the sandbox's clock, which the header `Date` tells. **Refusals** are problem documents: switch on `code`.",
    "contact": {"name": "Cooprogreso Sandbox maintainers"},
    "license": {"name": "MIT", "identifier": "MIT"},
}

SERVERS: list[Json] = [
    {"url": "/", "description": "The sandbox that X-Sandbox names, else default."},
    {
        "url": "/s/{sandbox}",
        "description": "The sandbox that the path names.",
        "variables": {"sandbox": {"default": "default", "description": "The name of a sandbox."}},
    },
]

TAGS: dict[str, str] = {
    "App": "What the app asks first: its minimum version, maintenance, the menu; and every problem there is.",
    "0 Enrolment and sessions": "Joining the app, logging in by password or biometrics, and recovering access.",
    "1 Profile": "The member's details, credentials, devices, limits and notices.",
    "2 Products": "Accounts, cards, loans and term deposits with their balances.",
    "3 Movements": "The movements of an account, as pages or as CSV.",
    "4 Transfers": "Transfers between own accounts, within the cooperative and to other banks; beneficiaries.",
    "5 Services": "Bills and top-ups: inquiries, payments, registered services and scheduled payments.",
    "6 Cards": "Credit cards, their purchases and payments, and cards of other banks.",
    "7 Frequent questions": "Questions and answers by category.",
    "8 Deferral": "Deferring purchases or a revolving balance: options, simulation, instalments, prepayment.",
    "9 Contact": "How to reach the cooperative.",
    "10 Requests": "Asking for a new product, and what became of it.",
    "11 Referral": "Inviting friends.",
    "Authorise": "The code that confirms an operation: its state, entering it, a new one, cancelling.",
    "Control: service": "Whether the server is alive and ready, what runs, and its metrics.",
    "Control: clock": "The sandbox's clock and the jobs that fall due with it.",
    "Control: messages": "The SMS and e-mails that the bank sent, with their codes.",
    "Control: members": "Members to log in with: personas, generated ones, custom ones; their accounts and cards.",
    "Control: sandboxes": "Creating, resetting, copying, saving and deleting sandboxes.",
    "Control: recordings": "Recording requests to replay them.",
    "Control: rules": "The rules in force, overrides for one sandbox, and the decisions that were made.",
    "Control: faults": "Delays, errors and outages to order.",
    "Control: ledger": "The books: audit and entries.",
    "Control: journal": "The requests that the bank received, and checks on them.",
    "Control: life": "Members that live: how lively they are, and what they did by themselves.",
    "Control: events": "Everything that happened, as a list, a stream or webhooks.",
    "Control: scenarios": "What to try: personas and inputs that steer an outcome.",
}
