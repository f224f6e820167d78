"""The documentation as a website: the pages of this repository as they are, drawn by Sphinx.

`./retro docs` builds it. The pages are written to be read on a git host; what the site needs besides is made here from
what they say already: docs/README.md is the table of contents, links to headers lead to the pages that Doxygen makes of
them, formulas are drawn by the browser, as MathML, notebooks are run, and the pages of the Python API are made of the
package that a build has left.
"""

import hashlib
import html
import importlib
import inspect
import os
import pathlib
import re
import shutil
import sys
import types
import typing
import unittest.mock
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


def python_folder():
    """The folder that has the package: the one that RETROGRADE_DOCS_PYTHON names, or that of the latest build."""
    if named := os.environ.get("RETROGRADE_DOCS_PYTHON"):
        return pathlib.Path(named).resolve()
    modules = sorted(root.glob("build/*/python/retrograde/_core.abi3.so"), key=lambda file: file.stat().st_mtime)
    return modules[-1].parent.parent if modules else None

log = logging.getLogger(__name__)

project = "Retrograde"
author = "the authors of Retrograde"
version = release = re.search(r"project\(retrograde\s+VERSION\s+([0-9.]+)", (root / "CMakeLists.txt").read_text(), re.I)[1]
html_title = f"Retrograde {version}"

extensions = ["myst_nb", "sphinx_copybutton", "sphinx.ext.autodoc"]
root_doc = "README"
# Everything that is written for readers, and nothing that a build, a run or a clone has left.
include_patterns = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/**", "bench/README.md"]
exclude_patterns = ["build", "output", "runs", "studies", ".git"]
if not cpp_tags.is_file():
    exclude_patterns.append("docs/site/cpp_api.md")

# ---- Python --------------------------------------------------------------------------------------


def fake_torch():
    """Stands for PyTorch, which is large, where retrograde.torch is only read and not run."""
    torch = unittest.mock.MagicMock(name="torch")
    for name in ("Tensor", "nn.Module", "utils.data.Dataset"):
        *path, last = name.split(".")
        owner = torch
        for each in path:
            owner = getattr(owner, each)
        bases = (typing.Generic[typing.TypeVar("T")],) if last == "Dataset" else ()
        made = types.new_class(last, bases, {}, lambda names: names.update(__module__=".".join(["torch", *path])))
        setattr(owner, last, made)
    sys.modules["torch"] = torch


class ArrayLike:
    """numpy.typing.ArrayLike, by its name instead of the union that it stands for."""


class NDArray(typing.Generic[typing.TypeVar("Scalar", bound=typing.Any)]):
    """numpy.typing.NDArray, by its name."""


def import_python():
    """The modules of the package that pages are made of, or the reason why there are none."""
    folder = python_folder()
    if folder is None:
        return [], "the package is not built; ./retro test --only python builds it"
    sys.path.insert(0, str(folder))
    for short in (ArrayLike, NDArray):
        short.__module__ = "numpy.typing"
        setattr(importlib.import_module("numpy.typing"), short.__name__, short)
    try:
        importlib.import_module("retrograde")
    except ImportError as error:
        return [], f"the package in {folder} cannot be imported: {error}"
    if importlib.util.find_spec("torch") is None:
        fake_torch()
    return [importlib.import_module(name) for name in ("retrograde", "retrograde.plot", "retrograde.torch")], ""


python_modules, reason = import_python()
if not python_modules:
    exclude_patterns.append("docs/site/python_api.md")
    print(f"docs: SKIPPED: the page of the Python API and the pictures and numbers of the notebooks: {reason}")


def library():
    """A hash of the package and its command: notebooks run again when these have changed, or they themselves."""
    if not python_modules:
        return ""
    folder = python_folder()
    files = [*folder.glob("retrograde/*.py"), *folder.glob("retrograde/*.so"), folder.parent / "bin/retro"]
    digest = hashlib.sha256()
    for file in sorted(file for file in files if file.is_file()):
        digest.update(file.read_bytes())
    return digest.hexdigest()


retrograde_library = library()

# A notebook that raises, or takes longer, fails the build.
nb_execution_mode = "force" if python_modules else "off"
nb_execution_raise_on_error = True
nb_execution_timeout = 120  # seconds a cell
nb_execution_in_temp = True
nb_merge_streams = True
if python_modules:
    # What the kernel of a notebook finds: the package, its command, and how pictures look here.
    os.environ["PYTHONPATH"] = str(python_folder())
    os.environ["PATH"] = f"{python_folder().parent / 'bin'}:{os.environ['PATH']}"
    os.environ["MATPLOTLIBRC"] = str(root / "docs/site/matplotlibrc")


def python_api():
    """All that the modules export, by the file that it is in; each file opens with a sentence that says what it is about."""
    order = ["scenario", "network", "trials", "runs", "devices", "gradient", "training", "onchip", "checks", "diffs", "proofs", "exports"]
    last = ["plot", "torch", "errors"]
    found = {}
    for module in python_modules:
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.ismodule(thing) or name == "__version__":
                continue
            file = thing.__module__.split(".")[-1] if thing.__module__ != "retrograde._core" else "runs"
            found.setdefault(file, []).append((module.__name__, name, thing))

    def place(file):
        return (order.index(file), "") if file in order else (99 + last.index(file), "") if file in last else (98, file)

    text = ""
    for file in sorted(found, key=place):
        owner = importlib.import_module(f"retrograde.{file}")
        says = inspect.getdoc(owner)
        heading = re.match(r"[^:,.]+", says)[0]
        text += f"\n## {heading}\n\n```{{eval-rst}}\n.. currentmodule:: {found[file][0][0]}\n\n{says}\n\n"
        for module, name, thing in found[file]:
            if thing.__module__ == "retrograde._core":  # which tells nothing of itself
                text += f".. py:class:: {module}.{name}\n\n   What :func:`{name.lower()}` makes.\n\n"
                continue
            options = []
            if inspect.isclass(thing):
                options = [":members:", ":undoc-members:", ":special-members: __getitem__"]
                options += [":inherited-members:"] * thing.__base__.__module__.startswith("retrograde._")
            kind = "class" if options else "function"
            text += f".. auto{kind}:: {module}.{name}\n" + "".join(f"   {each}\n" for each in options) + "\n"
        text += "```\n"
    return text


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
python_maximum_signature_line_length = 88
autodoc_typehints_format = "short"


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
    if docname == "docs/site/python_api":
        source[0] += python_api()
    if docname != root_doc:
        return
    trees = {"": ["docs/README"]} | groups()
    listed = {page for pages in trees.values() for page in pages}
    # Pages of Python may come and go with that part; the others have to stand in docs/README.md.
    trees["Python"] = [page for page in pages_of_python() if page not in listed]
    trees["Reference"] += ["docs/site/python_api"] * bool(python_modules) + ["docs/site/cpp_api"] * cpp_tags.is_file()
    for heading, pages in trees.items():
        if not pages:
            continue
        source[0] += f"\n\n```{{toctree}}\n:hidden:\n:caption: {heading}\n\n" if heading else "\n\n```{toctree}\n:hidden:\n\n"
        source[0] += "\n".join(f"/{page}" for page in pages)
        source[0] += "\n```\n"


def signature(app, what, name, thing, options, arguments, result):
    """What only the package itself makes does not say how."""
    return ("", None) if what == "class" and re.match(r"\(\s*core:", arguments or "") else None


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

# ---- notebooks -----------------------------------------------------------------------------------


def offer_notebook(app, pagename, templatename, context, doctree):
    """A notebook says below its heading where it is to be had, as it was run here."""
    if not pagename.startswith("docs/notebooks/"):
        return
    name = pagename.split("/")[-1]
    if python_modules:
        words = f'<a href="{name}.ipynb" download>Download this notebook</a>, as it was run with version {version}.'
    else:
        words = "This site was made without the Python package, so the cells of this notebook have not been run here."
    context["body"] = context["body"].replace("</h1>", f'</h1>\n<p class="notebook">{words}</p>', 1)


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
    if python_modules:
        for notebook in (out.parent / "jupyter_execute").glob("docs/notebooks/*.ipynb"):
            shutil.copy(notebook, out / "docs/notebooks" / notebook.name)
    (out / "index.html").write_text(
        '<!doctype html><meta charset="utf-8"><title>Retrograde</title>'
        '<meta http-equiv="refresh" content="0; url=README.html"><a href="README.html">Retrograde</a>\n')


def setup(app):
    app.add_html_math_renderer("mathml", (lambda t, n: draw(t, n, False), None), (lambda t, n: draw(t, n, True), None))
    app.add_config_value("retrograde_library", "", "env")
    app.connect("source-read", add_contents)
    app.connect("html-page-context", offer_notebook)
    app.connect("autodoc-process-signature", signature)
    app.connect("doctree-read", lambda app, doctree: link_sources(app, doctree, app.env.docname))
    app.connect("build-finished", finish)
