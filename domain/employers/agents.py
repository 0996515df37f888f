"""Agents 人力资源代理: organisations that insure people who work for others."""

from domain.employers.lexicon import agent_word
from domain.employers.parse import parse
from domain.facts.fact import Org


def is_agent(payer: Org) -> bool:
    """Whether the name of ``payer`` holds a word that marks agents."""
    return bool(agent_word(parse(payer.name).text))
