"""JSON values against the document's schemas: jsonschema_rs finds what does not fit, the document says whose it is."""

from typing import Any
from urllib.parse import quote

from jsonschema_rs import Draft202012Validator, Registry, ValidationError

from conformance.contract import wording
from conformance.contract.judgement import Judgement, Violation
from conformance.contract.part import Keys, Part, proven
from conformance.evidence.jsontext import read_json

_HOME = "urn:contract"


class Schemas:
    """Judges values; each schema is compiled once, when it is first needed. Patterns are asserted, formats are not."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._registry = Registry([(_HOME, document)])
        self._compiled: dict[Keys, Draft202012Validator] = {}

    def judge(self, schema: Part, value: Any, place: str) -> Judgement:
        """The value against the schema; `place` is what its top level is called."""
        validator = self._validator(schema)
        violations = (self._violation(schema, error, place) for error in validator.iter_errors(value))
        different = dict.fromkeys(violations)  # one title may speak for several keywords
        return Judgement.of(*different, judged=_judged(validator, value))

    def judge_text(self, schema: Part, text: bytes, place: str) -> Judgement:
        """The JSON text's value against the schema; a text that is no JSON is charged as a wrong type is."""
        try:
            value = read_json(text)
        except ValueError:
            shown = wording.unreadable(text, secret=_secret(schema))
            return Judgement.of(Violation(schema.requirements("type"), place, "JSON", shown))
        return self.judge(schema, value, place)

    def fits(self, schema: Part, value: Any) -> bool:
        return self._validator(schema).is_valid(value)

    def _validator(self, schema: Part) -> Draft202012Validator:
        if schema.site not in self._compiled:
            reference = f"{_HOME}#{quote(schema.pointer)}"
            self._compiled[schema.site] = Draft202012Validator(
                {"$ref": reference}, registry=self._registry, validate_formats=False, offline=True
            )
        return self._compiled[schema.site]

    def _violation(self, root: Part, error: ValidationError, place: str) -> Violation:
        *path, keyword = (step for step in error.evaluation_path if step != "$ref")
        part, place = root.into(*path), place + _spelled(error.instance_path)
        if keyword == "required":
            return _missing(part, error, place)
        open_ = part.find("x-open")
        return Violation(
            part.requirements(_fault(str(keyword), part.node, error.instance)),
            place,
            wording.expected(str(keyword), part.node),
            wording.received(error.instance, secret=_secret(part)),
            open=open_ is not None and self.fits(open_, error.instance),
        )


def _missing(part: Part, error: ValidationError, place: str) -> Violation:
    """Charged to the missing property where it names requirements, else to the object."""
    name = error.kind.property  # type: ignore[attr-defined]
    owner = part.find("properties", name) or part
    return Violation(owner.requirements("required"), f"{place}.{name}", f"the property {name}", wording.ABSENT)


def _fault(keyword: str, schema: dict[str, Any], value: Any) -> str:
    """The keyword, but for a fraction where a whole number belongs, which is another mistake than a wrong type."""
    fraction = keyword == "type" and schema["type"] == "integer" and isinstance(value, float)
    return "fraction" if fraction else keyword


def _secret(part: Part) -> bool:
    """A whole object that holds a secret is as secret as that."""
    inside = part.node.get("properties", {}).values()
    return any(isinstance(node, dict) and node.get("x-secret") for node in (*part.nodes, *inside))


def _spelled(path: list[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def _judged(validator: Draft202012Validator, value: Any) -> tuple[str, ...]:
    """The rows proven by every part that took part: a branch of `if` counts only when it was taken."""
    found: list[str] = []
    for unit in validator.evaluate(value).list()["details"]:
        notes = unit.get("annotations") or unit.get("droppedAnnotations")
        if isinstance(notes, dict):
            found += proven(notes)
    return tuple(found)
