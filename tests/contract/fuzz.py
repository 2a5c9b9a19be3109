"""Requests made up from the OpenAPI document: mostly valid, then spoiled in one to three places."""

import copy
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

Json = Any
LONE, NUL = "\ud800", "\0"
TEXTS = [
    "", " ", "x", "x" * 300, "x" * 20_000, NUL, f"a{NUL}b", LONE, f"a{LONE}", "\udfff", "ñandú 😀", "\u202e\u200b", "\n\r\t", "\x7f\x85",
    "' OR 1=1 --", "../../etc/passwd", "{{7*7}}", "{maximum}", "%00", "%s%n", "<script>", "NaN", "null", "0", "-1", "1.0", "1e9", "+1", " 1 ",
    "1_0", "٣", "9" * 30, "9" * 5_000, "0.00", "0.01", "-0.01", "10.00", "999999999.99", "9999999999.99", "1,00", "0x10", "2026-02-30",
    "2026-11-23", "0000-00-00", "9999-12-31", "9999-12-31T23:59:59-14:00", "2026-11-23T09:15:00", "P1D", "PT0S", "P9999Y", "P1DT", "-P1D",
    "1712345675", "0912345678", "a@b.c", "transfer", "transfr", "own", "cooperative", "interbank", "savings", "default", "default@x", "@",
    "Bearer", "*", "{}", "/v1/*", "true", "acc_" + "0" * 28, "mem_" + "f" * 28, "chl_", "_", "whsec_", "http://127.0.0.1:9/", "http://[", "es",
]  # fmt: skip
NUMBERS: list[Any] = [
    0, -1, 1, 2, 7, 200, 201, 65_536, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, 10**400, 0.0, -0.0, 0.5, 1.5, 1e-9, 1e308, -1e308,
]  # fmt: skip
OTHERS: list[Any] = [
    None,
    True,
    False,
    [],
    {},
    [[]],
    [None],
    {"": ""},
    {"a": {"b": [1]}},
    [1, "x", None],
    {"money": "1.00"},
    ["x"] * 300,
]
RAW = [
    b"", b" ", b"null", b"[]", b"{}", b'"x"', b"1", b"{", b'{"a":', b'{"a":1,}', b"{'a':1}", b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"\x00",
    b"[" * 50_000, b'{"a":' * 20_000, b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": 1e999}', b'{"a": ' + b"9" * 6_000 + b"}", b'{"a":1,"a":2}',
    b'{"\\ud800": 1}', b'{"a": "\xed\xa0\x80"}', b'{"a": "\xff"}', b'{"a": "\x01"}', "{}".encode("utf-16"), "{}".encode("utf-32"), b"a=b&c=d",
    b"--x\r\n\r\n--x--", b"\x1f\x8b\x08\x00", b"x" * 300_000, b"a: &a [*a]\n", b"? " * 2_000, b"document: otp\nsettings: 1\n",
]  # fmt: skip
TYPES = [
    "application/json", "application/json; charset=utf-8", "application/json; charset=utf-16", "APPLICATION/JSON", "application/problem+json",
    "text/plain", "text/html", "application/yaml", "multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded",
    "application/octet-stream", "application/vnd.sqlite3", "", "/", "json", "application/json, text/plain", "application/json;;;",
]  # fmt: skip
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "FOO"]
HEADERS: dict[str, list[str]] = {
    "Accept": ["*/*", "text/csv", "application/pdf", "text/csv;q=0", "application/json;q=x", ",,;", "x" * 1_000, "text/*;q=0.5, */*;q=2"],
    "Accept-Language": ["en", "es", "en;q=x", "*", ",;q=", "fr-CA, en;q=0.5", "\u00e9"],
    "Idempotency-Key": ["k", "", "x" * 255, "x" * 256, "\u00e9", "a b", "k2"],
    "X-App-Version": ["", "1", "3.0.0", "a.b.c", "9" * 400, "-1.0", "1.2.3.4.5", "\u00b2.0.0"],
    "X-Request-Id": ["mine", "", "x" * 100, "\u00e9"],
    "Authorization": ["", "Bearer", "Bearer ", "Bearer x", "Basic eDp5", "Bearer \u00e9", "Bearer " + "x" * 5_000, "bearer"],
    "Prefer": ["problem=", "problem=insufficient_funds", "problem=x", "wait=1", ",;="],
    "Last-Event-ID": ["", "evt_" + "0" * 28, "\u00e9"],
    "If-None-Match": ["*"], "Range": ["bytes=0-1", "bytes=x"], "Expect": ["x"], "Content-Encoding": ["gzip", "x"],
    "Origin": ["http://localhost:3000", "null", "http://evil.example", "\u00e9"], "Content-Length": [], "Cookie": ["a=b"],
}  # fmt: skip

# What an id is called where it is asked for, by its prefix; several where a body and a path name it differently.
NAMES: dict[str, list[str]] = {
    "acc": ["account_id", "origin_account_id", "destination_account_id"], "ben": ["beneficiary_id"], "bil": ["biller_id"],
    "chl": ["challenge_id"], "cpy": ["card_payment_id"], "crd": ["card_id"], "def": ["deferral_id"], "dlv": ["delivery_id"],
    "enr": ["enrolment_id"], "ext": ["external_card_id"], "flt": ["fault_id"], "hld": ["hold_id"], "inq": ["inquiry_id"],
    "ins": ["institution_id"], "pay": ["payment_id"], "prq": ["request_id"], "pur": ["purchase_ids"], "rec": ["recovery_id"],
    "sch": ["schedule_id"], "sim": ["simulation_id"], "srv": ["service_id", "registered_service_id"], "trf": ["transfer_id"],
    "whk": ["webhook_id"], "req": ["request_id"], "prd": ["product_id"], "mem": ["member_id", "of"], "evt": ["after"],
}  # fmt: skip
# What most often gets a request past the checks of form, so that those behind them are reached.
HINTS: dict[str, list[Any]] = {
    "amount": ["10.00", "0.01", "66.66", "2000.00", "999999999.99"], "maximum_amount": ["100.00", "999999999.99"], "maximum": ["100.00"],
    "reference": ["200012345678", "200012340000", "0991234567", "x"], "document_type": ["cedula"], "day_of_month": [1, 5, 28],
    "document_number": ["1712345675", "0100000009"], "account_number": ["2200000001", "2203344556"], "account_type": ["savings"],
    "holder_name": ["Rosa Chicaiza"], "number": ["9999990000000014"], "alias": ["Otra"], "kind": ["own", "cooperative", "interbank", "password",
    "username", "purchases", "revolving_balance"], "term_months": [3, 6, 12], "grace_months": [0], "plan": ["with_interest"], "by": ["PT1S", "P1D"],
    "new_password": ["Progreso2@"], "confirmation": ["Progreso2@"], "current_password": ["Progreso1@"], "value": ["Progreso1@"],
    "subject": ["otp.resend"], "url": ["http://127.0.0.1:9/x"], "secret": [None], "seconds": [1], "persona": [None], "phone": ["0991234567"],
    "email": ["a@example.com"], "balance": ["10.00"], "first": [True], "segment": ["standard"], "savings_accounts": [1],
    "to": ["2026-12-01T00:00:00-05:00", "al-dia"], "code": ["000000"], "note": ["x"], "beneficiary_email": ["a@example.com"],
}  # fmt: skip


@dataclass
class Sent:
    """A request as it goes out; `content` None where it has no body."""

    operation: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None


@dataclass
class Inventor:
    """Makes requests for operations, by draws. `known` fills places in paths and ids in bodies; `rules` are documents as
    they stand, to be spoiled."""

    document: Json
    draws: random.Random
    known: dict[str, str] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, operation: Json) -> Sent:
        """One request for an operation: a valid one, spoiled in up to three places."""
        places = [self._spoil_path, self._spoil_query, self._spoil_query, self._spoil_headers, self._spoil_headers,
                  self._spoil_headers, self._spoil_method, self._spoil_content]  # fmt: skip
        query = [(name, value) for name, value in self._query(operation)]
        sent = Sent(operation["operationId"], method.upper(), self._path(path, spoiled=False), {}, None)
        body = self._body(operation)
        if body is not None:
            sent.headers["Content-Type"] = "application/json"
            if self.draws.random() < 0.6:
                for _ in range(self.draws.choice([1, 1, 1, 2, 3])):
                    body = self._spoiled(body)
            sent.content = written(body)
        elif operation.get("requestBody"):
            kind = sent.headers["Content-Type"] = next(iter(operation["requestBody"]["content"]))
            document = self.draws.choice(sorted(self.rules)) if kind == "application/yaml" else None
            sent.content = self.draws.choice(RAW) if document is None else self._rules(self.rules[document])
            if document is not None:
                sent.path = path.replace("{document}", document)
        spoils = self.draws.sample(places, self.draws.choice([0, 0, 0, 0, 0, 1, 1, 2]))
        for spoil in spoils:
            query = spoil(sent, path, query)
        if query:
            sent.path += "?" + "&".join(f"{name}={value}" for name, value in query)
        return sent

    def _rules(self, text: str) -> bytes:
        """A rule document with some of its numbers and words made others, or a line left out or doubled."""
        lines = text.splitlines()
        for _ in range(self.draws.choice([1, 1, 2, 3])):
            place = self.draws.randrange(len(lines))
            how = self.draws.random()
            if how < 0.7:
                value = str(self.draws.choice([*NUMBERS, *TEXTS]))[:5_000].replace("\n", " ")
                lines[place] = re.sub(r"\b[0-9]+\b|\b[a-z_]+$", value.replace("\\", r"\\"), lines[place], count=1)
            elif how < 0.85 and len(lines) > 2:
                del lines[place]
            else:
                lines.insert(place, lines[place])
        return "\n".join(lines).encode(errors="surrogatepass")

    def _path(self, path: str, *, spoiled: bool) -> str:
        filled = path
        for part in path.split("/"):
            if part.startswith("{"):
                value = self._text() if spoiled else self.known.get(part[1:-1], "x")
                filled = filled.replace(part, percent(value)[:2_000] or "%20", 1)
        return filled

    def _query(self, operation: Json) -> Iterator[tuple[str, str]]:
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query" and (parameter["name"] == "wait" or self.draws.random() < 0.3):
                yield parameter["name"], self._query_value(parameter)

    def _query_value(self, parameter: Json) -> str:
        if parameter["name"] == "wait":
            return "0"
        schema = self._resolved(parameter["schema"])
        options = schema.get("enum") or [each for inner in schema.get("anyOf", []) for each in inner.get("enum", [])]
        if options and self.draws.random() < 0.6:
            return percent(str(self.draws.choice(options)))
        if self.draws.random() < 0.3:
            return percent(self.draws.choice([*self.known.values(), "1", "50", "2026-11-23"]))
        return percent(self._text())

    def _spoil_path(self, sent: Sent, path: str, query: list[tuple[str, str]]) -> list[tuple[str, str]]:
        sent.path = self._path(path, spoiled=True)
        sent.path += self.draws.choice(["", "", "", "/", "//", "/x", "%2F", "/.."])
        return query

    def _spoil_query(self, sent: Sent, path: str, query: list[tuple[str, str]]) -> list[tuple[str, str]]:
        more = [("nope", "1"), ("", ""), ("limit", percent(self._text())), ("cursor", percent(self._text())), ("cursor", "W10"),
                ("cursor", "WzFd"), ("limit", "%"), ("limit", "%zz"), ("%FF", "x"), ("cursor", "eyJhIjoxfQ"), ("limit", "9" * 5_000)]  # fmt: skip
        return [*query, *query[:1], *self.draws.sample(more, 2)]

    def _spoil_headers(self, sent: Sent, path: str, query: list[tuple[str, str]]) -> list[tuple[str, str]]:
        for name in self.draws.sample(sorted(HEADERS), 3):
            if HEADERS[name]:
                sent.headers[name] = self.draws.choice(HEADERS[name])
        return query

    def _spoil_method(self, sent: Sent, path: str, query: list[tuple[str, str]]) -> list[tuple[str, str]]:
        sent.method = self.draws.choice(METHODS)
        return query

    def _spoil_content(self, sent: Sent, path: str, query: list[tuple[str, str]]) -> list[tuple[str, str]]:
        if self.draws.random() < 0.6:
            sent.content = self.draws.choice(RAW)
        if sent.content is not None:
            sent.headers["Content-Type"] = self.draws.choice(TYPES)
        return query

    def _text(self) -> str:
        made: list[Callable[[], str]] = [
            lambda: self.draws.choice(TEXTS),
            lambda: self.draws.choice(TEXTS),
            lambda: self.draws.choice([*self.known.values(), "x"]),
            lambda: "".join(
                chr(self.draws.choice([self.draws.randrange(32, 127), self.draws.randrange(1, 0xD7FF)]))
                for _ in range(8)
            ),
        ]
        return self.draws.choice(made)()

    def _any(self) -> Any:
        kinds: list[Callable[[], Any]] = [
            self._text, self._text, lambda: self.draws.choice(NUMBERS), lambda: copy.deepcopy(self.draws.choice(OTHERS)),
            lambda: self.draws.choice([*self.known.values(), "x"]), lambda: nested(self.draws.choice([3, 30, 900])),
        ]  # fmt: skip
        return self.draws.choice(kinds)()

    def _spoiled(self, body: Json) -> Json:
        """The body with one value, somewhere, made another, left out, or joined by one."""
        if isinstance(body, dict) and body and self.draws.random() < 0.9:
            name = self.draws.choice(sorted(body))
            how = self.draws.random()
            if isinstance(body[name], (dict, list)) and body[name] and how < 0.7:
                return body | {name: self._spoiled(body[name])}
            if how < 0.8:
                return body | {name: self._any()}
            if how < 0.9:
                return {each: value for each, value in body.items() if each != name}
            return body | {self._text()[:100]: self._any()}
        if isinstance(body, list) and body and self.draws.random() < 0.8:
            place = self.draws.randrange(len(body))
            return [*body[:place], self._spoiled(body[place]), *body[place:]]
        return self._any()

    def _body(self, operation: Json) -> Json:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        return None if content is None else self._valid(content["schema"], depth=0)

    def _resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def _valid(self, schema: Json, depth: int) -> Json:
        """A value of about the form that a schema asks for, with some of the fields that may be left out."""
        schema = self._resolved(schema)
        options = [schema["const"]] if "const" in schema else schema.get("enum", [])
        if not options and self.draws.random() < 0.6:
            options = schema.get("examples", [])
        if options:
            return copy.deepcopy(self.draws.choice(options))
        for union in ("oneOf", "anyOf", "allOf"):
            if union in schema:
                return self._valid(self.draws.choice(schema[union]), depth)
        kind = schema.get("type")
        if kind == "object":
            wanted = schema.get("properties", {})
            chosen = [
                name
                for name in wanted
                if name in schema.get("required", ()) or (depth < 4 and self.draws.random() < 0.4)
            ]
            return {name: self._named(name, wanted[name], depth) for name in chosen}
        if kind == "array":
            return [self._valid(schema["items"], depth + 1) for _ in range(self.draws.choice([0, 1, 1, 2]))]
        made: dict[Any, Callable[[], Any]] = {
            "integer": lambda: self.draws.choice([schema.get("minimum", 0), schema.get("maximum", 5), 1, 3]),
            "number": lambda: self.draws.choice([schema.get("minimum", 0), 0.5, 1]),
            "boolean": lambda: self.draws.random() < 0.5,
            "null": lambda: None,
            "string": lambda: self.draws.choice(["10.00", "x", "2026-11-23", "0991234567", self._text()]),
        }
        return made.get(kind, self._any)()

    def _named(self, name: str, schema: Json, depth: int) -> Json:
        """The value of a field: an id of that name where one is known, or what most often fits."""
        if name in self.known and self.draws.random() < 0.9:
            found = self.known[name]
            return [found] if name.endswith("_ids") else found
        if name in HINTS and self.draws.random() < 0.8 and "enum" not in schema and "const" not in schema:
            return self.draws.choice(HINTS[name])
        return self._valid(schema, depth + 1)

    def learn(self, answer: Json) -> None:
        """Remember every id in an answer by the names under which it can be asked for."""
        if isinstance(answer, list):
            for each in answer[:20]:
                self.learn(each)
        elif isinstance(answer, dict):
            for value in answer.values():
                if isinstance(value, str):
                    for name in NAMES.get(value.partition("_")[0], ()):
                        self.known[name] = value
                else:
                    self.learn(value)


def nested(depth: int) -> Json:
    made: Json = 1
    for number in range(depth):
        made = [made] if number % 2 else {"a": made}
    return made


def percent(text: str) -> str:
    """A text in a URL; half of a pair as the bytes it would have."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def written(body: Json) -> bytes:
    """JSON as a client without a schema would write it, infinities included."""
    return json.dumps(body).encode()
