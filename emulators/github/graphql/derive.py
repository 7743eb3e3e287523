"""Makes `schema.graphql` from GitHub's own schema, the npm package `@octokit/graphql-schema`.

`python -m emulators.github.graphql.derive FOLDER`, where FOLDER holds the unpacked package (`npm pack …`). Kept are the types
and fields that are served, with all of their arguments, and whatever inputs, enums and scalars these need. Words for readers
are dropped.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    Node,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    UnionTypeDefinitionNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

HERE = Path(__file__).parent

_COMMENT = "author authorAssociation body createdAt databaseId fullDatabaseId id isMinimized lastEditedAt minimizedReason \
updatedAt url viewerCanMinimize viewerDidAuthor"
_ACTOR = "avatarUrl databaseId id login url"

# Every object and interface that is served, with its fields.
SERVED: dict[str, str] = {
    "Query": "node repository viewer",
    "Mutation": "addPullRequestReview addPullRequestReviewThread addPullRequestReviewThreadReply convertPullRequestToDraft "
    "deletePullRequestReview markPullRequestReadyForReview minimizeComment resolveReviewThread submitPullRequestReview "
    "unminimizeComment unresolveReviewThread disablePullRequestAutoMerge enablePullRequestAutoMerge mergePullRequest",
    "Node": "id",
    "Actor": "avatarUrl login url",
    "RepositoryOwner": "avatarUrl id login url",
    "Minimizable": "isMinimized minimizedReason viewerCanMinimize",
    "User": f"{_ACTOR} name",
    "Bot": _ACTOR,
    "Organization": f"{_ACTOR} name",
    "Team": "databaseId id name slug",
    "Repository": "databaseId id isPrivate issue issues name nameWithOwner owner pullRequest url",
    "Label": "color description id name",
    "Issue": "author body comments createdAt databaseId fullDatabaseId id labels lastEditedAt number state title updatedAt "
    "url",
    "IssueComment": _COMMENT.replace("databaseId ", "", 1),
    "PullRequest": "author autoMergeRequest baseRefName baseRefOid body comments createdAt databaseId fullDatabaseId "
    "headRefName headRefOid id isDraft lastEditedAt number repository reviewRequests reviewThreads reviews state title "
    "updatedAt url",
    "PullRequestReview": f"{_COMMENT} comments commit pullRequest state submittedAt",
    "PullRequestReviewComment": f"{_COMMENT} commit diffHunk line originalCommit originalLine originalPosition "
    "originalStartLine outdated path position pullRequest pullRequestReview replyTo startLine state subjectType",
    "PullRequestReviewThread": "comments diffSide id isCollapsed isOutdated isResolved line originalLine originalStartLine "
    "path pullRequest repository resolvedBy startDiffSide startLine subjectType viewerCanReply viewerCanResolve "
    "viewerCanUnresolve",
    "AutoMergeRequest": "commitBody commitHeadline enabledAt enabledBy mergeMethod",
    "ReviewRequest": "databaseId id requestedReviewer",
    "Commit": "id oid",
    "PageInfo": "endCursor hasNextPage hasPreviousPage startCursor",
    **{
        f"{name}Connection": "edges nodes pageInfo totalCount"
        for name in (
            "Issue",
            "IssueComment",
            "Label",
            "PullRequestReview",
            "PullRequestReviewComment",
            "PullRequestReviewThread",
            "ReviewRequest",
        )
    },
    **{
        f"{name}Edge": "cursor node"
        for name in (
            "Issue",
            "IssueComment",
            "Label",
            "PullRequestReview",
            "PullRequestReviewComment",
            "PullRequestReviewThread",
            "ReviewRequest",
        )
    },
    "AddPullRequestReviewPayload": "clientMutationId pullRequestReview",
    "AddPullRequestReviewThreadPayload": "clientMutationId thread",
    "AddPullRequestReviewThreadReplyPayload": "clientMutationId comment",
    "ConvertPullRequestToDraftPayload": "clientMutationId pullRequest",
    "DisablePullRequestAutoMergePayload": "actor clientMutationId pullRequest",
    "EnablePullRequestAutoMergePayload": "actor clientMutationId pullRequest",
    "MergePullRequestPayload": "actor clientMutationId pullRequest",
    "DeletePullRequestReviewPayload": "clientMutationId pullRequestReview",
    "MarkPullRequestReadyForReviewPayload": "clientMutationId pullRequest",
    "MinimizeCommentPayload": "clientMutationId minimizedComment",
    "ResolveReviewThreadPayload": "clientMutationId thread",
    "SubmitPullRequestReviewPayload": "clientMutationId pullRequestReview",
    "UnminimizeCommentPayload": "clientMutationId unminimizedComment",
    "UnresolveReviewThreadPayload": "clientMutationId thread",
}

_Leaf = EnumTypeDefinitionNode | InputObjectTypeDefinitionNode | ScalarTypeDefinitionNode
_BUILT_IN = frozenset({"Boolean", "Float", "ID", "Int", "String"})


def main(folder: Path) -> None:
    """Write the schema and its licence beside this file."""
    source = parse((folder / "schema.graphql").read_text(), no_location=True)
    version = json.loads((folder / "package.json").read_text())["version"]
    origin = f"# @octokit/graphql-schema {version} (MIT, see LICENSE), cut down by derive.py\n\n"
    (HERE / "schema.graphql").write_text(origin + print_ast(_wordless(cut(source))) + "\n")
    shutil.copy(folder / "LICENSE.md", HERE / "LICENSE")


def cut(source: DocumentNode) -> DocumentNode:
    """What is served of a schema, and all that it needs. Raises LookupError for a type that is needed and not in the table."""
    defined: dict[str, Any] = {one.name.value: one for one in source.definitions if hasattr(one, "name")}
    served = [_cut_type(defined[name], fields.split()) for name, fields in SERVED.items()]
    kept: dict[str, Any] = {definition.name.value: definition for definition in served}
    waiting = [name for definition in served for name in _named(definition)]
    while waiting:
        name = waiting.pop()
        if name in kept or name in _BUILT_IN:
            continue
        found = defined[name]
        if isinstance(found, UnionTypeDefinitionNode):
            members = tuple(member for member in found.types or () if member.name.value in SERVED)
            kept[name] = UnionTypeDefinitionNode(name=found.name, types=members)
            continue
        if not isinstance(found, _Leaf):
            raise LookupError(f"{name} is needed by what is served: name its fields in SERVED")
        kept[name] = found
        waiting += _named(found)
    return DocumentNode(definitions=tuple(kept[name] for name in sorted(kept)))


def _cut_type(found: Any, fields: list[str]) -> ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode:
    by_name: dict[str, FieldDefinitionNode] = {field.name.value: field for field in found.fields}
    if missing := set(fields) - by_name.keys():
        raise LookupError(f"GitHub's {found.name.value} has no {', '.join(sorted(missing))}")
    return type(found)(  # type: ignore[no-any-return]
        name=found.name,
        interfaces=tuple(one for one in found.interfaces or () if _keeps(one.name.value, fields)),
        fields=tuple(by_name[name] for name in sorted(fields)),
    )


def _keeps(interface: str, fields: list[str]) -> bool:
    """Whether what is kept of a type is still all that an interface asks for."""
    return interface in SERVED and set(SERVED[interface].split()) <= set(fields)


def _named(definition: Node) -> Iterator[str]:
    """The types that a definition names."""
    names: list[str] = []

    class Names(Visitor):
        def enter_named_type(self, node: NamedTypeNode, *_: Any) -> None:
            names.append(node.name.value)

    visit(definition, Names())
    yield from names


def _wordless(part: Any) -> Any:
    """Without descriptions, and without what GitHub's own tools are told by directives."""
    if isinstance(part, tuple):
        return tuple(_wordless(one) for one in part)
    if not isinstance(part, Node):
        return part
    left_out: dict[str, Any] = {"description": None, "directives": ()}
    parts = {key: left_out[key] if key in left_out else _wordless(getattr(part, key)) for key in part.keys}
    return type(part)(**parts)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
