"""Carrying out a plan: one commit, which the Hub takes as a whole or not at all."""

from __future__ import annotations

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

from harness.leaderboard.publishing.difference import Plan
from mceval8k.hub import HUB_ERRORS, HubError, why


def carry_out(plan: Plan) -> str | None:
    """Make what the plan says so.

    Returns
    -------
    str or None
        Address of the commit or pull request; None where nothing was to be done.

    Raises
    ------
    HubError
        The Hub refuses, or cannot be reached. Nothing was changed; a repository that was made for
        this stays, empty.
    """
    if not plan.is_needed:
        return None
    target, api = plan.target, HfApi()
    try:
        if plan.head is None:
            sdk = "static" if target.repo_type == "space" else None
            api.create_repo(
                target.repo_id,
                repo_type=target.repo_type,
                space_sdk=sdk,
                private=target.private,
            )
        info = api.create_commit(
            target.repo_id,
            _operations(plan),
            commit_message=target.message,
            repo_type=target.repo_type,
            revision=plan.pending.ref if plan.pending else None,
            parent_commit=plan.head,
            create_pr=target.as_pull_request and not plan.pending,
        )
    except HUB_ERRORS as error:
        raise HubError(
            f"{target.repo_id}: the Hub confirmed no commit: {why(error)}; run this again"
        ) from None
    return plan.pending.url if plan.pending else info.pr_url or info.commit_url


def _operations(plan: Plan) -> list[CommitOperationAdd | CommitOperationDelete]:
    operations: list[CommitOperationAdd | CommitOperationDelete] = []
    for change in plan.changes:
        if change.kind == "deleted":
            operations.append(CommitOperationDelete(change.path))
        elif change.kind != "same":
            operations.append(CommitOperationAdd(change.path, plan.target.files[change.path]))
    return operations
