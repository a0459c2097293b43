"""What is here: catalogues, infos, trees and paths."""

import hashlib
import re
from typing import get_args

from huggingface_hub import CommitOperationAdd, hf_api
from huggingface_hub.errors import BadRequestError, RemoteEntryNotFoundError, RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile, RepoFolder
from huggingface_hub.utils import get_session
from world import random_bytes, refused, same

SPEECH = b"""---
license: apache-2.0
language: [sw, fr]
library_name: transformers
pipeline_tag: automatic-speech-recognition
tags: [audio, voice-of-the-coast]
datasets: [admin/voices]
base_model: admin/parent
---
# Zanzibar listener
Understands spoken Swahili.
"""
MAPS = b"""---
license: mit
language: ar
tags: [maps]
pipeline_tag: image-segmentation
---
# Map reader
"""


def models(world):
    """lists models by what their cards say"""
    speech, maps = world.repository({"README.md": SPEECH}), world.repository({"README.md": MAPS})

    def found(**criteria):
        return {model.id for model in world.api.list_models(author=world.user, **criteria)} & {speech, maps}

    same(found(), {speech, maps})
    same(found(filter="license:apache-2.0"), {speech})
    same(found(filter=["language:sw", "audio"]), {speech})
    same(found(filter="language:ar"), {maps})
    same(found(filter="transformers"), {speech})
    same(found(filter="automatic-speech-recognition"), {speech})
    same(found(filter=["language:sw", "maps"]), set())
    same(found(pipeline_tag="image-segmentation"), {maps})
    same(found(trained_dataset="admin/voices"), {speech})
    same(found(search="zanzibar"), {speech})
    same(found(search="Swahili"), {speech})
    same(found(gated=False), {speech, maps})
    same(found(gated=True), set())
    same({model.id for model in world.api.list_models(author="nobody-here")}, set())


def found_by_parts_of_a_name(world):
    """finds a model by its namespace and name"""
    name = world.repository()
    same([model.id for model in world.api.list_models(search=name.split("/")[1])], [name])


def sorted_models(world):
    """sorts by what a client asks for"""
    ids = [world.repository({"a.txt": b"1"}) for _ in range(3)]
    world.api.upload_file(path_or_fileobj=b"2", path_in_repo="a.txt", repo_id=ids[0])

    def order(sort):
        return [model.id for model in world.api.list_models(author=world.user, sort=sort) if model.id in ids]

    same(order("created_at"), ids[::-1])
    same(order("last_modified"), [ids[0], ids[2], ids[1]])
    for sort in ("downloads", "likes", "trending_score"):
        same(sorted(order(sort)), sorted(ids))
    refused(Exception, lambda: list(world.api.list_models(sort="beauty")))


def pages(world):
    """leads from page to page until everything was listed once"""
    ids = {world.repository() for _ in range(7)}
    url = f"{world.endpoint}/api/models?author={world.user}&limit=3&search=pages"
    seen = []
    while url:
        answer = get_session().get(url, headers={"Authorization": f"Bearer {world.token}"})
        assert len(answer.json()) <= 3
        seen += [model["id"] for model in answer.json()]
        link = answer.headers.get("Link")
        url = re.fullmatch(r'<(https?://[^>]+)>; rel="next"', link)[1] if link else None
        assert url is None or "search=pages" in url
    same((len(seen), set(seen)), (7, ids))
    same(len(list(world.api.list_models(author=world.user, search="pages", limit=5))), 5)


def more_than_a_page(world):
    """lists more models than fit a page"""
    ids = {world.repository() for _ in range(105)}
    listed = [model.id for model in world.api.list_models(author=world.user)]
    same(len(listed), len(set(listed)))
    assert ids <= set(listed)
    for name in ids:
        world.api.delete_repo(name)


def datasets(world):
    """lists data sets apart from models"""
    name = world.repository({"README.md": MAPS}, repo_type="dataset")
    listed = {data.id: data for data in world.api.list_datasets(author=world.user, filter="license:mit")}
    assert name in listed and "language:ar" in listed[name].tags
    assert name in {data.id for data in world.api.list_datasets(language="ar")}
    assert name not in {model.id for model in world.api.list_models(author=world.user)}


def info(world):
    """says what a card and the weights say"""
    weights = random_bytes("info", 80_000)
    name = world.repository({"README.md": SPEECH, "model.bin": weights})
    about = world.api.model_info(name, files_metadata=True)
    same((about.id, about.author, about.private, about.gated, about.disabled), (name, world.user, False, False, False))
    same((about.library_name, about.pipeline_tag), ("transformers", "automatic-speech-recognition"))
    same(about.card_data.license, "apache-2.0")
    assert {"license:apache-2.0", "audio", "sw", "dataset:admin/voices"} <= set(about.tags)
    assert about.created_at <= about.last_modified
    files = {file.rfilename: file for file in about.siblings}
    same(sorted(files), [".gitattributes", "README.md", "model.bin"])
    same(files["README.md"].blob_id, hashlib.sha1(b"blob %d\0" % len(SPEECH) + SPEECH).hexdigest())
    same((files["model.bin"].size, files["model.bin"].lfs.sha256), (80_000, hashlib.sha256(weights).hexdigest()))
    same([file.size for file in world.api.model_info(name).siblings], [None, None, None])


def expand(world):
    """answers exactly the properties that were asked for"""
    name = world.repository({"README.md": SPEECH})
    about = world.api.model_info(name, expand=["downloads", "tags", "cardData"])
    same((about.downloads, about.sha, about.siblings), (0, None, None))
    assert "audio" in about.tags and about.card_data.license == "apache-2.0"
    unknown = lambda: world.api.model_info(name, expand=["beauty"])
    refused(BadRequestError, unknown, saying='"expand" must be one of [')
    [listed] = world.api.list_models(author=world.user, search="expand", expand=["sha"])
    assert len(listed.sha) == 40


def every_expand(world):
    """knows every property that the client can name"""
    model, data = world.repository(), world.repository(repo_type="dataset")
    for name in get_args(hf_api.ExpandModelProperty_T):
        same(world.api.model_info(model, expand=[name]).id, model)
    for name in get_args(hf_api.ExpandDatasetProperty_T):
        same(world.api.dataset_info(data, expand=[name]).id, data)


def tree(world):
    """lists folders and files, near and deep"""
    name = world.repository({"a.txt": b"1", "b/c.txt": b"2", "b/d/e.bin": random_bytes(1, 30_000)})
    near = {entry.path: entry for entry in world.api.list_repo_tree(name)}
    same(sorted(near), [".gitattributes", "a.txt", "b"])
    assert isinstance(near["b"], RepoFolder) and isinstance(near["a.txt"], RepoFile)
    deep = {entry.path: entry for entry in world.api.list_repo_tree(name, recursive=True, expand=True)}
    same(sorted(deep), [".gitattributes", "a.txt", "b", "b/c.txt", "b/d", "b/d/e.bin"])
    large = deep["b/d/e.bin"]
    same((large.size, large.lfs.size, len(large.xet_hash)), (30_000, 30_000, 64))
    titles = {path: entry.last_commit.title for path, entry in deep.items()}
    same(titles["b/c.txt"], "Upload b/c.txt with huggingface_hub")
    same(titles["b"], "Upload b/d/e.bin with huggingface_hub")
    same([entry.path for entry in world.api.list_repo_tree(name, "b/d")], ["b/d/e.bin"])
    refused(RemoteEntryNotFoundError, lambda: list(world.api.list_repo_tree(name, "never")))
    refused(RevisionNotFoundError, lambda: list(world.api.list_repo_tree(name, revision="never")))


def large_tree(world):
    """lists a folder of twenty-five hundred files page by page"""
    paths = [f"part/{number:05d}.txt" for number in range(2_500)]
    name = world.repository()
    world.api.create_commit(name, [CommitOperationAdd(path, path.encode()) for path in paths], commit_message="Many")
    same([entry.path for entry in world.api.list_repo_tree(name, "part")], paths)
    same(len(world.api.list_repo_files(name)), 2_501)


def paths(world):
    """describes the paths that are there and leaves out the others"""
    name = world.repository({"a.txt": b"1", "b/c.txt": b"2"})
    found = world.api.get_paths_info(name, ["b", "never", "a.txt", "b/c.txt"], expand=True)
    same([entry.path for entry in found], ["b", "a.txt", "b/c.txt"])
    head = world.api.model_info(name).sha
    same([entry.last_commit.oid == head for entry in found], [True, False, True])
    same(world.api.get_paths_info(name, "never"), [])
    refused(RevisionNotFoundError, lambda: world.api.get_paths_info(name, "a.txt", revision="never"))


def existence(world):
    """says what exists"""
    name = world.repository({"a.txt": b"1"})
    same(world.api.repo_exists(name), True)
    same(world.api.repo_exists(name, repo_type="dataset"), False)
    same(world.api.file_exists(name, "a.txt"), True)
    same(world.api.file_exists(name, "b.txt"), False)
    same(world.api.file_exists(name, "a.txt", revision="never"), False)
    same(world.api.file_exists(f"{world.user}/never", "a.txt"), False)
    same(world.api.revision_exists(name, "main"), True)
    same(world.api.revision_exists(name, "never"), False)
    for api in (world.api, world.anonymous):
        same(api.repo_exists("gpt2"), False)
        same(api.repo_exists("squad", repo_type="dataset"), False)
        same(api.revision_exists("gpt2", "main"), False)
        same(api.file_exists("gpt2", "config.json"), False)


def cards(world):
    """checks a card's front matter"""
    check = lambda content: get_session().post(
        f"{world.endpoint}/api/validate-yaml", json={"content": content, "repoType": "model"}
    )
    good, empty, bad = check(SPEECH.decode()), check("# No front matter\n"), check("---\nlicense: [\n---\n")
    same((good.status_code, good.json()["errors"]), (200, []))
    same((empty.status_code, len(empty.json()["warnings"]) > 0), (200, True))
    same((bad.status_code, len(bad.json()["errors"]) > 0), (400, True))


def empty_repository(world):
    """describes a branch without files"""
    name = world.repository()
    world.api.delete_file(".gitattributes", name)
    same((world.api.list_repo_files(name), list(world.api.list_repo_tree(name))), ([], []))
    same(world.api.model_info(name).siblings, [])
