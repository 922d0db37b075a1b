"""Reads the templates of `now --format`, and says what is wrong with one, and where."""

import re
from collections.abc import Collection, Generator
from contextlib import contextmanager
from difflib import get_close_matches

from .template import (
    FUNCTIONS,
    Call,
    Choice,
    Condition,
    Expression,
    Field,
    Joined,
    Literal,
    Part,
    Template,
)

MAX_TEMPLATE_CHARACTERS = 4000
MAX_NESTED = 16
"""Functions in functions, and conditions in conditions."""

MAX_DIGITS = 9
"""Of a number."""

MAX_QUOTED_CHARACTERS = 20
"""Of a template, in an error."""

_TOKEN = re.compile(
    r"(?P<name>[A-Za-z_]\w*(?:[:.]\w+)*)|(?P<number>\d+)|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<sign>==|!=|[(),+}])",
    re.ASCII,
)
_QUOTES = ('"', "'")
_WORDS = ("if", "else", "end")
"""What is no field where a brace opens."""

_PLAIN = re.compile(r"(?:[^{}]|\{\{|\}\})+")


class TemplateError(ValueError):
    """A template is wrong: what is, and where."""


def read(template: str, fields: Collection[str], times: Collection[str]) -> Template:
    """Reads a template that may name `fields`, of which some are `times`. Raises TemplateError,
    whose words say what is wrong, and where."""
    if len(template) > MAX_TEMPLATE_CHARACTERS:
        raise TemplateError(f"it is longer than {MAX_TEMPLATE_CHARACTERS:,} characters")
    reader = _Reader(template, fields, times)
    parts, _ = reader.block("", 0)
    return Template(parts, frozenset(reader.named))


class _Reader:
    """Reads a template from left to right. Methods raise TemplateError."""

    def __init__(self, template: str, fields: Collection[str], times: Collection[str]) -> None:
        self.named: set[str] = set()
        self._template = template
        self._fields = fields
        self._times = times
        self._at = 0
        self._nested = 0

    # -- parts ------------------------------------------------------------------------------------

    def block(self, inside: str, begun: int) -> tuple[tuple[Part, ...], str]:
        """Reads up to the end, or within `inside` ("if" or "else" of what begun there) up to what
        ends it. Returns the parts, and that word."""
        parts: list[Part] = []
        while self._at < len(self._template):
            opened = self._at
            if plain := _PLAIN.match(self._template, opened):
                parts.append(plain[0].replace("{{", "{").replace("}}", "}"))
                self._at = plain.end()
                continue
            if self._template[opened] == "}":
                raise self._error("a } without a {: write }} for a brace", opened)
            self._at += 1
            word = self._take(*_WORDS)
            if word == "if":
                parts.append(self._choice(opened))
            elif word:
                self._close()
                if not inside or (inside, word) == ("else", "else"):
                    raise self._error(f"{{{word}}} has no {{if …}} before it", opened)
                return tuple(parts), word
            else:
                parts.append(self._shown())
        if inside:
            raise self._error("this {if …} has no {end}", begun)
        return tuple(parts), ""

    def _shown(self) -> Expression:
        at = self._skip_spaces()
        expression = self._expression()
        if isinstance(expression, Literal) and isinstance(expression.value, int):
            raise self._error("a number is no field", at)
        self._close()
        return expression

    def _choice(self, opened: int) -> Choice:
        with self._deeper():
            condition = self._condition()
            self._close()
            then, word = self.block("if", opened)
            otherwise = self.block("else", opened)[0] if word == "else" else ()
        return Choice(condition, then, otherwise)

    def _condition(self) -> Condition:
        negated = bool(self._take("not"))
        subject = self._expression()
        sign = self._take("==", "!=")
        if not sign:
            return Condition(subject, negated=negated)
        if negated:
            raise self._error("not goes with a field alone: write != instead of ==")
        return Condition(subject, self._expression(), negated=sign == "!=")

    def _expression(self) -> Expression:
        parts = [self._operand()]
        while self._take("+"):
            parts.append(self._operand())
        return parts[0] if len(parts) == 1 else Joined(tuple(parts))

    def _operand(self) -> Expression:
        at = self._skip_spaces()
        token = _TOKEN.match(self._template, at)
        if self._template.startswith(_QUOTES, at) and token is None:
            raise self._error("the quote that ends this text is missing")
        if token is None or token["sign"]:
            raise self._error("a field, a function or a text in quotes is missing")
        self._at = token.end()
        if token["text"]:
            return Literal(token["text"][1:-1])
        if token["number"]:
            return Literal(self._number(token["number"], at))
        return self._call(token["name"], at) if self._take("(") else self._field(token["name"], at)

    def _number(self, digits: str, at: int) -> int:
        if len(digits) > MAX_DIGITS:
            raise self._error("this number is too large", at)
        return int(digits)

    def _field(self, name: str, at: int) -> Field:
        if name in FUNCTIONS and name not in self._fields:
            raise self._error(f"{name} is a function: write {FUNCTIONS[name].call}", at)
        if name not in self._fields:
            raise self._error(_unknown("field", name, self._fields), at)
        self.named.add(name)
        return Field(name, name in self._times)

    def _call(self, name: str, at: int) -> Call:
        if name not in FUNCTIONS:
            raise self._error(_unknown("function", name, FUNCTIONS), at)
        arguments: list[Expression] = []
        with self._deeper():
            while not self._take(")"):
                if arguments and not self._take(","):
                    raise self._error(f"a , or the ) of {name}( is missing")
                arguments.append(self._expression())
        function = FUNCTIONS[name]
        if why := function.refuses(arguments):
            raise self._error(f"{name} {why}, as in {function.call}", at)
        is_time = all(each.is_time for each in arguments) and name in ("default", "duration")
        return Call(name, tuple(arguments), is_time)

    # -- characters -------------------------------------------------------------------------------

    def _skip_spaces(self) -> int:
        while self._template.startswith(" ", self._at):
            self._at += 1
        return self._at

    def _take(self, *wanted: str) -> str:
        """Takes the next word or sign if it is one of these. Returns it, or ""."""
        token = _TOKEN.match(self._template, self._skip_spaces())
        if token is None or token[0] not in wanted:
            return ""
        self._at = token.end()
        return token[0]

    def _close(self) -> None:
        """Takes the brace that ends a field."""
        if not self._take("}"):
            raise self._error("} is missing: nothing else can stand here")

    @contextmanager
    def _deeper(self) -> Generator[None]:
        self._nested += 1
        if self._nested > MAX_NESTED:
            raise self._error(f"more than {MAX_NESTED} functions or conditions within each other")
        yield
        self._nested -= 1

    def _error(self, words: str, at: int | None = None) -> TemplateError:
        at = self._at if at is None else at
        rest = self._template[at : at + MAX_QUOTED_CHARACTERS]
        where = f'at character {at + 1}, "{rest}"' if rest else "at its end"
        return TemplateError(f"{where}: {words}")


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    """Says that there is no such field or function, and which one may be meant."""
    near = get_close_matches(name.lower(), known, 1)
    meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return f"there is no {what} {name:.{MAX_QUOTED_CHARACTERS}}; {meant}"
