"""Texts that try to be more than text, by what they aim at."""

from __future__ import annotations

_HTML = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "</title></style></textarea><script>alert(3)</script>",
    "<img src=x onerror=alert(4)>",
    "<svg onload=alert(5)>",
    "<svg><script>alert(6)</script></svg>",
    "<iframe src='javascript:alert(7)'></iframe>",
    "<a href='javascript:alert(8)'>x</a>",
    "<base href='https://example.invalid/'>",
    "<meta http-equiv=refresh content='0;url=https://example.invalid/'>",
    "<link rel=stylesheet href='https://example.invalid/x.css'>",
    "<style>@import 'https://example.invalid/y.css'</style>",
    "<form action='https://example.invalid/'><input name=a></form>",
    "<!-- comment --><b>bold</b>",
    "<![CDATA[x]]><?php echo 1 ?>",
    "]]>--><script>alert(9)</script>",
    "<span style='background:url(https://example.invalid/z.png)'>x</span>",
    "<IMG SRC=https://example.invalid/i.png>",
    "<a href='https://example.invalid/'><b>link</b></a>",
    "&lt;script&gt;alert(10)&lt;/script&gt;",
    "&#60;script&#62;alert(11)&#60;/script&#62;",
)
_ATTRIBUTES = (
    '" onmouseover="alert(12)',
    "' onmouseover='alert(13)",
    '"><img src=x onerror=alert(14)>',
    "'><svg/onload=alert(15)>",
    "x` onfocus=`alert(16)",
    "javascript:alert(17)",
    "data:text/html,<script>alert(18)</script>",
)
_SCRIPT = (
    "\u2028alert(19)\u2029",
    '";alert(20);//',
    "\\';alert(21);//",
    "${alert(22)}",
    "<!--<script>",
)
_MARKDOWN = (
    "[x](javascript:alert(23))",
    "![x](https://example.invalid/a.png)",
    "[x]: https://example.invalid/b",
    "| a | b |\n|---|---|\n| c | d |",
    "# heading\n\n---\n",
    "**bold** _it_ ~~no~~ `code`",
    "```\nfence\n```",
    "1. one",
    "- item",
    "> quoted",
    "<https://example.invalid/auto>",
    "https://example.invalid/bare and www.example.invalid",
    "$x^2$ \\(y\\)",
    "a\\",
)
_SHEET = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\r=1+1",
    "\t=1+1",
    "\n=1+1",
    ' =HYPERLINK("https://example.invalid")',
    "＝1+1",
    'a",=1+1,"b',
    "x\r\n=1+1,2",
)
_YAML = (
    "a: b\nc: [d",
    "!!python/object/apply:os.system ['true']",
    "*alias &anchor",
    "---\n...\n",
    "'\" : {",
    "# comment",
    "null: ~",
)
_TEMPLATES = (
    "{{ 7*7 }}{% for x in y %}",
    "{question} {0} {__class__}",
    "%(name)s %s %n",
    "{{ cycler.__init__.__globals__ }}",
    "%{x}<extra></extra>",
)
_TERMINAL = (
    "\x1b[31mred\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x1b]8;;https://example.invalid/\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]52;c;YQ==\x07",
    "\x9b31mred",
    "a\rb\x08\x7f",
    "[bold red]loud[/bold red]",
    "[/]",
    "[link=https://example.invalid/]x[/link]",
    ":fire: :warning:",
    "\x00null\x00",
    "\u202egnp.exe\u202c",
    "\u2066isolate\u2069",
)
_NAMES = (
    "../../etc/passwd",
    "/etc/passwd",
    "..\\..\\x",
    "CON",
    "a/../../b",
    "x" * 300,
)
PAYLOADS: tuple[str, ...] = (
    *(_HTML + _ATTRIBUTES + _SCRIPT + _MARKDOWN),
    *(_SHEET + _YAML + _TEMPLATES + _TERMINAL + _NAMES),
)
CONTROLS = frozenset(map(chr, (*range(9), *range(11, 32), *range(127, 160))))
"""Characters that a terminal acts upon; tab and newline are no harm."""
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of writing."""
