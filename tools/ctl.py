"""Makes what tells of scrobblerctl: its manual page, docs/scrobblerctl.md, and the completion that
is installed, of its parser and of `ctl_words`: python -m tools.ctl [--check]
"""

import sys
from functools import partial

from scrobblerd.ctl.commands import completion
from tools import ctl_markdown, ctl_roff
from tools.answers import ANSWERS
from tools.making import Maker

COMPLETIONS = {
    "bash": "share/bash-completion/completions/scrobblerctl",
    "zsh": "share/zsh/site-functions/_scrobblerctl",
    "fish": "share/fish/vendor_completions.d/scrobblerctl.fish",
}
"""Where each shell looks below a prefix."""

MAKER = Maker(
    name="tools.ctl",
    documents=("docs/scrobblerctl.md", "share/man/man1/scrobblerctl.1"),
    markdown={
        **ctl_markdown.PARTS,
        **{f"answer of {name}": partial(ctl_markdown.answer, name) for name in ANSWERS},
    },
    roff=ctl_roff.PARTS,
    wholes={path: partial(completion.script, shell) for shell, path in COMPLETIONS.items()},
)

if __name__ == "__main__":
    sys.exit(MAKER.main())
