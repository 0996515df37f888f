"""A group of commands whose list tells each command's first sentence in full."""

import click

_ANY_LENGTH = 10_000


class CommandGroup(click.Group):
    """As click's, which cuts the sentences off where its line ends."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        told = [(name, each.get_short_help_str(limit=_ANY_LENGTH)) for name, each in commands if each]
        with formatter.section("Commands"):
            formatter.write_dl(told)
