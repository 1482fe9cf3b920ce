"""The command line `rathausbote`."""

import asyncio
import json
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.domain.staff import Role
from bot.errors import RathausboteError
from bot.settings import Settings, load_settings

if TYPE_CHECKING:
    from bot.evaluation.evaluation import Evaluation
    from bot.use_cases.set_duties import Duties

_OFFICE_HELP = "Id of an office whose team they belong to, e.g. buergerbuero; several times for several."
_EMAIL_HELP = "Where they are told of tickets."
app = typer.Typer(
    name="rathausbote",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=__doc__,
)
staff_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Accounts of the staff console.")
app.add_typer(staff_app, name="staff")


def main() -> None:
    """Run a command; an error that we expect is one line on standard error and exit code 1."""
    try:
        app()
    except RathausboteError as e:
        sys.stderr.write(f"rathausbote: {e}\n")
        sys.exit(1)


@app.command()
def run() -> None:
    """Start everything: web pages, console, Telegram and the engine."""
    from bot.serving import serve

    serve(load_settings())


@app.command()
def train(force: Annotated[bool, typer.Option(help="Train even if the model exists.")] = False) -> None:
    """Train the model of the current files, unless it exists."""
    from bot.engine.__main__ import train_model

    settings = load_settings()
    raise typer.Exit(train_model(settings.project_dir, settings.models_dir, force=force))


@app.command()
def ask(
    text: Annotated[str | None, typer.Argument(help="The question.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    jsonl: Annotated[Path | None, typer.Option(help="Read questions from this file, print one object a line.")] = None,
    at: Annotated[str | None, typer.Option(help="The moment for questions about time, e.g. 2026-12-24T10:00.")] = None,
) -> None:
    """Print the answer as a citizen would see it."""
    if (text is None) == (jsonl is None):
        raise typer.BadParameter("give a question, or a file with --jsonl")
    _run(_ask(load_settings(), text, as_json=as_json, jsonl=jsonl, at=at))


@app.command()
def check(
    path: Annotated[Path | None, typer.Argument(help="Folder with the editors' files; data/ unless given.")] = None,
) -> None:
    """Validate the editors' files: one line a mistake, exit code 1 where there is one."""
    from bot.knowledge.loader import read_knowledge, to_lines

    settings = load_settings()
    folder = (path or settings.data_dir).resolve()
    if not folder.is_dir():
        raise typer.BadParameter(f"{folder} is not a folder")
    _, findings = read_knowledge(folder, state=settings.state, timezone=settings.timezone)
    for line in to_lines(findings, Path.cwd()):
        sys.stdout.write(f"{line}\n")
    raise typer.Exit(1 if findings else 0)


@app.command()
def evaluate(
    files: Annotated[list[Path], typer.Argument(help="Labelled questions and dialogues, one JSON object a line.")],
    *,
    json_path: Annotated[Path | None, typer.Option("--json", help="Also write all figures to this file.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Also draw confusions and confidences, as PNG.")] = None,
    worst: Annotated[int, typer.Option(min=0, help="How many of the worst services are listed.")] = 15,
) -> None:
    """Print how well labelled messages are understood; docs/understanding.md describes the files."""
    from bot.evaluation.objects import to_object
    from bot.evaluation.report import to_lines

    for path in (json_path, picture):
        if path and not path.parent.is_dir():
            raise typer.BadParameter(f"{path.parent} is not a folder")
    evaluation: Evaluation = _run(_evaluate(load_settings(), files))
    sys.stdout.write("\n".join(to_lines(evaluation, worst=worst)) + "\n")
    if json_path:
        json_path.write_text(json.dumps(to_object(evaluation), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if picture:
        from bot.evaluation.picture import draw

        draw(evaluation, picture)


@app.command()
def backup(path: Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")]) -> None:
    """Write everything stored to a file, also while the program runs; sessions of staff are left out."""
    from bot.data_commands import back_up

    sys.stdout.write(f"{back_up(load_settings(), path)}\n")


@app.command()
def restore(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` wrote, with this release or an older one.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Delete what the database holds.")] = False,
) -> None:
    """Fill the database from a backup; all processes must be stopped."""
    from bot.data_commands import restore as restore_from

    sys.stdout.write(f"{restore_from(load_settings(), path, replace=replace)}\n")


@app.command()
def move_database(
    target: Annotated[
        str, typer.Argument(metavar="TARGET_URL", help="Of the new database, in the form of BOT_DATABASE_URL.")
    ],
) -> None:
    """Copy everything into another, empty database; all processes must be stopped."""
    from bot.data_commands import move

    sys.stdout.write(f"{move(load_settings(), target)}\n")


@staff_app.command("add")
def staff_add(
    username: str,
    display_name: Annotated[str, typer.Option("--name", help="What citizens read, e.g. 'Frau Kaya'.")],
    *,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.STAFF,
    office: Annotated[list[str] | None, typer.Option(help=_OFFICE_HELP)] = None,
    email: Annotated[str | None, typer.Option(help=_EMAIL_HELP)] = None,
) -> None:
    """Add a member and print the generated password."""
    from bot.staff_commands import add

    duties = _to_duties(role, office, email)
    sys.stdout.write(f"password of {username}: {_run(add(load_settings(), username, display_name, duties))}\n")


@staff_app.command("set")
def staff_set(
    username: str,
    *,
    role: Annotated[Role | None, typer.Option(help="What they may do.")] = None,
    office: Annotated[list[str] | None, typer.Option(help=f"{_OFFICE_HELP} An empty one takes all away.")] = None,
    email: Annotated[str | None, typer.Option(help=f"{_EMAIL_HELP} An empty one takes it away.")] = None,
) -> None:
    """Change role, offices or e-mail address of a member; what is not named stays."""
    from bot.staff_commands import change

    _run(change(load_settings(), username, _to_duties(role, office, email)))


@staff_app.command("list")
def staff_list() -> None:
    """Print all members: user name, name, state, role, offices, e-mail address."""
    from bot.staff_commands import list_members

    for member in _run(list_members(load_settings())):
        state = "active" if member.is_active else "disabled"
        duties = (member.role.value, ",".join(member.offices) or "-", member.email or "-")
        sys.stdout.write("\t".join((member.username, member.display_name, state, *duties)) + "\n")


@staff_app.command("disable")
def staff_disable(username: str) -> None:
    """Take access away; running sessions end."""
    from bot.staff_commands import set_active

    _run(set_active(load_settings(), username, active=False))


@staff_app.command("enable")
def staff_enable(username: str) -> None:
    """Give access back."""
    from bot.staff_commands import set_active

    _run(set_active(load_settings(), username, active=True))


@staff_app.command("password")
def staff_password(username: str) -> None:
    """Set and print a new generated password; running sessions end."""
    from bot.staff_commands import reset_password

    sys.stdout.write(f"password of {username}: {_run(reset_password(load_settings(), username))}\n")


def _to_duties(role: Role | None, offices: list[str] | None, email: str | None) -> "Duties":
    from bot.use_cases.set_duties import Duties

    named = tuple(office for office in offices if office) if offices else None
    return Duties(role, email, named)


async def _ask(settings: Settings, text: str | None, *, as_json: bool, jsonl: Path | None, at: str | None) -> None:
    from bot.asking import Dialogue, ask_all, open_asker, read_questions
    from bot.main import load_answers

    answers = load_answers(settings)
    now = _to_moment(at, answers.knowledge.municipality.timezone)
    questions = read_questions(jsonl) if jsonl else []
    async with open_asker(settings, answers, now, _tell) as asker:
        if text is None:
            async for each in ask_all(asker, questions):
                sys.stdout.write(json.dumps(each, ensure_ascii=False) + "\n")
            return
        result = await asker.ask(text, Dialogue("1"))
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n" if as_json else _to_text(result))
    if "error" in result:
        raise typer.Exit(1)


async def _evaluate(settings: Settings, files: list[Path]) -> "Evaluation":
    from bot.asking import ask_all, open_asker, read_questions
    from bot.evaluation.evaluation import evaluate as evaluate_results
    from bot.evaluation.labels import to_labels
    from bot.main import load_answers

    answers = load_answers(settings)
    questions = [question for file in files for question in read_questions(file)]
    labels = to_labels(questions)
    async with open_asker(settings, answers, datetime.now(UTC), _tell) as asker:
        numbered = [{**question, "id": number} for number, question in enumerate(questions, start=1)]
        results = [each async for each in ask_all(asker, numbered)]
    return evaluate_results(labels, results, answers.knowledge.services)


def _to_text(result: dict[str, Any]) -> str:
    if "error" in result:
        return f"{result['error']['message']}\n"
    parts = []
    for reply in result["replies"]:
        lines = [reply["text"], *(f"→ {link['title']}: {link['url']}" for link in reply["links"])]
        if reply["source_title"]:
            lines.append(f"Quelle: {reply['source_title']} · Stand {reply['reviewed_on'] or '—'}")
        if reply["buttons"]:
            lines.append(" ".join(f"[{button['title']}]" for button in reply["buttons"]))
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _to_moment(at: str | None, timezone: str) -> datetime:
    if at is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise typer.BadParameter(f"{at} is no moment like 2026-12-24T10:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


if __name__ == "__main__":
    main()
