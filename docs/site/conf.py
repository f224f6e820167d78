"""The documentation as a website: the pages of this repository as they are, drawn by Sphinx.

`./retro docs` builds it. The pages are written to be read on a git host; what the site needs besides is made here from
what they say already: docs/README.md is the table of contents, links to headers lead to the pages that Doxygen makes of
them, and formulas are drawn by the browser, as MathML.
"""

import html
import importlib
import os
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

root = pathlib.Path(__file__).resolve().parents[2]
# Where Doxygen has been (docs/site/build): its pages, below the site, and the index of them.
cpp_pages = "api/cpp"
cpp_headers = os.environ.get("RETROGRADE_DOCS_HEADERS", "")
cpp_tags = pathlib.Path(os.environ.get("RETROGRADE_DOCS_TAGS", ""))
# Folders of the Python package to look at first, such as where a build has put it.
sys.path[:0] = filter(None, os.environ.get("RETROGRADE_DOCS_PYTHON", "").split(":"))

log = logging.getLogger(__name__)

project = "Retrograde"
author = "the authors of Retrograde"
version = release = re.search(r"project\(retrograde\s+VERSION\s+([0-9.]+)", (root / "CMakeLists.txt").read_text(), re.I)[1]
html_title = f"Retrograde {version}"

extensions = ["myst_parser", "sphinx_copybutton", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "README"
# Everything that is written for readers, and nothing that a build, a run or a clone has left.
include_patterns = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/**", "bench/README.md"]
exclude_patterns = ["build", "output", "runs", "studies", ".git"]
if not cpp_tags.is_file():
    exclude_patterns.append("docs/site/cpp_api.md")
try:
    importlib.import_module("retrograde")
    has_python = True
except ImportError as error:
    has_python = False
    exclude_patterns.append("docs/site/python_api.md")
    print(f"docs: SKIPPED: the page of the Python API: the package cannot be imported: {error}")

# ---- pages ---------------------------------------------------------------------------------------

myst_enable_extensions = ["dollarmath"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 5
myst_links_external_new_tab = False
myst_linkify_fuzzy_links = False
highlight_language = "text"
# Headings that skip a level, and JSON that leaves out what goes on (`...`).
suppress_warnings = ["myst.header", "misc.highlighting_failure"]
copybutton_exclude = ".linenos, .gp"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"


def groups():
    """The table of contents: heading -> pages, as docs/README.md has them."""
    found, heading = {}, None
    for line in (root / "docs/README.md").read_text().splitlines():
        if line.startswith("## "):
            heading = line[3:]
        elif heading and (link := re.match(r"\| \[[^]]+\]\(([^)#]+)\.md\) \|", line)):
            found.setdefault(heading, []).append(os.path.normpath(os.path.join("docs", link[1])))
    return found


def pages_of_python():
    files = [*root.glob("docs/python*.md"), *root.glob("docs/notebooks/*.md")]
    return sorted(str(file.relative_to(root).with_suffix("")) for file in files)


def add_contents(app, docname, source):
    """Formulas between $` and `$, which git hosts draw, are $...$ to MyST; the front page gets the contents."""
    source[0] = re.sub(r"\$`([^`]+)`\$", r"$\1$", source[0])
    if docname == "docs/site/cpp_api":
        source[0] += headers_by_room()
    if docname != root_doc:
        return
    trees = {"": ["docs/README"]} | groups()
    listed = {page for pages in trees.values() for page in pages}
    # Pages of Python may come and go with that part; the others have to stand in docs/README.md.
    trees["Python"] = [page for page in pages_of_python() if page not in listed]
    trees["Reference"] += ["docs/site/python_api"] * has_python + ["docs/site/cpp_api"] * cpp_tags.is_file()
    for heading, pages in trees.items():
        if not pages:
            continue
        source[0] += f"\n\n```{{toctree}}\n:hidden:\n:caption: {heading}\n\n" if heading else "\n\n```{toctree}\n:hidden:\n\n"
        source[0] += "\n".join(f"/{page}" for page in pages)
        source[0] += "\n```\n"


# ---- links to sources ----------------------------------------------------------------------------


def header_pages():
    """Header, relative to the root -> the page that Doxygen has made of it."""
    if not cpp_tags.is_file():
        return {}
    pages = {}
    for file in xml.parse(cpp_tags).getroot().iter("compound"):
        if file.get("kind") == "file":
            path = pathlib.Path(os.path.relpath(file.findtext("path") + file.findtext("name"), cpp_headers))
            page = file.findtext("filename")
            pages[path] = page if page.endswith(".html") else page + ".html"
    return pages


def headers_by_room():
    """The headers by folder, each with the sentence that it opens with."""
    text, room = "", None
    for header in sorted(header_pages(), key=lambda path: (path.parent.parts, path.name)):
        if header.parent != room:
            room = header.parent
            text += f"\n## {room}\n\n"
        comment = re.match(r"(?:// ?(.*)\n)+", (root / header).read_text())
        words = " ".join(line.lstrip("/ ") for line in (comment[0] if comment else "").splitlines())
        first = re.match(r".*?[.:](?= |$)", words)
        says = re.sub(r"([\\`*_<>\[\]$])", r"\\\1", first[0].rstrip(":.") + "." if first else "")
        text += f"- [{header.name}](../../{header}): {says}\n"
    return text


def link_sources(app, doctree, docname):
    """Links to headers lead to Doxygen's page; links to folders, which the site does not have, become text."""
    pages = header_pages()
    up = "../" * docname.count("/")
    for link in list(doctree.findall(lambda node: isinstance(node, nodes.Element) and "reftarget" in node)):
        target = link["reftarget"].split("#")[0]
        if not target or "://" in target:
            continue
        path = pathlib.Path(os.path.normpath(os.path.join(os.path.dirname(docname), target)))
        if path in pages:
            new = nodes.reference("", "", *link.children, refuri=f"{up}{cpp_pages}/{pages[path]}", internal=True)
            link.replace_self(new)
        elif (root / path).is_dir():
            link.replace_self(link.children)


# ---- formulas ------------------------------------------------------------------------------------


def draw(translator, node, display):
    """A formula as MathML, which browsers draw by themselves."""
    text = node.astext()
    try:
        element = tex2mathml(text, as_block=display)
    except MathError as error:
        log.warning("a formula that cannot be drawn: %s: %s", text, error, location=node)
        element = html.escape(text)
    translator.body.append(f'<div class="formula">{element}</div>' if display else element)
    raise nodes.SkipNode


html_math_renderer = "mathml"

# ---- looks ---------------------------------------------------------------------------------------

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["style.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#8a3ffc", "color-brand-content": "#6929c4"},
    "dark_css_variables": {"color-brand-primary": "#be95ff", "color-brand-content": "#be95ff"},
}
pygments_style = "friendly"
pygments_dark_style = "monokai"


def finish(app, error):
    if error or app.builder.name != "html":
        return
    out = pathlib.Path(app.outdir)
    (out / "index.html").write_text(
        '<!doctype html><meta charset="utf-8"><title>Retrograde</title>'
        '<meta http-equiv="refresh" content="0; url=README.html"><a href="README.html">Retrograde</a>\n')


def setup(app):
    app.add_html_math_renderer("mathml", (lambda t, n: draw(t, n, False), None), (lambda t, n: draw(t, n, True), None))
    app.connect("source-read", add_contents)
    app.connect("doctree-read", lambda app, doctree: link_sources(app, doctree, app.env.docname))
    app.connect("build-finished", finish)
