"""``suite``: the algorithms by which an installation signs, hashes and seals."""

import click

from infra.command_line.folder import DataFolder
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json
from infra.identity.suites import SUITES, choose_suite, suite_in


@click.command()
@click.argument("name", required=False, type=click.Choice(sorted(SUITES)))
@common_options
def suite(common: Common, name: str | None) -> None:
    """Show the algorithms of the data folder, or choose NAME before its first key is made.

    sha256-ed25519 is SHA-256, Ed25519 and AES-256-GCM; sm3-sm2 is SM3, SM2 and SM4-GCM 国密. What was begun with one
    stays with it. The machines of a cluster have it with the copy of keys/.
    """
    folder = DataFolder(common.settings().data).keys
    if name is not None:
        choose_suite(folder, name)
    chosen = suite_in(folder).name
    if common.as_json:
        print_json({"suite": chosen})
    else:
        click.echo(chosen)
