"""The command that tells what was spent."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict

import click

from mobart.app.operator import operating
from mobart.cli.say import print_json, print_table
from mobart.core.spending import Budget, budget_of
from mobart.core.views import Spending, Spent
from mobart.settings import load_redis


def spend(*, days: int, as_json: bool) -> int:
    """Print what was bought, by provider and user, beside the limits of a day."""

    async def look() -> tuple[Spending, Budget]:
        async with operating(load_redis()) as operator:
            workers = await operator.status.workers()
            return await operator.status.spending(days=days), budget_of(workers)

    told, budget = asyncio.run(look())
    if as_json:
        total = {"total": asdict(told.settled)}
        print_json(asdict(told) | total | {"limits": asdict(budget)})
        return 0
    today = told.today
    pictures = f" of {budget.pictures}" if budget.pictures else ""
    money = f" of {budget.usd:.2f}" if budget.usd else ""
    click.echo(f"today (UTC)  {today.pictures}{pictures} pictures, {today.usd:.4f}{money} USD")
    if told.untold:
        click.echo(f"of these     {told.untold} in doubt, found again after a doubt, or being paid")
    if budget.user_pictures:
        click.echo(f"one user     {budget.user_pictures} pictures a day")
    _print_table("provider", told.providers, told.settled)
    _print_table("user", told.users, None)
    if any(one.pictures and not one.usd for one in told.providers.values()):
        click.echo("\nWhat is free, or has no known price (MOBART_PRICES), counts as 0 USD.")
    return 0


def _print_table(head: str, rows: Mapping[str, Spent], total: Spent | None) -> None:
    if not rows:
        return
    click.echo()
    shown = [*rows.items(), *([("all", total)] if total and len(rows) > 1 else [])]
    cells = [(name, str(one.pictures), f"{one.usd:.4f}") for name, one in shown]
    print_table((head, "pictures", "USD"), cells)
