"""`gimg-conformance help` and `completion`, as click reads them."""

import click
from click.shell_completion import get_completion_class

from conformance.cli.documents import TOPICS
from conformance.cli.paths import WORD
from conformance.cli.refusals import Refusal
from conformance.program import PROGRAM, as_called

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_GIMG_CONFORMANCE_COMPLETE"
"""What click looks at, for a program of this name."""


@click.command("help", short_help="Explain a topic, such as target or exit-status.")
@click.argument("topic", type=WORD, required=False, metavar="[TOPIC|COMMAND]")
@click.pass_context
def help_(context: click.Context, /, topic: str | None) -> None:
    """Print a chapter of the documentation, or the help of a command. Without a TOPIC, it lists the topics.

    \b
    Examples:
      gimg-conformance help target
      gimg-conformance help clock
      gimg-conformance help exit-status
    """  # noqa: D301 - click looks for the character, not for its escape
    face = context.find_root().command
    if topic in TOPICS:
        from conformance.cli.chapters import print_chapter  # noqa: PLC0415 - loads rich

        print_chapter(topic)
    elif topic and isinstance(face, click.Group) and (command := face.get_command(context, topic)):
        with click.Context(command, parent=context.find_root(), info_name=topic) as its:
            click.echo(command.get_help(its))
    elif topic:
        raise _unknown(topic, [*TOPICS, *(face.commands if isinstance(face, click.Group) else ())])
    else:
        click.echo(f"Topics: {', '.join(TOPICS)}")
        click.echo(as_called(f"`{PROGRAM} help TOPIC` explains one, `{PROGRAM} -h` lists the commands."))


def _unknown(topic: str, known: list[str]) -> Refusal:
    from conformance.errors import sentence  # noqa: PLC0415 - only for a typing error
    from conformance.near import did_you_mean, near  # noqa: PLC0415 - as above

    remedy = sentence(f"{did_you_mean(near(topic, known))} Topics: {', '.join(TOPICS)}".lstrip())
    return Refusal(f"there is no topic or command {topic!r}. {remedy}")


@click.command(short_help="Print what makes a shell complete commands and options.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, /, shell: str) -> None:
    """Print a script for bash, zsh or fish: with it, the tab key completes commands, options and their values.

    \b
    For this session; in ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish, for all:
      eval "$(gimg-conformance completion bash)"    # or zsh
      source (gimg-conformance completion fish | psub)
    """  # noqa: D301 - click looks for the character, not for its escape
    found = get_completion_class(shell)
    if found is None:
        raise Refusal(f"click completes nothing in {shell}")
    # Not by its `source`, which asks the bash of this machine for its version.
    made = found(context.find_root().command, {}, PROGRAM, VARIABLE)
    click.echo(made.source_template % made.source_vars())
