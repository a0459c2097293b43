"""Publishing and fetching files, as most people do it: by Xet where the file is large."""

import hashlib
import io

from cutting_proxy import CuttingProxy
from huggingface_hub import CommitOperationAdd, CommitOperationCopy, HfApi, get_hf_file_metadata, hf_hub_url, snapshot_download
from huggingface_hub.errors import RevisionNotFoundError
from world import contents, random_bytes, refused, same, same_bytes, same_files, weights

AWFUL = "subfolder/to?/awful?filename%you:should,never.give"
NAMES = [
    AWFUL,
    "a b/c+d&e=f#g.txt",
    "100%/%2e%2e/%2F.txt",
    "données/模型/نموذج/мир.txt",
    "quote'\"<tag>`$(x).txt",
    "~tilde/{brace}/[bracket]/^caret|pipe;semicolon@at!bang*star.txt",
    "resolve/main/tree/commit.txt",
    "refs/heads/main",
    "x" * 200 + ".txt",
    ".hidden/.file",
    "dots.../..trailing..",
]


def folder(world):
    """gives back a folder byte for byte: a real model, and every size where something changes"""
    sent = {
        "README.md": b"---\nlicense: mit\n---\n# A model\n",
        "random.bin": random_bytes("random", 3_000_000),
        "weights.bin": weights("weights", 2_500_000),
        "zeros.bin": bytes(1_000_000),
        "empty.txt": b"",
        "empty.bin": b"",
        "one.txt": b"1",
        "one.bin": b"\0",
        "text.txt": b"a line of words\n" * 70_000,
    }
    for around in (65_535, 65_536, 65_537):
        sent[f"chunk/{around}.bin"] = random_bytes(around, around)
    if world.data:
        sent |= contents(world.data / "silero-vad")
    for path, content in sent.items():
        world.write(f"out/{path}", content)
    name = world.repository()
    commit = world.api.upload_folder(repo_id=name, folder_path=world.folder / "out", commit_message="All of it")
    back = world.api.snapshot_download(name, cache_dir=world.folder / "cache")
    assert back.endswith(commit.oid)
    same_files(contents(back), sent | {".gitattributes": contents(back)[".gitattributes"]})
    local = world.api.snapshot_download(name, local_dir=world.folder / "local", allow_patterns=["chunk/*", "*.md"])
    same_files(contents(local), {path: sent[path] for path in sent if path.startswith("chunk/") or path == "README.md"})


def awful_names(world):
    """keeps names that no one should give, small and large, through every way to read them"""
    name = world.repository()
    small = [CommitOperationAdd(path, f"text of {i}".encode()) for i, path in enumerate(NAMES)]
    large = [CommitOperationAdd(f"large/{path}", random_bytes(path, 20_000)) for path in NAMES]
    world.api.create_commit(name, [*small, *large], commit_message="Awful names")
    sent = {operation.path_in_repo: operation.path_or_fileobj for operation in [*small, *large]}
    same(sorted(world.api.list_repo_files(name)), sorted([".gitattributes", *sent]))
    back = world.api.snapshot_download(name, cache_dir=world.folder, allow_patterns=[])
    for path, content in sent.items():
        assert world.api.file_exists(name, path), path
        file = world.api.hf_hub_download(name, path, cache_dir=world.folder)
        same_bytes(open(file, "rb").read(), content)
        assert file.startswith(back)
    found = {info.path: info for info in world.api.get_paths_info(name, list(sent))}
    same(sorted(found), sorted(sent))
    [folder] = world.api.get_paths_info(name, ["données/模型"])
    same(folder.path, "données/模型")
    world.api.delete_files(name, ["large/*"])
    same(sorted(world.api.list_repo_files(name)), sorted([".gitattributes", *NAMES]))


def cache(world):
    """names cached files by their git id or SHA-256, and sends nothing twice"""
    large = random_bytes("cache", 200_000)
    name = world.repository({"a.txt": b"text", "b.bin": large})
    options = {"cache_dir": world.folder}
    small_path, large_path = (world.api.hf_hub_download(name, path, **options) for path in ("a.txt", "b.bin"))
    same(large_path, world.api.hf_hub_download(name, "b.bin", **options))
    blobs = {path.name for path in world.folder.rglob("blobs/*") if path.name[0] != "." and len(path.name) >= 40}
    git_id = hashlib.sha1(b"blob 4\0text").hexdigest()
    same(blobs, {git_id, hashlib.sha256(large).hexdigest()})
    same(open(small_path, "rb").read(), b"text")


def metadata(world):
    """says everything about a file before its bytes"""
    large = random_bytes("metadata", 150_000)
    name = world.repository({"a.txt": b"text", "b.bin": large})
    head = world.api.model_info(name).sha
    about = get_hf_file_metadata(hf_hub_url(name, "a.txt"), token=world.token)
    same((about.commit_hash, about.size, about.xet_file_data), (head, 4, None))
    about = get_hf_file_metadata(hf_hub_url(name, "b.bin", revision=head), token=world.token)
    same((about.commit_hash, about.size, about.etag), (head, len(large), hashlib.sha256(large).hexdigest()))
    assert len(about.xet_file_data.file_hash) == 64


def broken_link(world):
    """goes on with a download when the link breaks"""
    large = random_bytes("broken link", 8_000_000)
    name = world.repository({"b.bin": large})
    with CuttingProxy(world.endpoint, after=2_000_000) as proxy:
        api = HfApi(endpoint=proxy.url, token=world.token)
        path = api.hf_hub_download(name, "b.bin", cache_dir=world.folder)
    same(proxy.cuts, 1)
    same_bytes(open(path, "rb").read(), large)


def revisions(world):
    """serves each revision's own bytes, by branch, tag and commit"""
    name = world.repository({"a.txt": b"one", "b.bin": random_bytes(1, 50_000)})
    first = world.api.model_info(name).sha
    world.api.create_tag(name, tag="v1.0")
    world.api.create_branch(name, branch="feature/next")
    for path, content in (("a.txt", b"two"), ("b.bin", random_bytes(2, 50_000))):
        world.api.upload_file(path_or_fileobj=content, path_in_repo=path, repo_id=name, revision="feature/next")
    for revision, number in (("main", 1), ("v1.0", 1), (first, 1), ("refs/heads/main", 1), ("feature/next", 2)):
        back = contents(world.api.snapshot_download(name, revision=revision, cache_dir=world.folder))
        same_files(back, {".gitattributes": back[".gitattributes"], "a.txt": b"one" if number == 1 else b"two", "b.bin": random_bytes(number, 50_000)})
    for missing in ("v9", "0" * 40):
        refused(RevisionNotFoundError, lambda: world.api.hf_hub_download(name, "a.txt", revision=missing, cache_dir=world.folder))
    upload = lambda: world.api.upload_file(path_or_fileobj=b"3", path_in_repo="a.txt", repo_id=name, revision="never-made")
    refused(RevisionNotFoundError, upload)


def sources(world):
    """takes bytes from a path, from memory and from a stream"""
    large = random_bytes("sources", 120_000)
    name = world.repository()
    for path, source in (("path.bin", world.write("path.bin", large)), ("bytes.bin", large), ("stream.bin", io.BytesIO(large))):
        world.api.upload_file(path_or_fileobj=source, path_in_repo=path, repo_id=name)
        same_bytes(open(world.api.hf_hub_download(name, path, cache_dir=world.folder), "rb").read(), large)


def ignored(world):
    """leaves out what the repository's .gitignore names"""
    name = world.repository({".gitignore": b"*.log\nbuild/\n"})
    for path in ("a.txt", "b.log", "build/c.txt", "d/e.log"):
        world.write(f"out/{path}", b"1")
    world.api.upload_folder(repo_id=name, folder_path=world.folder / "out")
    same(world.api.list_repo_files(name), [".gitattributes", ".gitignore", "a.txt"])


def replaced(world):
    """replaces what a pattern names in the same commit"""
    name = world.repository({"old/a.txt": b"1", "old/b.txt": b"2", "keep.txt": b"3"})
    world.write("out/c.txt", b"4")
    before = len(world.api.list_repo_commits(name))
    world.api.upload_folder(repo_id=name, folder_path=world.folder / "out", path_in_repo="old", delete_patterns=["*.txt"])
    same(world.api.list_repo_files(name), [".gitattributes", "keep.txt", "old/c.txt"])
    same(len(world.api.list_repo_commits(name)), before + 1)


def sent_ahead(world):
    """takes large files before the commit that names them"""
    name = world.repository()
    content = random_bytes("ahead", 300_000)
    addition = CommitOperationAdd("ahead.bin", content)
    world.api.preupload_lfs_files(name, [addition])
    same(world.api.file_exists(name, "ahead.bin"), False)
    world.api.create_commit(name, [addition], commit_message="Now")
    same_bytes(open(world.api.hf_hub_download(name, "ahead.bin", cache_dir=world.folder), "rb").read(), content)


def copied(world):
    """copies files inside a repository"""
    large = random_bytes("copied", 100_000)
    name = world.repository({"a.txt": b"text", "b.bin": large})
    copies = [CommitOperationCopy("a.txt", "copy/a.txt"), CommitOperationCopy("b.bin", "copy/b.bin")]
    world.api.create_commit(name, copies, commit_message="Copies")
    back = contents(world.api.snapshot_download(name, cache_dir=world.folder, allow_patterns=["copy/*"]))
    same_files(back, {"copy/a.txt": b"text", "copy/b.bin": large})


def many_megabytes_of_text(world):
    """takes twelve text files of nine megabytes in one commit"""
    line = random_bytes("text", 4_500).hex().encode() + b"\n"
    texts = {f"{number}.txt": (b"%d\n" % number + line * 1_000)[:9_000_000] for number in range(12)}
    name = world.repository()
    world.api.create_commit(name, [CommitOperationAdd(*item) for item in texts.items()], commit_message="Text")
    infos = world.api.get_paths_info(name, list(texts))
    same([(info.size, info.lfs) for info in infos], [(9_000_000, None)] * 12)
    back = contents(world.api.snapshot_download(name, cache_dir=world.folder, allow_patterns=["*.txt"]))
    same_files(back, texts)


def large(world):
    """takes and gives back 256 MB of random bytes"""
    block = random_bytes("large", 8_000_000)
    path = world.folder / "large.bin"
    digest = hashlib.sha256()
    with open(path, "wb") as file:
        for number in range(32):
            part = number.to_bytes(8, "big") + block[number * 1000 :] + random_bytes(number, number * 1000)
            digest.update(part)
            file.write(part)
    name = world.repository()
    world.api.upload_file(path_or_fileobj=path, path_in_repo="large.bin", repo_id=name)
    [info] = world.api.get_paths_info(name, ["large.bin"])
    same((info.size, info.lfs.sha256), (path.stat().st_size, digest.hexdigest()))
    back = world.api.hf_hub_download(name, "large.bin", cache_dir=world.folder / "cache")
    with open(back, "rb") as file:
        same(hashlib.file_digest(file, "sha256").hexdigest(), digest.hexdigest())


def data_set(world):
    """serves data sets by the same calls"""
    name = world.repository(repo_type="dataset")
    world.write("out/data/train.parquet", random_bytes("parquet", 90_000))
    world.write("out/README.md", b"# Data\n")
    world.api.upload_folder(repo_id=name, repo_type="dataset", folder_path=world.folder / "out")
    back = contents(snapshot_download(name, repo_type="dataset", token=world.token, cache_dir=world.folder / "cache"))
    same_files(back, contents(world.folder / "out") | {".gitattributes": back[".gitattributes"]})


def unknown_content(world):
    """refuses to commit a large file whose bytes it never got"""
    name, head = (name := world.repository()), world.api.model_info(name).sha
    addition = CommitOperationAdd("ghost.bin", random_bytes("ghost", 1_000))
    addition._upload_mode, addition._is_uploaded, addition._should_ignore = "lfs", True, False
    refused(Exception, lambda: world.api.create_commit(name, [addition], commit_message="Ghost"))
    same(world.api.model_info(name).sha, head)


def foreign_content(world):
    """refuses to commit bytes that only a private repository of someone else holds"""
    secret = random_bytes("foreign", 100_000)
    hidden = f"{world.other_user}/hidden"
    world.other.create_repo(hidden, private=True)
    world.other.upload_file(path_or_fileobj=secret, path_in_repo="secret.bin", repo_id=hidden)
    name = world.repository()
    addition = CommitOperationAdd("stolen.bin", secret)
    addition._upload_mode, addition._is_uploaded, addition._should_ignore = "lfs", True, False
    refused(Exception, lambda: world.api.create_commit(name, [addition], commit_message="By its hash alone"))
    same(world.api.list_repo_files(name), [".gitattributes"])
    world.other.delete_repo(hidden)
