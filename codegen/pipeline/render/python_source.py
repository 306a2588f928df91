"""Pieces of the intermediate representation as Python source text, for the templates."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from typing import Any

from pipeline import ir

_WIDTH = 100
# Longer text is split, to stay within the width of a line.
_LONGEST_LITERAL = 72


def annotation(type_: ir.Type | None, quoted: frozenset[str] = frozenset()) -> str:
    """Return a type as an annotation, in quotes if it names a later definition."""
    text = _text(type_)
    return f'"{text}"' if any(named.name in quoted for named in ir.names_in(type_)) else text


def map_of(type_: ir.Type) -> ir.Type:
    """Return the type of objects with values of a type."""
    return ir.MapOf(type_)


def plain_annotation(type_: ir.Type | None) -> str:
    """Return a type as an annotation without constraints, for a signature."""
    return _text(type_, limits=False)


def optional(text: str) -> str:
    """Return an annotation that also takes None."""
    return text if text.rstrip('"').endswith("| None") else _with("None", text)


def field(each: ir.Field, quoted: frozenset[str]) -> str:
    """Return the annotation of a field and its default."""
    text, default = annotation(each.type, quoted), ""
    if not each.required and each.nullable:
        inner = each.type.inner if isinstance(each.type, ir.Nullable) else each.type
        text, default = optional(_with("UnsetType", annotation(inner, quoted))), "UNSET"
    elif not each.required:
        text, default = optional(text), "None"
    if each.name == each.wire_name:
        return f"{text} = {default}" if default else text
    default = f", default={default}" if default else ""
    return f"{text} = msgspec.field(name={literal(each.wire_name)}{default})"


def _with(member: str, text: str) -> str:
    if text.startswith('"'):
        return f'"{_with(member, text[1:-1])}"'
    return text if text == "Any" else f"{text} | {member}"


def _text(type_: ir.Type | None, limits: bool = True) -> str:
    if type_ is None:
        return "None"
    if isinstance(type_, ir.Anything):
        return "Any"
    if isinstance(type_, ir.Scalar):
        return type_.python
    if isinstance(type_, ir.Named):
        return type_.name
    if isinstance(type_, ir.ListOf):
        return f"list[{_text(type_.item, limits)}]"
    if isinstance(type_, ir.MapOf):
        return f"dict[{_text(type_.key, limits)}, {_text(type_.value, limits)}]"
    if isinstance(type_, ir.UnionOf):
        members = [_text(member, limits) for member in type_.members]
        return "Any" if "Any" in members else " | ".join(members)
    if isinstance(type_, ir.Nullable):
        return optional(_text(type_.inner, limits))
    if isinstance(type_, ir.Content):
        return f"Content({_text(type_.type, limits)}, {type_.media_types!r})"
    if not limits:
        return _text(type_.inner, limits)
    keywords = ", ".join(f"{name}={literal(value)}" for name, value in type_.limits)
    return f"Annotated[{_text(type_.inner)}, OnSend({keywords})]"


def docstring(doc: str, indent: int, *, first: str = "") -> str:
    """Return the body of a docstring, wrapped."""
    paragraphs = [p for p in (first, *re.split(r"\n\s*\n", doc)) if p.strip()]
    pad = " " * indent
    return f"\n\n{pad}".join(_wrap(paragraph, indent) for paragraph in paragraphs)


def whole(text: str, indent: int) -> str:
    """Return a docstring with its quotes, the last ones on a line of their own if needed."""
    # Quotes that would end the docstring are replaced; with a backslash, it becomes a raw one.
    text = text.strip().replace('"""', "'''")
    prefix = "r" if "\\" in text else ""
    pad = " " * indent
    end = f"\n{pad}" if "\n" in text or text.endswith(('"', "\\")) else ""
    return f'{pad}{prefix}"""{text}{end}"""'


def call_line(operation: ir.Operation, indent: int) -> str:
    """Return the sentence that names the operation of a method."""
    what = f"Operation `{operation.id}` of the contract:"
    call = f"`{operation.method} {operation.path}`."
    fits = indent + len(what) + len(call) < _WIDTH
    return f"{what} {call}" if fits else f"{what}\n{' ' * indent}{call}"


def summarized(doc: str, indent: int, name: str) -> str:
    """Return the body of a docstring, with its first sentence as the summary (PEP 257)."""
    first, *others = re.split(r"\n\s*\n", doc.strip() or f"`{name}` of the contract.")
    summary, stop, rest = " ".join(first.split()).partition(". ")
    return docstring("\n\n".join((rest, *others)), indent, first=summary + stop.rstrip())


def entry(name: str, doc: str, indent: int) -> str:
    """Return an entry of a docstring's list, wrapped with a hanging indent."""
    return textwrap.fill(
        " ".join(f"{name}: {doc}".split()),
        width=_WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 4),
        break_long_words=False,
        break_on_hyphens=False,
    )


def responses(docs: tuple[tuple[int, str], ...], indent: int) -> str:
    """Return the description of the one success response, or an entry for each."""
    docs = tuple((status, doc or "The response.") for status, doc in docs)
    if len(docs) == 1:
        return " " * indent + docstring(docs[0][1], indent)
    return "\n".join(entry(str(status), doc, indent) for status, doc in docs)


def _wrap(paragraph: str, indent: int) -> str:
    return textwrap.fill(
        " ".join(paragraph.split()),
        width=_WIDTH - 3,
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    ).lstrip()


def sentence(text: str) -> str:
    """Return a text with a full stop at its end."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def imports(types: Iterable[ir.Type | None], own_module: str, package: str) -> list[str]:
    """Return the import lines for the definitions that types name, from public modules."""
    by_module: dict[str, set[str]] = {}
    for type_ in types:
        for named in ir.names_in(type_):
            module = named.module
            if module == own_module:
                continue
            if module.startswith(f"{package}."):
                module = module.removeprefix(package)
            by_module.setdefault(module.partition("._")[0] or module, set()).add(named.name)
    return [
        f"from {module} import {', '.join(sorted(names))}"
        for module, names in sorted(by_module.items())
    ]


def workflow_constant(workflow: ir.Workflow) -> str:
    """Return the name of the constant that describes a workflow."""
    if isinstance(workflow, ir.Pageable):
        return f"{workflow.operation.constant}_PAGES"
    if isinstance(workflow, ir.Streamed):
        return f"{workflow.operation.constant}_ORDER"
    name = workflow.invoke if isinstance(workflow, ir.Invocable) else workflow.name
    return f"{name.upper()}_WORKFLOW"


def workflow_type(workflow: ir.Workflow) -> str:
    """Return the type of the constant that describes a workflow."""
    kind = type(workflow).__name__
    arguments = ", ".join(plain_annotation(type_) for type_ in types_in(workflow))
    return f"{kind}[{arguments}]" if arguments else kind


def types_in(workflow: ir.Workflow) -> list[ir.Type]:
    """Return the type arguments of the constant that describes a workflow."""
    found: list[ir.Type | None] = []
    if isinstance(workflow, (ir.Pageable, ir.Leasable)) and isinstance(
        workflow.items.type, ir.ListOf
    ):
        found.append(workflow.items.type.item)
    if isinstance(workflow, ir.LongRunning):
        found += [workflow.status.result, workflow.outcome]
    if isinstance(workflow, ir.Invocable):
        found.append(workflow.definition)
    return [type_ for type_ in found if type_ is not None]


def literal(value: Any) -> str:
    """Return a JSON scalar as Python source: text as a raw string if that is more readable."""
    if not isinstance(value, str):
        return repr(value)
    if len(value) <= _LONGEST_LITERAL:
        return _quoted(value)
    pieces = re.findall(rf"(?s).{{1,{_LONGEST_LITERAL}}}(?<!\\)|.+", value)
    return f"({' '.join(map(_quoted, pieces))})"


def prose(text: str) -> str:
    """Return a text as Python source, split between words."""
    lines = textwrap.TextWrapper(
        _LONGEST_LITERAL,
        drop_whitespace=False,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    ).wrap(text)
    return f"({' '.join(map(repr, lines))})" if len(lines) > 1 else repr(text)


def _quoted(value: str) -> str:
    raw = "\\" in value and '"' not in value and not value.endswith("\\") and value.isprintable()
    return f'r"{value}"' if raw else repr(value)
