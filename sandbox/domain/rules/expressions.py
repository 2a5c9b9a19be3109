"""The expressions of rules: the part of CEL they use, parsed and typed at load, so that a typo fails there.

The library evaluates CEL and types nothing. This reads the same text into a tree, checks every name and type against
what is known, and writes it again as CEL with constants in place and dotted facts as flat variables, which is what is
compiled: fewer and flatter values to hand over for each decision.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sandbox.domain.cel_alone import cel
from sandbox.domain.rules import costs

Constant = bool | int | str | list[str]
LARGEST_INTEGER = 2**63 - 1
# Beyond these a rule is unreadable, and reading it would exhaust the stack.
_MOST_TOKENS = 256
_DEEPEST = 32


class ExpressionError(Exception):
    """What is wrong, and at which character of the expression."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


class Token(NamedTuple):
    """A piece of an expression."""

    kind: str
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Typed:
    """A checked expression: its type, and itself written out for evaluation."""

    type: str
    text: str


_TOKENS = re.compile(
    r"(?P<space>\s+)|(?P<int>\d+)|(?P<string>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<op>&&|\|\||<=|>=|==|!=|[-+*/%<>!?:.,()\[\]])"
)
METHODS = {"matches": "bool", "startsWith": "bool", "endsWith": "bool", "contains": "bool"}
# Binding powers, loosest first; each with the types it takes and gives.
BINARY = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "in": 3,
    "+": 4, "-": 4, "*": 5, "/": 5, "%": 5,
}  # fmt: skip
_UNARY_POWER = 6


def flat(path: str) -> str:
    """The variable a dotted fact is handed over as."""
    return path.replace(".", "__")


def literal(value: Constant) -> str:
    """A constant as CEL writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value >= 0 else f"({value})"
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)  # JSON's escapes are among CEL's


def type_of(value: Constant) -> str:
    """The CEL type of a constant."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    return "string" if isinstance(value, str) else "list of string"


class Checker:
    """Reads one expression against the facts (path → type) and constants (path → value) it may name."""

    def __init__(self, source: str, facts: Mapping[str, str], constants: Mapping[str, Constant]) -> None:
        self._tokens = _tokenize(source)
        self._at = 0
        self._end = len(source)
        self._depth = 0
        self._facts = facts
        self._constants = constants
        self.used: set[str] = set()
        self.cost = len(self._tokens)

    def check(self, wanted: str) -> Typed:
        """The whole expression, which must be of the type `wanted`. Raises ExpressionError."""
        if len(self._tokens) > _MOST_TOKENS:
            raise ExpressionError("too long for one rule", self._tokens[_MOST_TOKENS].position)
        typed = self._ternary()
        left_over = self._peek()
        if left_over is not None:
            raise ExpressionError(f"unexpected {left_over.text!r}", left_over.position)
        if typed.type != wanted:
            raise ExpressionError(f"the whole must be {wanted}, not {typed.type}", 0)
        if self.cost > costs.MOST_OF_AN_EXPRESSION:
            raise ExpressionError("too costly for one rule: its lists and texts are too long", 0)
        _check_compiles(typed)
        return typed

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _is(self, text: str) -> bool:
        token = self._peek()
        return token is not None and token.kind != "string" and token.text == text

    def _next(self) -> Token:
        token = self._peek()
        if token is None:
            raise ExpressionError("the expression ends too early", self._end)
        self._at += 1
        return token

    def _expect(self, text: str) -> None:
        token = self._next()
        if token.text != text:
            raise ExpressionError(f"expected {text!r}, found {token.text!r}", token.position)

    def _ternary(self) -> Typed:
        start = self._peek()
        self._deeper()
        condition = self._binary(0)
        self._depth -= 1
        if not self._is("?"):
            return condition
        _require(condition, "bool", "a condition", start)
        self._next()
        yes = self._ternary()
        self._expect(":")
        other = self._peek()
        no = self._ternary()
        if yes.type != no.type:
            raise ExpressionError(f"both branches must be {yes.type}", other.position if other else self._end)
        return Typed(yes.type, f"({condition.text} ? {yes.text} : {no.text})")

    def _deeper(self) -> None:
        self._depth += 1
        token = self._peek()
        if self._depth > _DEEPEST and token is not None:
            raise ExpressionError("nested too deeply", token.position)

    def _binary(self, least: int) -> Typed:
        left = self._unary()
        while True:
            operator = self._peek()
            power = BINARY.get(operator.text, 0) if operator and operator.kind != "string" else 0
            if operator is None or power <= least:
                return left
            self._next()
            right = self._binary(power)
            if operator.text in "/%":
                _check_divisor(right, operator)
            left = Typed(_result(operator, left.type, right.type), f"({left.text} {operator.text} {right.text})")

    def _unary(self) -> Typed:
        token = self._peek()
        if token is not None and token.kind == "op" and token.text in "!-":
            self._next()
            self._deeper()
            operand = self._binary(_UNARY_POWER)
            self._depth -= 1
            wanted = "bool" if token.text == "!" else "int"
            _require(operand, wanted, f"the operand of {token.text!r}", token)
            return Typed(wanted, f"({token.text}{operand.text})")
        return self._postfix()

    def _postfix(self) -> Typed:
        value = self._primary()
        while self._is("."):
            self._next()
            method = self._next()
            if method.text not in METHODS:
                raise ExpressionError(f"unknown method {method.text!r}", method.position)
            _require(value, "string", f"what {method.text} is called on", method)
            self._expect("(")
            pattern = self._peek()
            argument = self._ternary()
            _require(argument, "string", f"the argument of {method.text}", method)
            self._expect(")")
            if method.text == "matches":
                self.cost += _check_pattern(argument, pattern or method)
            value = Typed(METHODS[method.text], f"{value.text}.{method.text}({argument.text})")
        return value

    def _primary(self) -> Typed:
        token = self._next()
        if token.kind == "int":
            if int(token.text) > LARGEST_INTEGER:
                raise ExpressionError("too large a number", token.position)
            return Typed("int", token.text)
        if token.kind == "string":
            return Typed("string", _checked_text(token))
        if token.kind == "name":
            return self._name(token)
        if token.text == "(":
            inner = self._ternary()
            self._expect(")")
            return inner
        if token.text == "[":
            return self._list()
        raise ExpressionError(f"unexpected {token.text!r}", token.position)

    def _list(self) -> Typed:
        items: list[Typed] = []
        while not self._is("]"):
            start = self._peek()
            item = self._ternary()
            _require(item, items[0].type if items else item.type, "an item of the list", start)
            items.append(item)
            if not self._is("]"):
                self._expect(",")
        self._expect("]")
        if not items:
            raise ExpressionError("a list without items has no type", self._tokens[self._at - 1].position)
        return Typed(f"list of {items[0].type}", f"[{', '.join(item.text for item in items)}]")

    def _name(self, token: Token) -> Typed:
        if token.text in ("true", "false"):
            return Typed("bool", token.text)
        path = token.text
        while not self._known(path) and self._is(".") and self._at + 1 < len(self._tokens):
            following = self._tokens[self._at + 1]
            if following.kind != "name" or following.text in METHODS:
                break
            self._at += 2
            path = f"{path}.{following.text}"
        if path in self._constants:
            value = self._constants[path]
            self.cost += costs.of_constant(value)
            return Typed(type_of(value), literal(value))
        if path in self._facts:
            self.used.add(path)
            return Typed(self._facts[path], flat(path))
        known = sorted([*self._facts, *self._constants])
        raise ExpressionError(f"unknown name {path!r}; known are {', '.join(known)}", token.position)

    def _known(self, path: str) -> bool:
        return path in self._facts or path in self._constants


def _tokenize(source: str) -> Sequence[Token]:
    tokens = []
    position = 0
    while position < len(source):
        found = _TOKENS.match(source, position)
        if found is None:
            raise ExpressionError(f"unexpected {source[position]!r}", position)
        kind = found.lastgroup or ""
        if kind != "space":
            tokens.append(Token(kind, found.group(), position))
        position = found.end()
    return tokens


def _checked_text(token: Token) -> str:
    """The literal, unchanged. Raises ExpressionError for an escape CEL does not have."""
    try:
        cel.compile(token.text)
    except ValueError:
        raise ExpressionError(f"{token.text} has an escape CEL does not know", token.position) from None
    return token.text


def _check_pattern(argument: Typed, token: Token) -> int:
    """What the pattern costs at each evaluation, which compiles it anew.

    Raises ExpressionError for a pattern that is none, which the library would notice at the first request only, and
    for one that takes too long to compile.
    """
    try:
        pattern = cel.evaluate(argument.text)
    except RuntimeError:
        raise ExpressionError("a pattern is written out, so that it can be checked", token.position) from None
    cost = costs.of_pattern(pattern)
    if cost > costs.MOST_OF_AN_EXPRESSION:
        raise ExpressionError("the pattern is too costly: too long, or repeated too often", token.position)
    try:
        cel.evaluate(f'"".matches({argument.text})')
    except RuntimeError as error:
        reasons = [line for line in str(error).splitlines() if line.startswith("error: ")]
        reason = reasons[0].removeprefix("error: ").split(". Check")[0] if reasons else "it cannot be read"
        raise ExpressionError(f"not a pattern: {reason}", token.position) from None
    return cost


def _check_divisor(divisor: Typed, operator: Token) -> None:
    """Raises ExpressionError for a divisor that is zero whatever the facts are."""
    try:
        number = cel.evaluate(divisor.text)
    except (RuntimeError, ValueError):
        return  # it depends on the facts
    if number == 0:
        raise ExpressionError("this divides by zero", operator.position)


def _check_compiles(typed: Typed) -> None:
    """Raises ExpressionError for what CEL has a narrower limit on, tried as deep as a whole subject will nest it."""
    try:
        cel.compile(f"[({typed.text} ? {typed.text} : true)]" if typed.type == "bool" else typed.text)
    except ValueError:
        raise ExpressionError("CEL cannot take this: it is too long or too deep, make it several rules", 0) from None


def _require(typed: Typed, wanted: str, what: str, at: Token | None) -> None:
    if typed.type != wanted:
        raise ExpressionError(f"{what} must be {wanted}, not {typed.type}", at.position if at else 0)


def _result(operator: Token, left: str, right: str) -> str:
    """The type of `left operator right`. Raises ExpressionError where they do not go together."""
    symbol = operator.text
    if symbol in ("&&", "||"):
        fits, result = left == right == "bool", "bool"
    elif symbol == "in":
        fits, result = right == f"list of {left}", "bool"
    elif symbol in ("==", "!="):
        fits, result = left == right, "bool"
    elif symbol in ("<", "<=", ">", ">="):
        fits, result = left == right and left in ("int", "string"), "bool"
    elif symbol == "+":
        fits, result = left == right and left in ("int", "string"), left
    else:
        fits, result = left == right == "int", "int"
    if not fits:
        raise ExpressionError(f"{left} {symbol} {right} does not go together", operator.position)
    return result
