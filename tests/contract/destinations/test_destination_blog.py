"""Blog posts on a real disk and in real git repositories."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from claw_discord_coord.errors import DeliveryFailed, Unavailable
from tests.contract.destinations.benches import build_one, delivery, run
from tests.contract.destinations.faults import Faulty, served

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def chart(tmp_path: Path) -> str:
    path = tmp_path / "kept" / "Chart 1.png"
    path.parent.mkdir()
    path.write_bytes(PNG)
    return str(path)


def blog(folder: Path, **settings: Any) -> Any:
    return build_one(folder, {"kind": "blog", "folder": "site", "timeout_s": 20, **settings})


def assert_refers(post: Path, site: Path, reference: str) -> None:
    """Check that the post has the reference, and that the file exists."""
    target = reference[5:-1]
    assert reference in post.read_text()
    assert (site / target.lstrip("/") if target.startswith("/") else post.parent / target).read_bytes() == PNG


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("format_", "files", "reference"),
    [
        ("plain", ["fields.md", "fields/chart-1.png"], "![c](./fields/chart-1.png)"),
        ("hugo", ["content/posts/fields/chart-1.png", "content/posts/fields/index.md"], "![c](chart-1.png)"),
        (
            "jekyll",
            ["_posts/2026-11-21-fields.md", "assets/2026-11-21-fields/chart-1.png"],
            "![c](/assets/2026-11-21-fields/chart-1.png)",
        ),
        ("astro", ["src/content/blog/fields.md", "src/content/blog/fields/chart-1.png"], "![c](./fields/chart-1.png)"),
    ],
)
async def test_files_lie_where_the_post_refers_to_them(
    tmp_path: Path, site: Path, chart: str, format_: str, files: list[str], reference: str
):
    one = delivery("![c](<out/Chart 1.png>)", artifacts=(chart,), created_at="2026-11-21T10:00:00Z")

    receipt = await blog(tmp_path, format=format_).deliver(one)

    assert names(site) == files
    assert receipt.path is not None
    assert_refers(Path(receipt.path), site, reference)


async def test_files_that_the_text_does_not_mention_are_listed_at_its_end(tmp_path: Path, site: Path, chart: str):
    await blog(tmp_path).deliver(delivery("Text.", artifacts=(chart,)))

    assert (site / "fields.md").read_text().endswith("\n\n## Attachments\n\n- [chart-1.png](./fields/chart-1.png)\n")


async def test_posts_of_the_same_title_written_at_once_all_get_names_of_their_own(tmp_path: Path, site: Path):
    destination = blog(tmp_path)

    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(destination.deliver(delivery(f"Text {number}.", key=f"t{number}/out")))

    assert len(names(site)) == 20
    assert len({(site / name).read_text() for name in names(site)}) == 20


async def test_a_post_is_found_after_a_person_has_moved_it(tmp_path: Path, site: Path):
    destination = blog(tmp_path, format="jekyll", draft=True)
    await destination.deliver(delivery())
    (site / "_posts").mkdir()
    (site / "_drafts" / "fields.md").rename(site / "_posts" / "2026-12-01-renamed.md")

    assert await destination.find(delivery()) is not None
    await destination.deliver(delivery())
    assert names(site) == ["_posts/2026-12-01-renamed.md"]


@pytest.mark.parametrize("format_", ["plain", "hugo"])
@pytest.mark.parametrize("key", ["t1/it's: one/out", 't1/"a"\x85/out', "t1/a\x85b/out", "'\"", "ü: 'ü'"])
async def test_a_post_is_found_again_by_any_key(tmp_path: Path, site: Path, key: str, format_: str):
    destination = blog(tmp_path, format=format_)
    await destination.deliver(delivery("Another.", key="t1/a/out"))

    await destination.deliver(delivery(key=key))
    await destination.deliver(delivery(key=key))

    assert await destination.find(delivery(key=key)) is not None
    assert len(names(site)) == 2


async def test_the_next_attempt_uses_the_files_of_a_post_that_could_not_be_written(
    tmp_path: Path, site: Path, chart: str, monkeypatch: pytest.MonkeyPatch
):
    destination, one = blog(tmp_path), delivery("![c](<Chart 1.png>)", artifacts=(chart,))
    link = os.link

    def full(source: Path, target: Path) -> None:
        if target.suffix == ".md":
            raise OSError(errno.ENOSPC, "No space left on device")
        link(source, target)

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(Unavailable, match="No space left"):
        await destination.deliver(one)
    assert names(site) == ["fields/chart-1.png"]

    monkeypatch.setattr(os, "link", link)
    assert await destination.find(one) is None
    await destination.deliver(one)
    assert names(site) == ["fields.md", "fields/chart-1.png"]


async def test_posts_are_written_where_the_file_system_has_no_hard_links(
    tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    destination = blog(tmp_path)

    await destination.deliver(delivery("One.", key="t1"))
    await destination.deliver(delivery("Two.", key="t2"))

    assert len(names(site)) == 2


KILLED = """
import os, signal, sys
from pathlib import Path
from claw_discord_coord.destinations.files import folder
setattr(os, sys.argv[2], lambda *_: os.kill(os.getpid(), signal.SIGKILL))
folder.Folder(Path(sys.argv[1])).write_new(sys.argv[3], b"half")
"""


@pytest.mark.parametrize("kind", [{"kind": "file"}, {"kind": "blog"}, {"kind": "blog", "format": "hugo"}])
@pytest.mark.parametrize("moment", ["fsync", "link"])
async def test_a_writer_that_was_killed_leaves_no_file_behind_for_long(
    tmp_path: Path, site: Path, kind: dict[str, str], moment: str
):
    for name in ("fields.md", "content/posts/fields/index.md"):
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, str(site), moment, name)
        assert await process.wait() == -9
    assert len([name for name in names(site) if name.endswith(".tmp")]) == 2
    await asyncio.sleep(0.6)  # a leftover is known by its age

    destination = build_one(tmp_path, {"folder": "site", **kind})
    await destination.deliver(delivery())
    if kind["kind"] == "blog":
        await destination.deliver(delivery(key="t2/out"))

    below = "content/posts" if "format" in kind else ""
    own = [name for name in names(site / below) if name.endswith(".tmp") and ("/" not in name or below)]
    assert own == []


async def test_a_file_that_another_writer_holds_is_no_leftover(tmp_path: Path, site: Path):
    await blog(tmp_path).deliver(delivery())
    held = site / ".claw-0123.tmp"
    with held.open("xb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        os.utime(held, (0, 0))
        (site / ".kept.tmp").touch()
        await blog(tmp_path).deliver(delivery(key="t2/out", title="Second"))
        assert names(site) == [".claw-0123.tmp", ".kept.tmp", "fields.md", "second.md"]
    await blog(tmp_path).deliver(delivery(key="t3/out", title="Third"))
    assert names(site) == [".kept.tmp", "fields.md", "second.md", "third.md"]


@pytest.mark.proves("obeyed.files")
async def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path, site: Path, chart: str):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "private.md").write_text("private")
    site.mkdir()  # noqa: ASYNC240 - of the test
    (site / "posts").symlink_to(outside)
    (site / "fields.md").symlink_to(outside / "private.md")
    (site / "charts").symlink_to(outside)

    with pytest.raises(DeliveryFailed, match="outside of"):
        await blog(tmp_path, posts="posts").deliver(delivery())
    with pytest.raises(DeliveryFailed, match="outside of"):
        await blog(tmp_path).deliver(delivery(title="Charts", artifacts=(chart,)))
    receipt = await blog(tmp_path).deliver(delivery())

    assert receipt.path is not None
    assert Path(receipt.path).parent == site
    assert names(outside) == ["private.md"]
    assert (outside / "private.md").read_text() == "private"


@pytest.mark.parametrize("posts", ["../elsewhere", "/etc", "a/../../b"])
async def test_settings_cannot_lead_out_of_the_folder_either(tmp_path: Path, site: Path, posts: str):
    with pytest.raises(DeliveryFailed, match="outside of"):
        await blog(tmp_path, posts=posts).deliver(delivery())

    assert names(tmp_path) == []


async def test_a_file_that_is_gone_is_named_and_no_post_is_written(tmp_path: Path, site: Path):
    with pytest.raises(DeliveryFailed, match=r"gone\.png is no longer there"):
        await blog(tmp_path).deliver(delivery(artifacts=(str(tmp_path / "gone.png"),)))

    assert names(tmp_path) == []


@pytest.mark.parametrize("format_", ["plain", "hugo", "jekyll", "astro"])
async def test_an_unwritable_folder_is_named_with_a_fix(tmp_path: Path, site: Path, chart: str, format_: str):
    site.write_text("not a folder")  # noqa: ASYNC240 - of the test

    with pytest.raises(DeliveryFailed, match=f"The folder {site} cannot be used: .*, at .*chart-1.png") as failure:
        await blog(tmp_path, format=format_).deliver(delivery(artifacts=(chart,)))

    assert failure.value.fix is not None
    assert "skill.yaml" in failure.value.fix


GIT = {"author": "Ada <ada@example.org>"}


async def git(folder: Path, *arguments: str) -> str:
    return (await run("git", "-C", str(folder), *arguments)).strip()


@pytest.fixture
async def repository(site: Path, tmp_path: Path) -> Path:
    """The site as a repository with one commit, and a bare repository as the remote."""
    await run("git", "init", "--quiet", "--bare", "--initial-branch=main", str(tmp_path / "remote.git"))
    await run("git", "init", "--quiet", "--initial-branch=main", str(site))
    (site / "README").write_text("A site.")
    await git(site, "add", "README")
    await git(site, "-c", "user.name=B", "-c", "user.email=b@example.org", "commit", "--quiet", "--message", "Begin")
    await git(site, "remote", "add", "origin", str(tmp_path / "remote.git"))
    return site


async def test_a_commit_holds_the_post_and_its_files_and_nothing_else(tmp_path: Path, repository: Path, chart: str):
    (repository / "half-done.txt").write_text("someone's work")
    await git(repository, "add", "half-done.txt")

    receipt = await blog(tmp_path, git=GIT).deliver(delivery(artifacts=(chart,)))

    assert receipt.id == await git(repository, "rev-parse", "HEAD")
    shown = await git(repository, "show", "--name-only", "--format=%an <%ae>%n%s%n%b")
    assert shown.split("\n") == [
        "Ada <ada@example.org>", "Add post: Fields", "Delivery: t1/out", "", "", "fields.md", "fields/chart-1.png"
    ]  # fmt: skip
    assert await git(repository, "status", "--porcelain") == "A  half-done.txt"


async def test_a_post_that_was_written_but_not_committed_is_committed_by_the_next_attempt(
    tmp_path: Path, repository: Path
):
    await blog(tmp_path).deliver(delivery())
    destination = blog(tmp_path, git=GIT)

    assert await destination.find(delivery()) is None
    await destination.deliver(delivery())

    assert await destination.find(delivery()) is not None
    assert await git(repository, "rev-list", "--count", "HEAD") == "2"


async def test_commits_are_pushed_as_soon_as_the_remote_exists(tmp_path: Path, repository: Path):
    remote = tmp_path / "remote.git"
    remote.rename(tmp_path / "away.git")
    destination = blog(tmp_path, git={**GIT, "push": True})

    with pytest.raises(Unavailable):
        await destination.deliver(delivery())
    assert await destination.find(delivery()) is None
    (tmp_path / "away.git").rename(remote)
    await destination.deliver(delivery())

    assert await git(remote, "log", "--format=%s", "main") == "Add post: Fields\nBegin"
    assert await destination.find(delivery()) is not None


IDENTITY = ("-c", "user.name=C", "-c", "user.email=c@example.org")


async def elsewhere(tmp_path: Path, name: str, text: str) -> None:
    """Somebody else pushes a file."""
    other = tmp_path / "other"
    if not other.exists():
        await run("git", "clone", "--quiet", str(tmp_path / "remote.git"), str(other))
    await git(other, *IDENTITY, "pull", "--quiet", "--rebase")
    (other / name).parent.mkdir(exist_ok=True)
    (other / name).write_text(text)
    await git(other, "add", name)
    await git(other, *IDENTITY, "commit", "--quiet", "--message", f"Add {name}")
    await git(other, "push", "--quiet", "origin", "main")


async def test_a_post_is_pushed_on_top_of_what_others_have_pushed(tmp_path: Path, repository: Path, chart: str):
    await git(repository, "push", "--quiet", "origin", "main")
    await elsewhere(tmp_path, "theirs.md", "theirs")
    await elsewhere(tmp_path, "more.md", "more")
    (repository / "README").write_text("A site, half edited.")
    (repository / "staged.txt").write_text("staged")
    await git(repository, "add", "staged.txt")
    destination = blog(tmp_path, git={**GIT, "push": True})

    receipt = await destination.deliver(delivery(artifacts=(chart,)))

    log = await git(tmp_path / "remote.git", "log", "--format=%an %s", "main")
    assert log == "Ada Add post: Fields\nC Add more.md\nC Add theirs.md\nB Begin"
    assert receipt.id == await git(repository, "rev-parse", "HEAD")
    assert receipt.id == await git(tmp_path / "remote.git", "rev-parse", "main")
    shown = await git(repository, "show", "--name-only", "--format=")
    assert shown.split() == ["fields.md", "fields/chart-1.png"]
    # A person's work is as it was, staged or not, and the others' files are here.
    assert (await git(repository, "status", "--porcelain")).splitlines() == ["M README", "A  staged.txt"]
    assert (repository / "theirs.md").read_text() == "theirs"
    assert await destination.find(delivery(artifacts=(chart,))) is not None


async def test_a_push_is_tried_again_while_others_push_in_between(tmp_path: Path, repository: Path):
    await git(repository, "push", "--quiet", "origin", "main")
    await elsewhere(tmp_path, "first.md", "1")
    commit = "git -c user.name=C -c user.email=c@example.org commit --quiet --allow-empty --message Meanwhile"
    count = "n=$(cat ../n || echo 0); echo $((n + 1)) > ../n; test $n -lt 2 || exit 0"
    hook(repository, "pre-push", f"{count}\ncd ../other\nunset GIT_DIR\n{commit}\ngit push --quiet\nexit 0")

    await blog(tmp_path, git={**GIT, "push": True}).deliver(delivery())

    log = await git(tmp_path / "remote.git", "log", "--format=%s", "main")
    assert log == "Add post: Fields\nMeanwhile\nMeanwhile\nAdd first.md\nBegin"


async def test_posts_of_a_refused_push_follow_with_the_next_one(tmp_path: Path, repository: Path):
    await git(repository, "push", "--quiet", "origin", "main")
    await blog(tmp_path, git=GIT).deliver(delivery(key="t0/out", title="Earlier"))
    await elsewhere(tmp_path, "theirs.md", "theirs")

    await blog(tmp_path, git={**GIT, "push": True}).deliver(delivery())

    log = await git(tmp_path / "remote.git", "log", "--format=%s", "main")
    assert log == "Add post: Fields\nAdd post: Earlier\nAdd theirs.md\nBegin"


async def test_a_persons_commits_are_not_rebased(tmp_path: Path, repository: Path):
    await git(repository, "push", "--quiet", "origin", "main")
    await elsewhere(tmp_path, "theirs.md", "theirs")
    await git(repository, *IDENTITY, "commit", "--quiet", "--allow-empty", "--message", "A person's own")
    own = await git(repository, "rev-parse", "HEAD")

    with pytest.raises(DeliveryFailed, match="a commit that is not pushed either") as failure:
        await blog(tmp_path, git={**GIT, "push": True}).deliver(delivery())

    assert "git pull --rebase" in (failure.value.fix or "")
    assert await git(repository, "rev-parse", "HEAD~1") == own


async def test_another_file_of_the_same_name_on_the_remote_is_never_overwritten(tmp_path: Path, repository: Path):
    await git(repository, "push", "--quiet", "origin", "main")
    await elsewhere(tmp_path, "fields.md", "theirs")

    with pytest.raises(DeliveryFailed, match=r"has another fields\.md") as failure:
        await blog(tmp_path, git={**GIT, "push": True}).deliver(delivery())

    assert failure.value.fix
    assert await git(tmp_path / "remote.git", "show", "main:fields.md") == "theirs"


async def test_an_edited_file_that_is_in_the_way_is_kept_and_the_post_is_pushed_once(tmp_path: Path, repository: Path):
    await git(repository, "push", "--quiet", "origin", "main")
    await elsewhere(tmp_path, "README", "theirs")
    (repository / "README").write_text("half edited")
    destination = blog(tmp_path, git={**GIT, "push": True})

    await destination.deliver(delivery())
    await destination.deliver(delivery(key="t2/out", title="Second"))

    log = await git(tmp_path / "remote.git", "log", "--format=%s", "main")
    assert log == "Add post: Second\nAdd post: Fields\nAdd README\nBegin"
    assert (repository / "README").read_text() == "half edited"


@pytest.mark.parametrize("born", [True, False])
async def test_a_post_that_was_not_committed_is_not_left_staged(tmp_path: Path, site: Path, born: bool):
    await run("git", "init", "--quiet", "--initial-branch=main", str(site))
    if born:
        await git(site, *IDENTITY, "commit", "--quiet", "--allow-empty", "--message", "Begin")
    (site / "half-done.txt").write_text("someone's work")
    await git(site, "add", "half-done.txt")
    hook(site, "pre-commit", "exit 1")

    with pytest.raises(DeliveryFailed):
        await blog(tmp_path, git=GIT).deliver(delivery())

    assert (await git(site, "status", "--porcelain")).splitlines() == ["A  half-done.txt", "?? fields.md"]


@pytest.mark.parametrize(
    ("format_", "line", "name"),
    [
        ("plain", "date: 2026-11-22T08:30:00+09:00", "fields.md"),
        ("hugo", "date: 2026-11-22T08:30:00+09:00", "content/posts/fields/index.md"),
        ("jekyll", "date: 2026-11-22 08:30:00 +0900", "_posts/2026-11-22-fields.md"),
        ("astro", "pubDate: 2026-11-22", "src/content/blog/fields.md"),
    ],
)
async def test_posts_have_the_local_date_with_its_offset(
    tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch, format_: str, line: str, name: str
):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        late = delivery().model_copy(update={"created_at": datetime(2026, 11, 21, 23, 30, tzinfo=UTC)})
        await blog(tmp_path, format=format_).deliver(late)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert line in (site / name).read_text().replace("'", "").splitlines()


@pytest.mark.parametrize("ignored", ["site/", "*.md", "*.png"])
async def test_a_post_that_git_ignores_is_not_delivered(tmp_path: Path, chart: str, ignored: str):
    await run("git", "init", "--quiet", str(tmp_path))
    (tmp_path / ".gitignore").write_text(f"{ignored}\n")
    destination, one = blog(tmp_path, git=GIT), delivery(artifacts=(chart,))

    with pytest.raises(DeliveryFailed, match=r"git ignores fields.* in .*site") as failure:
        await destination.deliver(one)
    assert failure.value.fix is not None
    assert ".gitignore" in failure.value.fix
    (tmp_path / ".gitignore").unlink()

    assert await destination.find(one) is None
    await destination.deliver(one)
    assert await git(tmp_path, "show", "--name-only", "--format=") == "site/fields.md\nsite/fields/chart-1.png"


def hook(repository: Path, name: str, script: str) -> None:
    path = repository / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


async def test_a_refusal_by_a_hook_is_final_with_any_message(tmp_path: Path, repository: Path):
    hook(repository, "pre-commit", "echo 'The connection timed out: could not resolve it' >&2; exit 1")

    with pytest.raises(DeliveryFailed, match="connection timed out"):
        await blog(tmp_path, git=GIT).deliver(delivery())


async def test_a_push_that_takes_too_long_is_tried_again_and_looked_for(tmp_path: Path, repository: Path):
    hook(repository, "pre-push", "until test -e ../ready; do sleep 0.1; done")
    slow = {"git": {**GIT, "push": True}}

    with pytest.raises(Unavailable, match="took longer than 3 s"):
        await blog(tmp_path, **slow, timeout_s=3).deliver(delivery())
    assert await blog(tmp_path, **slow).find(delivery()) is None
    (tmp_path / "ready").touch()
    await blog(tmp_path, **slow).deliver(delivery())

    assert await blog(tmp_path, **slow).find(delivery()) is not None
    assert await git(tmp_path / "remote.git", "log", "--format=%s", "main") == "Add post: Fields\nBegin"


async def test_git_does_not_ask_for_a_password(tmp_path: Path, repository: Path):
    async def ask(request: web.Request) -> web.Response:
        return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="git"'})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", ask)
    async with served(app, Faulty()) as base:
        address = base.replace("http://", "http://user@") + "/site.git"
        await git(repository, "remote", "set-url", "origin", address)

        with pytest.raises(DeliveryFailed, match="could not read Password") as failure:
            await blog(tmp_path, git={**GIT, "push": True}).deliver(delivery())

    assert "user@" not in str(failure.value)


async def test_only_a_push_leaves_the_machine(tmp_path: Path):
    assert not blog(tmp_path).leaves_machine()
    assert not blog(tmp_path, git=GIT).leaves_machine()
    assert blog(tmp_path, git={**GIT, "push": True}).leaves_machine()
