"""Makes what tells of scrobblerctl: its manual page, docs/scrobblerctl.md, and the completion that
is installed, of its parser and of `ctl_words`: python -m tools.ctl [--check]
"""

import sys
from functools import partial

from scrobblerd.ctl.arguments.setup import SHELLS
from tools import ctl_completion, ctl_markdown, ctl_roff
from tools.answers import ANSWERS
from tools.making import Maker

COMPLETIONS = "daemon/scrobblerd/ctl/completion/scrobblerctl.{}"
"""The script for each shell. pyproject.toml says where a package puts them."""

MAKER = Maker(
    name="tools.ctl",
    documents=("docs/scrobblerctl.md", "share/man/man1/scrobblerctl.1"),
    markdown={
        **ctl_markdown.PARTS,
        **{f"answer of {name}": partial(ctl_markdown.answer, name) for name in ANSWERS},
    },
    roff=ctl_roff.PARTS,
    wholes={COMPLETIONS.format(shell): partial(ctl_completion.script, shell) for shell in SHELLS},
)

if __name__ == "__main__":
    sys.exit(MAKER.main())
