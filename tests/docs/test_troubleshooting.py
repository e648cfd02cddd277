"""Each message on docs/troubleshooting.md is one that the program, or Snakemake, has."""

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from helpers.paths import REPOSITORY

PAGE = (REPOSITORY / "docs/troubleshooting.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
MESSAGES = [line for block in BLOCKS for line in block.splitlines()]
VARIES = "..."
# Files of Snakemake and its plugin for Slurm whose messages users see.
OF_SNAKEMAKE = {
    "snakemake": ["exceptions.py", "workflow.py", "common/__init__.py", "io/__init__.py"],
    "snakemake_executor_plugin_slurm": ["__init__.py", "accounts.py"],
}


def texts_of(code):
    """Yield the texts in some code, with dots for what is put into them."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.JoinedStr):
            parts = (
                part.value if isinstance(part, ast.Constant) else VARIES for part in node.values
            )
            yield "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def sources():
    yield from (REPOSITORY / "specufex_pipe").rglob("*.py")
    for package, names in OF_SNAKEMAKE.items():
        folder = Path(find_spec(package).origin).parent
        yield from (folder / name for name in names)


@cache
def all_texts():
    texts = [text for path in sources() for text in texts_of(path.read_text(encoding="utf-8"))]
    # Rules are not quite Python: their messages stand in single lines.
    rules = [*(REPOSITORY / "workflow").rglob("*.smk"), REPOSITORY / "workflow/Snakefile"]
    texts += [line for path in rules for line in path.read_text(encoding="utf-8").splitlines()]
    return texts


def is_in(message, text):
    parts = [part.strip() for part in message.split(VARIES)]
    return re.search(".*".join(map(re.escape, filter(None, parts))), text, re.DOTALL) is not None


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_is_one_of_the_program(message):
    assert sum(len(part.strip()) for part in message.split(VARIES)) >= 8
    assert any(is_in(message, text) for text in all_texts())


def test_a_message_that_is_gone_is_found_out():
    assert not any(is_in("... is no setting of ours", text) for text in all_texts())


def test_each_message_is_explained():
    after = re.findall(r"```text\n.*?```\n\n(\S+)", PAGE, re.DOTALL)
    assert len(after) == len(BLOCKS) > 40
    assert not any(word.startswith(("```", "#")) for word in after)
