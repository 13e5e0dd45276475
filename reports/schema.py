"""The published JSON schema of results and runs: `docs/result.schema.json` is what this gives."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema

from .result import Result, Run

__all__ = ["schema", "schema_text"]


class WithInfinities(GenerateJsonSchema):
    """JSON has no NaN and no infinities: where a number may be one of them, it is a string."""

    def float_schema(self, schema: Any) -> JsonSchemaValue:
        names = {"enum": ["NaN", "Infinity", "-Infinity"]}
        return {"anyOf": [super().float_schema(schema), names]}


def schema() -> dict[str, Any]:
    """Describes what `Result.to_json` writes, and a book's `run.json`."""
    _, found = models_json_schema(
        [(Result, "serialization"), (Run, "serialization")],
        title="tightframe results",
        description="A Result, or a Run with its Results.",
        schema_generator=WithInfinities,
    )
    references = [{"$ref": "#/$defs/Result"}, {"$ref": "#/$defs/Run"}]
    start = {"$schema": "https://json-schema.org/draft/2020-12/schema", "anyOf": references}
    return {**start, **found}


def schema_text() -> str:
    return json.dumps(schema(), indent=1, sort_keys=True) + "\n"
