"""Links from pages to files of the repository work on the site as they do in the repository.

Pages are Markdown with relative links. Such a link may lead to a file that is no page of the site,
as to a rule of the workflow; it then becomes a link to the repository. Or it leads to a file that a
page of docs/ includes, as CONTRIBUTING.md; it then becomes a link to this page.

Settings in conf.py: `repository_root`, the folder of the repository; `repository_url`, its address;
`repository_pages`, the page of each file and folder that has one, by its path; and
`repository_includes`, the file of each page that is nothing but a file of the repository.
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

BRANCH = "main"


class RepositoryLinks(SphinxTransform):
    """Turn links to files into links to pages or to the repository."""

    default_priority = 500

    def apply(self, **_: Any) -> None:
        """Do so for each link of a page."""
        for node in list(self.document.findall(self.is_link)):
            self.replace(node)

    @staticmethod
    def is_link(node: nodes.Node) -> bool:
        """Whether a node is a link that Markdown has written."""
        kinds = (addnodes.pending_xref, addnodes.download_reference)
        return isinstance(node, kinds) and node.get("reftype") == "myst"

    def replace(self, link: nodes.Element) -> None:
        """Replace a link to a file that is no page; leave one that leads nowhere to be reported."""
        written, _, anchor = str(link["reftarget"]).partition("#")
        if link.get("refdomain") == "doc":
            if written in self.env.found_docs:
                return
            # A file with the suffix of a page that stands outside of docs/.
            written, anchor = f"{written}.md", link.get("reftargetid") or ""
        root = Path(self.config.repository_root).resolve()
        path = (self.folder_of_links(root) / written).resolve()
        if not (written and path.is_relative_to(root) and path.exists()):
            return
        page = self.page_of(path, root)
        made = link_to_page(link, page, anchor) if page else self.link_to_file(link, path, root)
        link.replace_self(made)

    def folder_of_links(self, root: Path) -> Path:
        """Return the folder that the links of this page are relative to."""
        page = self.env.docname
        included = self.config.repository_includes.get(page)
        return (root / included if included else Path(self.env.doc2path(page))).parent

    def page_of(self, path: Path, root: Path) -> str | None:
        """Return the page that shows a file."""
        found = self.config.repository_pages.get(path.relative_to(root).as_posix())
        own = self.env.path2doc(path)
        return found or (own if own in self.env.found_docs else None)

    def link_to_file(self, link: nodes.Element, path: Path, root: Path) -> nodes.reference:
        """Return a link to a file or a folder of the repository."""
        kind = "tree" if path.is_dir() else "blob"
        address = "/".join(
            [self.config.repository_url, kind, BRANCH, *path.relative_to(root).parts]
        )
        made = nodes.reference("", "", refuri=address, internal=False)
        made += link.children[0].children if link.children else [nodes.Text(path.name)]
        return made


def link_to_page(link: nodes.Element, page: str, anchor: str) -> addnodes.pending_xref:
    """Return a link to a page, and a heading on it, as that of Markdown would be."""
    made = addnodes.pending_xref(
        "", refdomain="doc", reftype="myst", reftarget=page, reftargetid=anchor or None,
        refdoc=link["refdoc"], refexplicit=link["refexplicit"],
    )  # fmt: skip
    made += link.children
    return made


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the transform and its settings."""
    app.add_config_value("repository_root", "..", "env")
    app.add_config_value("repository_url", "", "env")
    app.add_config_value("repository_pages", {}, "env")
    app.add_config_value("repository_includes", {}, "env")
    app.add_transform(RepositoryLinks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
