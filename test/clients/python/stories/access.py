"""Private and gated repositories, and those of other people."""

from huggingface_hub import HfApi
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
)
from world import refused, same


def hidden(world):
    """shows a private repository to nobody else, not even that it exists"""
    name = world.repository({"a.txt": b"secret"}, private=True)
    missing = f"{world.user}/never-made"
    for someone in (world.other, world.anonymous):
        for repository in (name, missing):
            private = refused(RepositoryNotFoundError, lambda: someone.model_info(repository))
            refused(RepositoryNotFoundError, lambda: list(someone.list_repo_tree(repository)))
            refused(RepositoryNotFoundError, lambda: someone.list_repo_refs(repository))
            refused(RepositoryNotFoundError, lambda: someone.list_repo_commits(repository))
            refused(RepositoryNotFoundError, lambda: someone.auth_check(repository))
            refused(RepositoryNotFoundError, lambda: someone.get_paths_info(repository, ["a.txt"]))
            refused(RepositoryNotFoundError, lambda: someone.hf_hub_download(repository, "a.txt", cache_dir=world.folder))
            same(someone.repo_exists(repository), False)
            same(private.response.status_code, 401 if someone is world.anonymous else 404)
        assert name not in [model.id for model in someone.list_models(author=world.user)]
        assert name not in [model.id for model in someone.list_models(search=name.split("/")[1])]
    assert name in [model.id for model in world.api.list_models(author=world.user)]


def private_files(world):
    """gives a private repository's files to its owner"""
    name = world.repository({"a.txt": b"secret", "b.bin": b"\0" * 100_000}, private=True)
    for api in (world.api, world.reader):
        for path in ("a.txt", "b.bin"):
            api.hf_hub_download(name, path, cache_dir=world.folder / api.token)


def write_to_others(world):
    """lets nobody write to another's public repository"""
    name = world.repository({"a.txt": b"1"})
    for api, status in ((world.other, 403), (world.reader, 403)):
        upload = lambda: api.upload_file(path_or_fileobj=b"2", path_in_repo="a.txt", repo_id=name)
        refused(HfHubHTTPError, upload, status=status)
        refused(HfHubHTTPError, lambda: api.delete_repo(name), status=status)
        refused(HfHubHTTPError, lambda: api.create_branch(name, branch="theirs"), status=status)
        refused(HfHubHTTPError, lambda: api.create_tag(name, tag="theirs"), status=status)
    same(len(world.api.list_repo_commits(name)), 2)


def gated(world):
    """shows a gated repository to all and gives its files to its owner only"""
    name = world.repository({"a.txt": b"1", "b.bin": b"\0" * 100_000})
    world.api.update_repo_settings(name, gated="auto")
    for someone, status in ((world.other, 403), (world.anonymous, 401)):
        same(someone.model_info(name).gated, "auto")
        same(someone.list_repo_files(name), [".gitattributes", "a.txt", "b.bin"])
        for path in ("a.txt", "b.bin"):
            download = lambda: someone.hf_hub_download(name, path, cache_dir=world.folder / "theirs")
            refused(GatedRepoError, download, status=status)
        refused(GatedRepoError, lambda: someone.auth_check(name))
    world.api.auth_check(name)
    world.api.hf_hub_download(name, "b.bin", cache_dir=world.folder / "mine")


def auth_check(world):
    """says who may read and who may write"""
    name = world.repository()
    for someone in (world.api, world.reader, world.other, world.anonymous):
        someone.auth_check(name)
    world.api.auth_check(name, write=True)
    for someone in (world.reader, world.other):
        refused(HfHubHTTPError, lambda: someone.auth_check(name, write=True), status=403)


def dead_token(world):
    """tells a wrong token apart from a missing repository"""
    name = world.repository()
    refused(HfHubHTTPError, lambda: HfApi(token="hf_" + "0" * 34).model_info(name), status=401)


def missing_entries(world):
    """remembers in the client's cache that a file is not there"""
    name = world.repository()
    for _ in range(2):
        refused(RemoteEntryNotFoundError, lambda: world.api.hf_hub_download(name, "no.txt", cache_dir=world.folder))
    [mark] = [path for path in world.folder.rglob("no.txt") if ".no_exist" in path.parts]
    assert mark.exists()
    refused(
        LocalEntryNotFoundError,
        lambda: world.api.hf_hub_download(name, "other.txt", cache_dir=world.folder, local_files_only=True),
    )
    assert issubclass(RemoteEntryNotFoundError, EntryNotFoundError)
