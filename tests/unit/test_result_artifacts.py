"""Which files of a run the coordinator takes into its keeping."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claw_discord_coord.runtimes.artifacts import take
from tests.made_texts import Made
from tests.secret_corpus import SHAPES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "session"
    folder.mkdir()
    (folder / "report.md").write_text("report")
    return folder


def test_a_file_in_the_folder_is_copied(folder, tmp_path):
    taken = take(["report.md"], folder=folder, into=tmp_path / "kept")
    assert taken == ((str(tmp_path / "kept" / "report.md"),), (), ())
    assert (tmp_path / "kept" / "report.md").read_text() == "report"


def test_its_absolute_path_will_do_as_well(folder, tmp_path):
    assert take([str(folder / "report.md")], folder=folder, into=tmp_path / "kept").refused == ()


def test_a_link_to_a_file_inside_is_followed(folder, tmp_path):
    (folder / "latest.md").symlink_to("report.md")
    assert take(["latest.md"], folder=folder, into=tmp_path / "kept").refused == ()


def test_nothing_outside_is_taken(folder, tmp_path):
    (tmp_path / "private").write_text("secret")
    (folder / "out").symlink_to(tmp_path)
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe")
    named = [
        "../private",
        str(tmp_path / "private"),
        "out/private",
        "/etc/passwd",
        "loop",
        "pipe",
        ".",
        "",
        "a\0b",
        "x" * 5_000,
    ]
    taken = take(named, folder=folder, into=tmp_path / "kept")
    assert taken.files == ()
    assert len(taken.refused) == len(named)
    assert not (tmp_path / "kept").exists()


def test_same_names_from_different_places_are_numbered(folder, tmp_path):
    (folder / "sub").mkdir()
    (folder / "sub" / "Report.md").write_text("another")
    taken = take(["report.md", "sub/Report.md", "report.md"], folder=folder, into=tmp_path / "kept")
    assert [Path(file).name for file in taken.files] == ["report.md", "Report-2.md"]
    assert take(["report.md", "sub/Report.md"], folder=folder, into=tmp_path / "kept").files == taken.files
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_too_much_is_refused_and_leaves_nothing(folder, tmp_path):
    (folder / "big").write_bytes(b"x" * 101)
    taken = take(["report.md", "big"], folder=folder, into=tmp_path / "kept", limit_bytes=100)
    assert [Path(file).name for file in taken.files] == ["report.md"]
    assert "too large" in taken.refused[0]
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["report.md"]


def test_what_looks_like_a_secret_is_taken_out_of_text_and_nothing_out_of_what_is_none(folder, tmp_path):
    secret = b"xoxb-1234567890-abcdefghij"
    (folder / "notes.md").write_bytes(b"caf\xc3\xa9\r\ntoken " + secret + b"\r\n")
    (folder / "picture.png").write_bytes(b"\x89PNG\xff" + secret)
    notes, picture = take(["notes.md", "picture.png"], folder=folder, into=tmp_path / "kept").files
    assert Path(notes).read_bytes() == b"caf\xc3\xa9\r\ntoken [secret removed]\r\n"
    assert Path(picture).read_bytes() == b"\x89PNG\xff" + secret


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252", "utf-16"])
def test_a_secret_in_text_of_any_encoding_is_taken_out_and_said(folder, tmp_path, encoding):
    secret = SHAPES["github classic"](Made())
    (folder / "notes.txt").write_bytes(f"café: {secret} and {secret}, naïve\r\n".encode(encoding))
    taken = take(["notes.txt"], folder=folder, into=tmp_path / "kept")
    text = Path(taken.files[0]).read_bytes().decode(encoding)
    assert text == "café: [secret removed] and [secret removed], naïve\r\n"
    assert taken.masked == ("2 secrets were masked in notes.txt",)


def test_a_file_with_a_few_broken_bytes_is_still_text(folder, tmp_path):
    secret = SHAPES["github classic"](Made())
    (folder / "log").write_bytes(b"\xff\xfa broken " + secret.encode() + b" end\xc3")
    taken = take(["log"], folder=folder, into=tmp_path / "kept")
    assert Path(taken.files[0]).read_bytes() == b"\xff\xfa broken [secret removed] end\xc3"


def test_a_page_that_only_looks_like_secrets_stays_byte_for_byte(folder, tmp_path):
    page = '<div id="sk-container-id-1" class="sk-top-container"><a class="sk-toggleable__content-arrow"></a></div>'
    (folder / "model.html").write_text(page * 200)
    taken = take(["model.html"], folder=folder, into=tmp_path / "kept")
    assert Path(taken.files[0]).read_text() == page * 200
    assert taken.masked == ()


def test_a_secret_in_a_name_is_taken_out_of_the_name(folder, tmp_path):
    secret = SHAPES["github classic"](Made())
    (folder / f"dump {secret}.txt").write_text("x")
    taken = take(
        [f"dump {secret}.txt", f"gone-{secret}.txt", "x" * 180 + secret], folder=folder, into=tmp_path / "kept"
    )
    assert len(taken.files) == 1
    assert len(taken.refused) == 2
    assert secret[:12] not in f"{taken}"


def test_without_a_folder_any_regular_file_is_taken(folder, tmp_path):
    taken = take([str(folder / "report.md"), str(folder), "/dev/null"], folder=None, into=tmp_path / "kept")
    assert [Path(file).name for file in taken.files] == ["report.md"]
    assert len(taken.refused) == 2


def test_a_folder_that_is_gone_gives_nothing(tmp_path):
    assert take(["report.md"], folder=tmp_path / "gone", into=tmp_path / "kept").refused == (
        "`report.md` (there is no such file)",
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=60))
def test_any_name_becomes_a_safe_one(folder, tmp_path, name):
    if name in {".", ".."} or len(name.encode()) > 250:
        return
    (folder / name).write_text("x")
    (file,) = take([name], folder=folder, into=tmp_path / "kept").files
    assert Path(file).parent == tmp_path / "kept"
    kept = Path(file).name
    assert not kept.startswith((".", "-"))
    assert len(kept) <= 110
    assert not set(kept) & set('<>:"/\\|?*`\n\r\t ')
    (folder / name).unlink()
