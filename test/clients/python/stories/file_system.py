"""The hub as a file system, as pandas, datasets and others read it."""

from huggingface_hub import HfFileSystem
from world import random_bytes, refused, same, same_bytes

LARGE = random_bytes("file system", 700_000)


def open_in(world):
    name = world.repository({"a.txt": b"text", "data/b.bin": LARGE, "data/deep/c.txt": b"deep"})
    return HfFileSystem(token=world.token, skip_instance_cache=True), name


def listing(world):
    """lists, finds and globs"""
    fs, name = open_in(world)
    same(sorted(fs.ls(name, detail=False)), [f"{name}/.gitattributes", f"{name}/a.txt", f"{name}/data"])
    same(sorted(fs.glob(f"{name}/**/*.txt")), [f"{name}/a.txt", f"{name}/data/deep/c.txt"])
    same(sorted(fs.find(f"{name}/data")), [f"{name}/data/b.bin", f"{name}/data/deep/c.txt"])
    [details] = [entry for entry in fs.ls(f"{name}/data") if entry["type"] == "file"]
    same((details["size"], details["lfs"]["size"]), (len(LARGE), len(LARGE)))
    same((fs.isdir(f"{name}/data"), fs.isfile(f"{name}/a.txt"), fs.exists(f"{name}/never")), (True, True, False))
    assert fs.info(f"{name}/a.txt", expand_info=True)["last_commit"]["title"].startswith("Upload a.txt")
    refused(FileNotFoundError, lambda: fs.ls(f"{name}/never"))
    refused(FileNotFoundError, lambda: fs.ls(f"{world.user}/never-made"))


def ranges(world):
    """reads from anywhere in a file"""
    fs, name = open_in(world)
    path = f"{name}/data/b.bin"
    for start, end in ((0, 10), (65_530, 65_545), (131_000, 300_000), (699_990, 700_000)):
        same_bytes(fs.cat_file(path, start=start, end=end), LARGE[start:end])
    with fs.open(path, block_size=100_000) as file:
        file.seek(-1_000, 2)
        same_bytes(file.read(), LARGE[-1_000:])
        file.seek(123_456)
        same_bytes(file.read(7), LARGE[123_456:123_463])
    with fs.open(path, block_size=0) as file:
        same_bytes(file.read(), LARGE)
    same(fs.read_text(f"{name}/a.txt"), "text")


def writing(world):
    """writes, copies, removes and fetches"""
    fs, name = open_in(world)
    with fs.open(f"{name}/new.txt", "w") as file:
        file.write("written")
    same(fs.cat_file(f"{name}/new.txt"), b"written")
    fs.cp_file(f"{name}/a.txt", f"{name}/copy/a.txt")
    fs.cp_file(f"{name}/data/b.bin", f"{name}/copy/b.bin")
    same_bytes(fs.cat_file(f"{name}/copy/b.bin"), LARGE)
    fs.rm(f"{name}/data", recursive=True)
    fs.invalidate_cache()
    same(sorted(fs.find(name)), [f"{name}/{path}" for path in (".gitattributes", "a.txt", "copy/a.txt", "copy/b.bin", "new.txt")])
    fs.get_file(f"{name}/copy/b.bin", str(world.folder / "b.bin"))
    same_bytes((world.folder / "b.bin").read_bytes(), LARGE)


def revisions(world):
    """reads and writes other revisions"""
    fs, name = open_in(world)
    world.api.create_branch(name, branch="dev/next")
    with fs.open(f"{name}@dev%2Fnext/a.txt", "w") as file:
        file.write("newer")
    same(fs.cat_file(f"{name}@dev%2Fnext/a.txt"), b"newer")
    same(fs.cat_file(f"{name}/a.txt", revision="dev/next"), b"newer")
    same(fs.cat_file(f"{name}@main/a.txt"), b"text")
    assert sorted(fs.ls(f"{name}@dev%2Fnext", detail=False))[1].endswith("/a.txt")


def data_sets(world):
    """reads data sets by their own prefix"""
    name = world.repository({"train.csv": b"a,b\n1,2\n"}, repo_type="dataset")
    fs = HfFileSystem(token=world.token, skip_instance_cache=True)
    same(fs.read_text(f"datasets/{name}/train.csv"), "a,b\n1,2\n")
    same(fs.glob(f"datasets/{name}/*.csv"), [f"datasets/{name}/train.csv"])
