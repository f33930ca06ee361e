"""Makes scripts and style sheets small: without comments and blanks, and scripts with short names.

A name is shortened everywhere or nowhere: only one that the script itself declares, and that is never a property's
too. So it needs no knowledge of scopes; what it does need is source with a semicolon after every statement.
"""

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import pairwise, product
from string import ascii_letters
from typing import Final

_IMPORT: Final = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_NAME: Final = re.compile(r"[A-Za-z_$][\w$]*")
_TOKEN: Final = re.compile(
    r"(?P<blank>\s+|//[^\n]*|/\*.*?\*/)"
    r"|(?P<text>\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*`)"
    r"|(?P<name>[A-Za-z_$][\w$]*)"
    r"|(?P<number>[0-9][\w.]*)"
    r"|(?P<sign>\.\.\.|=>|\?\.|\?\?|\*\*|\+\+|--|&&|\|\||[=!]==|.)",
    re.DOTALL,
)
_PATTERN: Final = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+/[a-z]*")
_FILLED: Final = re.compile(r"(?<=\$\{)[^}]*(?=\})")
_BEFORE_PATTERN: Final = frozenset("=(,:?&|!{};")
_OPENING: Final = {")": "(", "]": "[", "}": "{"}
_CSS: Final = re.compile(r"/\*.*?\*/|\s*\n\s*|(?<=[{;,:])\s+|\s+(?=\{)|;(?=\s*\})", re.DOTALL)


def pack_styles(text: str) -> str:
    """Return a style sheet that says the same in fewer characters."""
    return _CSS.sub("", text)


def pack_scripts(modules: Sequence[str]) -> str:
    """Return one script of modules that share their names, in an order in which each runs after what it needs."""
    text = "\n".join(_IMPORT.sub("", module) for module in modules)
    tokens = list(_tokens(re.sub(r"^export ", "", text, flags=re.MULTILINE)))
    statements = list(_statements(tokens))
    spoken = [Counter(filter(_NAME.fullmatch, _spoken(statement))) for statement in statements]
    names = sum(spoken, Counter[str]())
    ours = _declared(tokens) - _properties(tokens)
    seen_in = Counter(name for counted in spoken for name in counted)
    several = {name for name, places in seen_in.items() if places > 1}
    several |= {name for statement in statements for name in _named(statement[:3])}
    shared = _short({name: names[name] for name in ours & several}, names)
    taken = {*names, *shared.values()}
    packed = ""
    for statement, counted in zip(statements, spoken, strict=True):
        own = {name: counted[name] for name in ours & counted.keys() - several}
        short = shared | _short(own, taken)
        packed += _joined([_renamed(token, short) for token in statement])
    return packed


def _short(names: Mapping[str, int], taken: Container[str]) -> dict[str, str]:
    """Return new names, the shortest for what is used most."""
    ranked = sorted(names, key=lambda name: (-names[name], name))
    free = (name for name in _candidates() if name not in taken)
    return dict(zip(ranked, free, strict=False))


def _statements(tokens: Sequence[str]) -> Iterator[list[str]]:
    """Part the tokens where nothing is open any more."""
    statement, depth = list[str](), 0
    for token in tokens:
        statement.append(token)
        depth += (token in _OPENING.values()) - (token in _OPENING)
        if not depth and token in (";", "}"):
            yield statement
            statement = []
    yield statement


def _tokens(text: str) -> Iterator[str]:
    """Yield all that is no blank and no comment."""
    at, before = 0, "("
    while at < len(text):
        pattern = _PATTERN.match(text, at) if before in _BEFORE_PATTERN else None
        found = _TOKEN.match(text, at)
        assert found is not None  # noqa: S101 any character is a sign
        if pattern and found.lastgroup != "blank":
            found = pattern
        at = found.end()
        if found is pattern or found.lastgroup != "blank":
            before = found.group()
            yield before


def _candidates() -> Iterator[str]:
    yield from ascii_letters
    yield from ("".join(pair) for pair in product(ascii_letters, repeat=2))


def _spoken(tokens: Sequence[str]) -> Iterator[str]:
    """Yield the tokens, those inside of templates too."""
    for token in tokens:
        yield token
        if token.startswith("`"):
            for part in _FILLED.findall(token):
                yield from _tokens(part)


def _named(tokens: Sequence[str]) -> set[str]:
    """Return what follows const, let and function."""
    words = ("const", "let", "function")
    return {name for word, name in pairwise(tokens) if word in words and _NAME.fullmatch(name)}


def _declared(tokens: Sequence[str]) -> set[str]:
    """Return what is given a name, and what functions take."""
    found = _named(tokens)
    for at, token in enumerate(tokens):
        if token == "=>":  # noqa: S105 an arrow
            found.update(_taken(tokens, at - 1))
        elif token == "function":  # noqa: S105 a keyword
            found.update(_taken(tokens, tokens.index(")", at)))
    return found


def _taken(tokens: Sequence[str], end: int) -> set[str]:
    """Return the plain parameters in the brackets that end there, or the one without any."""
    if tokens[end] != ")":
        return {tokens[end]}
    depth, at, found = 0, end, set[str]()
    while depth or at == end:
        depth += {")": 1, "]": 1, "}": 1, "(": -1, "[": -1, "{": -1}.get(tokens[at], 0)
        if depth == 1 and _NAME.fullmatch(tokens[at]) and tokens[at - 1] in "(,":
            found.add(tokens[at])
        at -= 1
    return found


def _properties(tokens: Sequence[str]) -> set[str]:
    """Return every name that is, or may be, one of an object's: after a dot, before a colon, alone in its braces."""
    spoken = ["", *_spoken(tokens), ""]
    objects, open_ones, found = _objects(spoken), [0], set[str]()
    for at, token in enumerate(spoken):
        if token in _OPENING.values():
            open_ones.append(at)
        elif token in _OPENING:
            open_ones.pop()
        elif _NAME.fullmatch(token):
            before, after = spoken[at - 1], spoken[at + 1]
            alone = before in ("{", ",") and after in (",", "}", "=", "(")
            if before in (".", "?.") or after == ":" or (alone and open_ones[-1] in objects):
                found.add(token)
    return found


def _objects(tokens: Sequence[str]) -> set[int]:
    """Return where the braces begin that hold no statement."""
    objects, open_ones = set[int](), [0]
    for at, token in enumerate(tokens):
        if token in _OPENING.values():
            open_ones.append(at)
            objects |= {at} if token == "{" else set()  # noqa: S105 a brace
        elif token in _OPENING:
            open_ones.pop()
        elif token == ";":  # noqa: S105 a semicolon
            objects.discard(open_ones[-1])
    return objects


def _renamed(token: str, short: dict[str, str]) -> str:
    if not token.startswith("`"):
        return short.get(token, token)
    return _FILLED.sub(
        lambda part: _joined([short.get(each, each) for each in _tokens(part.group())]), token
    )


def _joined(tokens: Sequence[str]) -> str:
    """Return the tokens without blanks, but for those that keep two words apart."""
    text: list[str] = []
    for token in tokens:
        apart = text and re.match(r"[\w$]", token) and re.search(r"[\w$]$", text[-1])
        text.append(f" {token}" if apart else token)
    return "".join(text)
