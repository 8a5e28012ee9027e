"""Which language a file is written in, told from its name alone.

Law: every name has an answer. What the table doesn't know goes by its extension.
"""

from pathlib import PurePosixPath

_BY_EXTENSION = {
    extension: language
    for language, extensions in {
        "Assembly": "asm s",
        "Batch": "bat cmd",
        "C": "c h",
        "C#": "cs",
        "C++": "cc cpp cxx hh hpp hxx",
        "CSS": "css",
        "CSV": "csv tsv",
        "Clojure": "clj cljc cljs",
        "Dart": "dart",
        "Elixir": "ex exs",
        "Erlang": "erl hrl",
        "F#": "fs fsi fsx",
        "Go": "go",
        "GraphQL": "gql graphql",
        "Groovy": "gradle groovy",
        "HTML": "htm html",
        "Haskell": "hs",
        "INI": "cfg ini",
        "JSON": "json jsonc jsonl ndjson",
        "Java": "java",
        "JavaScript": "cjs js jsx mjs",
        "Julia": "jl",
        "Jupyter": "ipynb",
        "Kotlin": "kt kts",
        "Lua": "lua",
        "Markdown": "markdown md mdx",
        "Nix": "nix",
        "OCaml": "ml mli",
        "Objective-C": "m mm",
        "PHP": "php",
        "Perl": "pl pm",
        "PowerShell": "ps1 psm1",
        "Protocol Buffers": "proto",
        "Python": "py pyi pyw",
        "R": "r",
        "Ruby": "rb",
        "Rust": "rs",
        "SCSS": "sass scss",
        "SQL": "sql",
        "SVG": "svg",
        "Scala": "sc scala",
        "Shell": "bash fish sh zsh",
        "Svelte": "svelte",
        "Swift": "swift",
        "TOML": "toml",
        "TeX": "bib sty tex",
        "Terraform": "hcl tf",
        "Text": "rst text txt",
        "TypeScript": "cts mts ts tsx",
        "Vue": "vue",
        "XML": "xml xsd xsl",
        "YAML": "yaml yml",
        "Zig": "zig",
    }.items()
    for extension in extensions.split()
}

_BY_NAME = {
    "cmakelists.txt": "CMake",
    "dockerfile": "Dockerfile",
    "gemfile": "Ruby",
    "justfile": "Just",
    "license": "Text",
    "makefile": "Makefile",
    "rakefile": "Ruby",
    "readme": "Text",
}


def language_of(name: str) -> str:
    """The language of a file of this name; ".ext" for an unknown extension, "(none)" without one."""
    lowered = name.lower()
    extension = PurePosixPath(lowered).suffix
    if lowered in _BY_NAME:
        return _BY_NAME[lowered]
    return _BY_EXTENSION.get(extension.removeprefix("."), extension or "(none)")
