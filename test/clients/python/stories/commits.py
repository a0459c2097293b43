"""Commits, and what may not become one."""

import json

from huggingface_hub import CommitOperationAdd, CommitOperationDelete
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RemoteEntryNotFoundError
from huggingface_hub.utils import get_session
from world import random_bytes, refused, same


def add(world, name, path="a.txt", content=b"1", **options):
    operations = [CommitOperationAdd(path, content)]
    return world.api.create_commit(name, operations, commit_message="Add", **options)


def answer(world):
    """answers with the commit, its address and its words"""
    name = world.repository()
    operations = [CommitOperationAdd("a.txt", b"1")]
    info = world.api.create_commit(name, operations, commit_message="A title", commit_description="More\nlines")
    same(info.commit_url, f"{world.endpoint}/{name}/commit/{info.oid}")
    same((info.pr_url, info.pr_num), (None, None))
    [newest, _] = world.api.list_repo_commits(name)
    same((newest.commit_id, newest.title, newest.message), (info.oid, "A title", "More\nlines"))
    same(world.api.model_info(name).sha, info.oid)


def parent(world):
    """refuses a commit whose parent is no longer the newest"""
    name = world.repository()
    base = world.api.model_info(name).sha
    first = add(world, name, parent_commit=base)
    stale = lambda: add(world, name, "b.txt", parent_commit=base)
    refused(HfHubHTTPError, stale, status=412, saying="The branch was updated since you opened this page")
    add(world, name, "b.txt", parent_commit=first.oid)
    same(world.api.list_repo_files(name), [".gitattributes", "a.txt", "b.txt"])


def nothing(world):
    """makes no commit when nothing changes"""
    name = world.repository({"a.txt": b"1", "b.bin": random_bytes(1, 20_000)})
    head = world.api.model_info(name).sha
    same(add(world, name).oid, head)
    same(add(world, name, "b.bin", random_bytes(1, 20_000)).oid, head)
    same(world.api.create_commit(name, [], commit_message="Nothing").oid, head)


def paths(world):
    """refuses paths that lead elsewhere or cannot stand in a file system"""
    name = world.repository()
    head = world.api.model_info(name).sha
    bad = ["a\r\nb.txt", "a\nb.txt", "a\0b.txt", "..\\ddd", ".git/config", "a/.git/hooks", "a//b.txt", "a/../../b", "./a", "../a"]
    url = f"{world.endpoint}/api/models/{name}/commit/main"
    headers = {"Authorization": f"Bearer {world.token}", "Content-Type": "application/x-ndjson"}
    for path in bad:
        lines = [
            {"key": "header", "value": {"summary": "Bad"}},
            {"key": "file", "value": {"path": path, "content": "MQ==", "encoding": "base64"}},
        ]
        answer = get_session().post(url, headers=headers, content="\n".join(map(json.dumps, lines)))
        same((path, answer.status_code), (path, 422))
    same(world.api.model_info(name).sha, head)


def crlf(world):
    """refuses line breaks in a path that the client lets through"""
    name = world.repository()
    for path in ("a\r\nb.txt", "a\nb.txt"):
        refused(Exception, lambda: add(world, name, path))
    same(world.api.list_repo_files(name), [".gitattributes"])


def file_and_folder(world):
    """refuses one name for a file and a folder"""
    name = world.repository({"a": b"1", "b/c.txt": b"2"})
    for path in ("a/d.txt", "b"):
        refused(HfHubHTTPError, lambda: add(world, name, path), status=422)
    swap = [CommitOperationDelete("a"), CommitOperationAdd("a/d.txt", b"3")]
    world.api.create_commit(name, swap, commit_message="A folder now")
    same(world.api.list_repo_files(name), [".gitattributes", "a/d.txt", "b/c.txt"])


def delete(world):
    """deletes files, patterns and folders, however they are named"""
    name = world.repository({"a.txt": b"1", "b.txt": b"2", "c/d.txt": b"3", "c/e/f.txt": b"4", "g/h.txt": b"5"})
    world.api.delete_file("a.txt", name)
    world.api.delete_folder("c", name)
    same(world.api.list_repo_files(name), [".gitattributes", "b.txt", "g/h.txt"])
    world.api.delete_files(name, ["b.txt"])
    folder_without_slash = [CommitOperationDelete("g")]
    world.api.create_commit(name, folder_without_slash, commit_message="Delete a folder")
    same(world.api.list_repo_files(name), [".gitattributes"])


def delete_missing(world):
    """says which file is not there to be deleted"""
    name = world.repository()
    for action in (lambda: world.api.delete_file("no.txt", name), lambda: world.api.delete_folder("no", name)):
        error = refused(RemoteEntryNotFoundError, action)
        assert isinstance(error, EntryNotFoundError)


def together(world):
    """does many things in one commit, or none of them"""
    name = world.repository({"a.txt": b"1", "b/c.txt": b"2"})
    operations = [
        CommitOperationDelete("a.txt"),
        CommitOperationDelete("b/"),
        CommitOperationAdd("d.txt", b"3"),
        CommitOperationAdd("e.bin", random_bytes(1, 30_000)),
    ]
    bad = [*operations, CommitOperationDelete("never.txt")]
    refused(RemoteEntryNotFoundError, lambda: world.api.create_commit(name, bad, commit_message="Bad"))
    same(world.api.list_repo_files(name), [".gitattributes", "a.txt", "b/c.txt"])
    world.api.create_commit(name, operations, commit_message="Good")
    same(world.api.list_repo_files(name), [".gitattributes", "d.txt", "e.bin"])


def pull_request(world):
    """says that pull requests are not built, and commits nothing"""
    name = world.repository()
    head = world.api.model_info(name).sha
    refused(HfHubHTTPError, lambda: add(world, name, create_pr=True), status=501)
    same(world.api.model_info(name).sha, head)


def onto_commit(world):
    """refuses to commit onto a commit id instead of a branch"""
    name = world.repository()
    head = world.api.model_info(name).sha
    refused(Exception, lambda: add(world, name, revision=head))
    same(world.api.model_info(name).sha, head)


def pointer(world):
    """refuses a pointer committed as text when its bytes are not here"""
    name = world.repository()
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'ab' * 32}\nsize 12345\n"
    refused(Exception, lambda: add(world, name, "weights.txt", text.encode()))
    same(world.api.list_repo_files(name), [".gitattributes"])


def history(world):
    """lists every commit of a long history once"""
    name = world.repository()
    oids = [add(world, name, content=b"%d" % number).oid for number in range(60)]
    listed = [commit.commit_id for commit in world.api.list_repo_commits(name)]
    same(len(listed), 61)
    same(listed[:60], oids[::-1])
    same(world.api.list_repo_commits(name, revision=oids[2])[0].commit_id, oids[2])
    formatted = world.api.list_repo_commits(name, formatted=True)
    same(formatted[0].formatted_title, "Add")
