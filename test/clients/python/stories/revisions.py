"""Branches, tags, refs and a history cut short."""

from huggingface_hub.errors import BadRequestError, HfHubHTTPError, RevisionNotFoundError
from world import random_bytes, refused, same


def branches(world):
    """makes and deletes branches"""
    name = world.repository({"a.txt": b"1"})
    head = world.api.model_info(name).sha
    for branch in ("dev", "feature/with/slashes", "版本-1"):
        world.api.create_branch(name, branch=branch)
        same(world.api.revision_exists(name, branch), True)
        same(world.api.model_info(name, revision=branch).sha, head)
    taken = lambda: world.api.create_branch(name, branch="dev")
    refused(HfHubHTTPError, taken, status=409, saying="Reference refs/heads/dev already exists")
    world.api.create_branch(name, branch="dev", exist_ok=True)
    for branch in ("dev", "feature/with/slashes", "版本-1"):
        world.api.delete_branch(name, branch=branch)
        same(world.api.revision_exists(name, branch), False)


def branch_from(world):
    """starts a branch where it is told to"""
    name = world.repository({"a.txt": b"1", "b.txt": b"2"})
    [_, before, _] = world.api.list_repo_commits(name)
    world.api.create_branch(name, branch="earlier", revision=before.commit_id)
    same(world.api.list_repo_files(name, revision="earlier"), [".gitattributes", "a.txt"])
    world.api.create_branch(name, branch="same", revision="earlier")
    same(world.api.model_info(name, revision="same").sha, before.commit_id)
    refused(RevisionNotFoundError, lambda: world.api.create_branch(name, branch="x", revision="never-made"))


def main_stays(world):
    """never deletes the main branch, nor a branch that is not there"""
    name = world.repository()
    refused(Exception, lambda: world.api.delete_branch(name, branch="main"), saying="Cannot delete refs/heads/main")
    refused(Exception, lambda: world.api.delete_branch(name, branch="never-made"), saying="Invalid rev id")
    same(world.api.revision_exists(name, "main"), True)


def tags(world):
    """makes and deletes tags"""
    name = world.repository({"a.txt": b"1"})
    head = world.api.model_info(name).sha
    world.api.create_tag(name, tag="v1", tag_message="The first")
    world.api.create_tag(name, tag="v1.0.1+build/7", revision=head)
    for tag in ("v1", "v1.0.1+build/7"):
        same(world.api.model_info(name, revision=tag).sha, head)
    refused(HfHubHTTPError, lambda: world.api.create_tag(name, tag="v1"), status=409)
    world.api.create_tag(name, tag="v1", exist_ok=True)
    refused(RevisionNotFoundError, lambda: world.api.create_tag(name, tag="v2", revision="never-made"))
    for tag in ("v1", "v1.0.1+build/7"):
        world.api.delete_tag(name, tag=tag)
        same(world.api.revision_exists(name, tag), False)
    refused(RevisionNotFoundError, lambda: world.api.delete_tag(name, tag="v1"))


def bad_names(world):
    """refuses names that git would refuse"""
    name = world.repository()
    for bad in ("a..b", "a b", "-a", "a.lock", "a~b", "a^b", "a:b", "/a"):
        refused(BadRequestError, lambda: world.api.create_tag(name, tag=bad))
    same([ref.name for ref in world.api.list_repo_refs(name).tags], [])


def refs(world):
    """lists branches and tags with what they point to"""
    name = world.repository({"a.txt": b"1"})
    head = world.api.model_info(name).sha
    world.api.create_branch(name, branch="dev")
    world.api.create_tag(name, tag="v1", tag_message="Annotated")
    found = world.api.list_repo_refs(name, include_pull_requests=True)
    same({(ref.name, ref.ref, ref.target_commit) for ref in found.branches}, {("main", "refs/heads/main", head), ("dev", "refs/heads/dev", head)})
    same([(ref.name, ref.ref, ref.target_commit) for ref in found.tags], [("v1", "refs/tags/v1", head)])
    same((found.converts, found.pull_requests), ([], []))


def squash(world):
    """cuts a history short and keeps its files"""
    name = world.repository({"a.txt": b"1", "b.bin": random_bytes(1, 40_000)})
    before = world.api.list_repo_commits(name)
    world.api.super_squash_history(name, commit_message="From here")
    [only] = world.api.list_repo_commits(name)
    same(only.title, "From here")
    assert only.commit_id not in [commit.commit_id for commit in before]
    same(world.api.list_repo_files(name), [".gitattributes", "a.txt", "b.bin"])
    world.api.hf_hub_download(name, "b.bin", cache_dir=world.folder)
    refused(RevisionNotFoundError, lambda: world.api.super_squash_history(name, branch="never-made"))


def short_commit_id(world):
    """finds a commit by the first digits of its id"""
    name = world.repository({"a.txt": b"1"})
    head = world.api.model_info(name).sha
    same(world.api.model_info(name, revision=head[:10]).sha, head)
    same(world.api.revision_exists(name, "0" * 10), False)
