"""Publishing and fetching with HF_HUB_DISABLE_XET=1: LFS up, plain HTTP down."""

import hashlib

from cutting_proxy import CuttingProxy
from huggingface_hub import CommitOperationAdd, HfApi, HfFileSystem, constants
from world import contents, random_bytes, same, same_bytes, same_files


def off(world):
    """has Xet switched off"""
    assert constants.HF_HUB_DISABLE_XET


def folder(world):
    """gives back a folder byte for byte"""
    sent = {"a.txt": b"text", "empty.bin": b"", "one.bin": b"\0", "random.bin": random_bytes("lfs", 3_000_000)}
    for path, content in sent.items():
        world.write(f"out/{path}", content)
    name = world.repository()
    world.api.upload_folder(repo_id=name, folder_path=world.folder / "out")
    back = contents(world.api.snapshot_download(name, cache_dir=world.folder / "cache"))
    same_files(back, sent | {".gitattributes": back[".gitattributes"]})


def parts(world):
    """takes a file in several parts"""
    block = random_bytes("parts", 1_000_003)
    content = b"".join(block[number:] + block[:number] for number in range(150))
    name = world.repository()
    world.api.create_commit(name, [CommitOperationAdd("parts.bin", content)], commit_message="In parts")
    [info] = world.api.get_paths_info(name, ["parts.bin"])
    same((info.size, info.lfs.sha256), (len(content), hashlib.sha256(content).hexdigest()))
    back = world.api.hf_hub_download(name, "parts.bin", cache_dir=world.folder)
    same_bytes(open(back, "rb").read(), content)


def broken_link(world):
    """goes on where a download was cut, asking for the rest only"""
    large = random_bytes("broken link", 2 * constants.DOWNLOAD_CHUNK_SIZE + 1_000_000)
    name = world.repository({"b.bin": large})
    with CuttingProxy(world.endpoint, after=constants.DOWNLOAD_CHUNK_SIZE + 2_000_000) as proxy:
        path = HfApi(endpoint=proxy.url, token=world.token).hf_hub_download(name, "b.bin", cache_dir=world.folder)
    same(proxy.cuts, 1)
    same(proxy.ranges, [f"bytes={constants.DOWNLOAD_CHUNK_SIZE}-"])
    same_bytes(open(path, "rb").read(), large)


def known(world):
    """sends no bytes that this repository holds already"""
    large = random_bytes("known", 500_000)
    name = world.repository({"first.bin": large})
    before = world.stored_bytes()
    world.api.upload_file(path_or_fileobj=large, path_in_repo="second.bin", repo_id=name)
    same(world.stored_bytes(), before)
    same_bytes(open(world.api.hf_hub_download(name, "second.bin", cache_dir=world.folder), "rb").read(), large)


def ranges(world):
    """reads ranges of a file by plain HTTP"""
    large = random_bytes("plain ranges", 600_000)
    name = world.repository({"b.bin": large})
    fs = HfFileSystem(token=world.token, skip_instance_cache=True)
    for start, end in ((0, 1), (70_000, 200_001), (599_999, 600_000)):
        same_bytes(fs.cat_file(f"{name}/b.bin", start=start, end=end), large[start:end])
