"""The signs of our own output, and what stands for each where a terminal knows ASCII alone."""

PLAIN = {
    "·": ".",
    "✗": "x",
    "✓": "+",
    "━": "=",
    "─": "-",
    "…": "...",
    "→": "->",
    "▶": ">",
    "•": "*",
}
