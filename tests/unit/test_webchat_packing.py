"""bot.webchat.packing: what it may shorten, and what it must leave alone."""

import pytest

from bot.webchat.packing import pack_scripts, pack_styles


@pytest.mark.parametrize(
    ("written", "packed"),
    [
        ("// why\nconst long = 1; // and how\n\nuse(long);\n", "const a=1;use(a);"),
        ("function twice(number) { return number * 2; }", "function a(b){return b*2;}"),
        ('const url = "https://a//b"; /* no */ go(url);', 'const a="https://a//b";go(a);'),
        ("const it = /[/]\\/ x/g.test(word);", "const a=/[/]\\/ x/g.test(word);"),
        ("const half = whole / 2 / part;", "const a=whole/2/part;"),
        ("const text = `a ${first} b`; let first;", "const b=`a ${a} b`;let a;"),
        ("const { data, more = newOne() } = take(); data(more);", None),
        ("const kind = { kind: 1, other() {} };", None),
        ("const shown = bubble.shown ?? 1;", None),
        ("for (const each of all) each.go();", "for(const a of all)a.go();"),
        ("let open = 0; const act = () => { open = 1; };", "let a=0;const b=()=>{a=1;};"),
        ("const same = (a, bee) => a + bee;", None),
    ],
)
def test_only_names_that_are_nobodys_property_become_short(
    written: str, packed: str | None
) -> None:
    text = pack_scripts([written])

    if packed is not None:
        assert text == packed
    for kept in ("data", "kind", "shown", "more"):
        assert (kept in text) == (kept in written)


def test_modules_become_one_without_their_imports_and_exports() -> None:
    first = "export const shared = 1;\nexport function run() { return shared; }\n"
    second = 'import { run } from "./first.js";\nimport {\n  shared,\n} from "./first.js";\nrun(shared);\n'

    assert pack_scripts([first, second]) == "const a=1;function b(){return a;}b(a);"


def test_names_of_different_functions_may_be_the_same_and_shared_ones_are_not() -> None:
    text = pack_scripts(
        ["const all = 1; const f = (one) => one + all; const g = (two) => two + all;"]
    )

    assert text == "const a=1;const b=(d)=>d+a;const c=(d)=>d+a;"


def test_styles_keep_every_blank_that_means_something() -> None:
    written = "/* why */\n.a .b:hover,\n.c > .d {\n  margin: 0 auto;\n  color: red;\n}\n@media (x) {\n  .e { top: 0; }\n}\n"

    assert (
        pack_styles(written) == ".a .b:hover,.c > .d{margin:0 auto;color:red}@media (x){.e{top:0}}"
    )
