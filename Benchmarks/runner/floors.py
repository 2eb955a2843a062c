"""The floors: ratios within one run that must hold, in Benchmarks/floors.json."""

import ast
import json
import operator
import statistics
from dataclasses import dataclass
from pathlib import Path

from measure import Results

_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}

#: What a busy machine does not change.
_UNDISTURBED = {"kib_per_session", "kib_per_stream", "growth"}


class Missing(Exception):
    """A number that the expression needs was not measured."""


@dataclass(frozen=True)
class Floor:
    """A ratio and its bound."""

    name: str
    ratio: str
    at_least: float | None
    at_most: float | None
    note: str

    def holds(self, value: float | None) -> bool:
        """Whether a value is within the bound; none is not."""
        if value is None:
            return False
        if self.at_least is not None and value < self.at_least:
            return False
        return self.at_most is None or value <= self.at_most

    def may_be_noise(self, value: float | None) -> bool:
        """Whether measuring again may change the answer: a miss by more than a quarter is none of the machine's."""
        if value is None:
            return True
        if all(metric in _UNDISTURBED for metric, _, _ in self.numbers()):
            return False
        bound = self.at_least if self.at_least is not None else self.at_most
        return abs(value - bound) <= bound / 4

    @property
    def bound(self) -> str:
        """The bound in words."""
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"

    def numbers(self) -> list[tuple[str, str, str]]:
        """The metrics, clients and workloads of the expression."""
        calls = [node for node in ast.walk(ast.parse(self.ratio, mode="eval")) if isinstance(node, ast.Call)]
        return [
            (call.func.id, call.args[0].value, call.args[1].value)
            for call in calls
            if call.func.id not in ("min", "max")
        ]

    def value(self, results: Results, quiet_only: bool = True) -> float | None:
        """The median over the rounds of the ratio within each round; None when something was not measured.

        A round counts only if the machine was quiet for all of it, unless told otherwise: what other programs take, one
        client has to do without and the next one has not.
        """
        numbers = self.numbers()
        rounds = min((len(results.of(workload, client)) for _, client, workload in numbers), default=0)
        tree = ast.parse(self.ratio, mode="eval").body
        try:
            values = [
                _evaluate(tree, results, number)
                for number in range(rounds)
                if all(
                    not quiet_only or metric in _UNDISTURBED or results.is_quiet(workload, client, number)
                    for metric, client, workload in numbers
                )
            ]
        except Missing:
            return None
        return statistics.median(values) if values else None

    def was_measured(self, results: Results) -> bool:
        """Whether there are numbers for it, even if the machine was never quiet."""
        return all(results.of(workload, client) for _, client, workload in self.numbers())


def _evaluate(node: ast.expr, results: Results, number: int) -> float:
    match node:
        case ast.Constant(value=int() | float() as constant):
            return constant
        case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATORS:
            return _OPERATORS[type(operation)](_evaluate(left, results, number), _evaluate(right, results, number))
        case ast.Call(func=ast.Name(id="min" | "max" as name), args=parts):
            return {"min": min, "max": max}[name](_evaluate(part, results, number) for part in parts)
        case ast.Call(func=ast.Name(id=metric), args=[ast.Constant(value=client), ast.Constant(value=workload)]):
            try:
                return results.of(workload, client)[number][metric]
            except (IndexError, KeyError):
                raise Missing from None
    raise SystemExit(f"bench: floors.json has an expression that is none: {ast.unparse(node)}")


def load(path: Path, quick: bool) -> list[Floor]:
    """The floors of a file; a quick run, which is noisier, has bounds of its own where the file says so."""
    floors = []
    for entry in json.loads(path.read_text(encoding="utf-8"))["floors"]:
        bound = {**entry, **(entry.get("quick") or {} if quick else {})}
        if entry.get("quick") is False and quick:
            continue
        floors.append(
            Floor(entry["name"], entry["ratio"], bound.get("at_least"), bound.get("at_most"), entry.get("note", ""))
        )
    return floors
