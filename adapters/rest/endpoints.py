"""One request to a system as the network file states it, and what refusals in its answer mean."""

from typing import Annotated, Literal

from graphql import GraphQLError, OperationDefinitionNode, parse
from pydantic import AfterValidator, Field, model_validator

from adapters.mapping.expressions import Expression
from adapters.mapping.options import Options
from adapters.mapping.templates import BodyTemplate, PathTemplate

Names = tuple[str, ...]


def _parsed(text: str) -> str:
    """Return a GraphQL document as it stands; raise ValueError where it cannot be parsed, or names several operations."""
    try:
        operations = [one for one in parse(text).definitions if isinstance(one, OperationDefinitionNode)]
    except GraphQLError as error:
        raise ValueError(f"is no GraphQL document: {error.message}") from error
    if len(operations) != 1:
        raise ValueError(f"has {len(operations)} operations; give one")
    return text


Document = Annotated[str, AfterValidator(_parsed)]


class Refusals(Options):
    """What the codes of refusals mean, beside those that many systems use: `errors[].extensions.code` of GraphQL, or what `refusal` gives.

    A code that is not known: what `refusal` gives is a refusal; of GraphQL, errors that name no place in the
    answer are one, where there is no `data` (nothing was done), and all others are garbage.
    """

    busy: Names = ()
    """It is full, or asks for slower calls: tried again later, nothing was done."""
    unavailable: Names = ()
    """It failed, or our credential is refused: tried again later; what it did is not known."""
    rejected: Names = ()
    """It understood and refused: not tried again."""


class Endpoint(Options):
    """One request. With `graphql` it is sent by POST, and `errors` in its answer are errors whatever the status says."""

    method: Literal["GET", "POST", "PUT", "PATCH"] = "GET"
    path: PathTemplate
    query: dict[str, Expression] = Field(default_factory=dict)
    headers: dict[str, Expression] = Field(default_factory=dict)
    body: BodyTemplate | None = None
    graphql: Document | None = None
    """A GraphQL document of one operation; instead of `method` and `body`."""
    variables: BodyTemplate | None = None
    """Of the document: a table whose texts are expressions, as a body is."""
    refusal: Expression | None = None
    """Gives the code of a refusal that comes with a good status, null in any other answer; `refusals` says what codes mean."""
    timeout_s: Annotated[float, Field(gt=0, le=600)] | None = None

    @model_validator(mode="after")
    def _one_body(self) -> "Endpoint":
        if self.graphql is None and self.variables is not None:
            raise ValueError("`variables` belong to a document; add `graphql`")
        if self.graphql is not None and self.body is not None:
            raise ValueError("`graphql` makes the body; leave `body` out, and give `variables`")
        return self
