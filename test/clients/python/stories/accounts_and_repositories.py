"""Who asks, and repositories as a whole."""

from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
from world import refused, same


def whoami(world):
    """tells who a token belongs to, with its organisations and its role"""
    me = world.api.whoami()
    same((me["type"], me["name"]), ("user", world.user))
    [organisation] = [o for o in me["orgs"] if o["name"] == world.organisation]
    same(organisation["roleInOrg"], "admin")
    same(me["auth"]["accessToken"]["role"], "write")
    same(world.reader.whoami()["auth"]["accessToken"]["role"], "read")


def forged_token(world):
    """refuses a token it never issued"""
    forged = HfApi(token="hf_" + "x" * 34)
    refused(HfHubHTTPError, forged.whoami, status=401)
    refused(HfHubHTTPError, lambda: forged.create_repo(world.name()), status=401)


def create(world):
    """creates a repository with its first commit"""
    name = world.name()
    url = world.api.create_repo(name)
    same((url.repo_id, url.repo_type, str(url)), (name, "model", f"{world.endpoint}/{name}"))
    same(world.api.list_repo_files(name), [".gitattributes"])
    [first] = world.api.list_repo_commits(name)
    same((first.title, first.authors), ("initial commit", [world.user]))
    assert len(first.commit_id) == 40


def create_without_namespace(world):
    """creates a repository in the person's own namespace when none is named"""
    url = world.api.create_repo("unplaced")
    same(url.repo_id, f"{world.user}/unplaced")
    world.api.delete_repo(url.repo_id)


def create_twice(world):
    """refuses a name that is taken, unless that is fine with the client"""
    name = world.repository()
    refused(HfHubHTTPError, lambda: world.api.create_repo(name), status=409)
    again = world.api.create_repo(name, exist_ok=True)
    same(again.repo_id, name)


def create_dataset(world):
    """keeps models and data sets of one name apart"""
    name = world.repository()
    url = world.api.create_repo(name, repo_type="dataset")
    same(str(url), f"{world.endpoint}/datasets/{name}")
    world.api.delete_repo(name)
    same(world.api.repo_exists(name), False)
    same(world.api.dataset_info(name).id, name)


def create_private(world):
    """reads both the old and the new way to say private"""
    for options in ({"private": True}, {"visibility": "private"}):
        name = world.repository(**options)
        same(world.api.model_info(name).private, True)


def create_for_organisation(world):
    """creates for an organisation what its administrator asks for, and refuses others"""
    name = f"{world.organisation}/of-the-member"
    same(world.api.create_repo(name).repo_id, name)
    refused(HfHubHTTPError, lambda: world.other.create_repo(f"{world.organisation}/of-nobody"), status=403)
    world.api.delete_repo(name)


def create_with_read_token(world):
    """refuses to create with a read token"""
    refused(HfHubHTTPError, lambda: world.reader.create_repo(world.name()), status=403)


def create_signed_out(world):
    """refuses to create for nobody"""
    refused(RepositoryNotFoundError, lambda: world.anonymous.create_repo(world.name()), status=401)


def leading_underscore(world):
    """serves a person whose name begins with underscores"""
    assert world.other_user.startswith("__")
    name = f"{world.other_user}/theirs"
    world.other.create_repo(name)
    world.other.upload_file(path_or_fileobj=b"kept", path_in_repo="a.txt", repo_id=name)
    same(world.api.list_repo_files(name), [".gitattributes", "a.txt"])
    world.other.delete_repo(name)


def any_case(world):
    """finds a repository however its id is capitalised"""
    name = world.repository()
    shouted = name.upper()
    same(world.api.model_info(shouted).id, name)
    world.api.upload_file(path_or_fileobj=b"1", path_in_repo="a.txt", repo_id=shouted)
    same(world.api.file_exists(name, "a.txt"), True)


def settings(world):
    """changes who may see a repository and who may read its files"""
    name = world.repository()
    world.api.update_repo_settings(name, visibility="private")
    same(world.api.model_info(name).private, True)
    world.api.update_repo_settings(name, private=False)
    same(world.api.model_info(name).private, False)
    for gate in ("auto", "manual", False):
        world.api.update_repo_settings(name, gated=gate)
        same(world.api.model_info(name).gated, gate)
    refused(HfHubHTTPError, lambda: world.other.update_repo_settings(name, private=True), status=403)


def move(world):
    """moves a repository, and leads its former id to it"""
    name, moved = world.repository({"a.txt": b"kept"}), world.name()
    world.api.move_repo(name, moved)
    same(world.api.model_info(moved).id, moved)
    same(world.api.model_info(name).id, moved)
    path = world.api.hf_hub_download(name, "a.txt", cache_dir=world.folder)
    same(open(path, "rb").read(), b"kept")
    world.api.upload_file(path_or_fileobj=b"more", path_in_repo="b.txt", repo_id=name)
    same(world.api.file_exists(moved, "b.txt"), True)


def move_onto_another(world):
    """refuses to move a repository onto another"""
    name, taken = world.repository(), world.repository()
    refused(
        HfHubHTTPError,
        lambda: world.api.move_repo(name, taken),
        status=409,
        saying=f"A model repository called {taken} already exists",
    )
    refused(HfHubHTTPError, lambda: world.api.move_repo(name, f"{world.other_user}/stolen"), status=403)


def delete(world):
    """deletes a repository, and says so when it is not there"""
    name = world.repository()
    world.api.delete_repo(name)
    same(world.api.repo_exists(name), False)
    refused(RepositoryNotFoundError, lambda: world.api.delete_repo(name))
    world.api.delete_repo(name, missing_ok=True)
    world.api.create_repo(name)
    same(world.api.list_repo_files(name), [".gitattributes"])


def overviews(world):
    """shows people and organisations"""
    person = world.api.get_user_overview(world.user)
    same(person.username, world.user)
    same(world.api.get_organization_overview(world.organisation).name, world.organisation)
    members = [member.username for member in world.api.list_organization_members(world.organisation)]
    same(members, [world.user])
    refused(HfHubHTTPError, lambda: world.api.get_user_overview("nobody-here"), status=404)


def spaces(world):
    """says that spaces are not built, and creates nothing"""
    name = world.name()
    refused(HfHubHTTPError, lambda: world.api.create_repo(name, repo_type="space", space_sdk="static"), status=501)
    same(world.api.repo_exists(name), False)
