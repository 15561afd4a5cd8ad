"""The application starts in every way in which it may be started, whatever the standard library's own `trace` does (DESIGN §2)."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = Path(sys.executable).parent
OUR_TRACE = "import trace; assert hasattr(trace, '__path__'), trace; import trace.web"


def environment(**extra: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FLASK", "PHARMATRACE"))}
    return {**kept, **extra}


def run(*arguments: str, cwd: Path = ROOT, **extra: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=cwd, env=environment(**extra), check=False, timeout=60, capture_output=True, text=True)


@pytest.mark.parametrize("flags", [(), ("-P",), ("-I",), ("-W", "error", "-P")], ids=lambda flags: " ".join(flags) or "plain")
def test_app_py_from_a_foreign_folder(flags: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*flags, str(ROOT / "app.py"), "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "demo" in done.stdout


def test_app_py_under_safe_path(tmp_path: Path) -> None:
    done = run(str(ROOT / "app.py"), "--help", cwd=tmp_path, PYTHONSAFEPATH="1")
    assert done.returncode == 0, done.stderr


def test_as_a_module() -> None:
    done = run("-m", "app", "--help")
    assert done.returncode == 0, done.stderr


def test_with_the_standard_library_module_loaded_before(tmp_path: Path) -> None:
    (tmp_path / "start.py").write_text(
        f"import trace\nassert not hasattr(trace, '__path__')\nimport sys\nsys.path.append({str(ROOT)!r})\nimport app\n{OUR_TRACE}\n",
        "utf-8",
    )
    done = run(str(tmp_path / "start.py"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_importing_opens_nothing(tmp_path: Path) -> None:
    data = tmp_path / "nowhere"
    done = run("-c", "import app; print(app.app.name)", PHARMATRACE_DATA=str(data))
    assert (done.returncode, done.stdout.strip()) == (0, "pharmatrace"), done.stderr
    assert not data.exists()


def test_flask_command(tmp_path: Path) -> None:
    done = run("-m", "flask", "--app", "app", "routes", PHARMATRACE_DATA=str(tmp_path / "none"))
    assert done.returncode == 0, done.stderr
    assert "/blocks/<name>" in done.stdout


def test_flask_command_by_factory() -> None:
    done = run("-m", "flask", "--app", "trace.web:create_app", "routes")
    assert done.returncode == 0, done.stderr


WAITRESS = """
import sys
sys.argv = ["waitress-serve", "--listen=127.0.0.1:0", "app:app"]
import waitress
waitress.serve = lambda app, **options: print("serving", app.name)
from waitress.runner import run
run(_serve=waitress.serve)
"""


def test_waitress_serve(tmp_path: Path) -> None:
    """waitress-serve appends the working folder behind the standard library; `app.py` puts itself in front."""
    (tmp_path / "start.py").write_text(WAITRESS, "utf-8")
    done = run(str(tmp_path / "start.py"), PHARMATRACE_DATA=str(tmp_path / "none"))
    assert "serving pharmatrace" in done.stdout, done.stderr


GUNICORN = SCRIPTS / "gunicorn"


def test_gunicorn(tmp_path: Path) -> None:
    done = run(str(GUNICORN), "--check-config", "app:app", PHARMATRACE_DATA=str(tmp_path / "none"))
    assert done.returncode == 0, done.stderr


def test_what_app_py_does_is_needed(tmp_path: Path) -> None:
    """Without its path lines it does not start under -P: if this ever passes, the lines may go."""
    text = (ROOT / "app.py").read_text("utf-8")
    assert "sys.path.insert" in text
    folder = tmp_path / "copy"
    folder.mkdir()
    (folder / "app.py").write_text(text.replace("sys.path.insert", "list(sys.path).insert"), "utf-8")
    for name in ("trace", "chain"):
        (folder / name).symlink_to(ROOT / name)
    assert run("-P", str(folder / "app.py"), "--help", cwd=tmp_path).returncode != 0


def test_packages_in_pyproject_are_those_of_the_tree() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    listed = set(tools["packages"])
    found = {"pharmatrace"} | {
        "pharmatrace." + ".".join(path.parent.relative_to(ROOT).parts)
        for top in ("chain", "trace")
        for path in (ROOT / top).rglob("__init__.py")
    }
    assert listed == found
