"""How sound the verdicts are: right equations changed at random must not be right, rewritten ones must not be wrong.

    python benchmarks/check_mutants.py [--mutants 20000] [--rewritings 2000] [--seed 0] [--jobs 2] FOLDER...

A ``FOLDER`` holds settings with ``expected`` equations (``*.toml``) or labelled cases (``cases.jsonl`` with
``settings/``); the settings that come with derive are always used.  The changes are made to the *text*, token by
token, so that they share nothing with the repairs.  A changed equation that is accepted is explained where it reads as
the same tree, as the same tree in another order, or has the same values on fresh networks (an identity), provided that
every sign that was changed counts: put another one there, and the equation reads otherwise or not at all.  What is left
is printed and is a bug.  Exit 1 if anything is left, or if a rewriting that keeps the meaning is called wrong.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

from derive.algebra.tree import Add, Expr, Hadamard, Mul
from derive.checking.explaining.author import author
from derive.checking.explaining.spelling import base_of, spellings
from derive.checking.explaining.trial import FAILURES
from derive.checking.judging import Judge
from derive.checking.judging.comparing import RIGHT, Comparison, residual
from derive.checking.judging.places import Places
from derive.checking.judging.precision import EQUAL
from derive.checking.judging.readings import prepared, tables
from derive.checking.limits import TooLong, at_most
from derive.checking.reading import Misread, Reading, Undecided, Written, read, read_by_units, written
from derive.checking.setting import PRESETS, from_toml
from derive.checking.understanding import understand
from derive.errors import DeriveError
from derive.meaning import MeaningError
from derive.notation.commands import RELATIONS
from derive.notation.failures import ReadFailure
from derive.notation.lexing import Source
from derive.notation.tokens import Token, tokens

GOOD = ("right", "definition")
Rng = random.Random


@dataclass(frozen=True)
class Origin:
    """A right equation with its setting."""

    name: str
    setting: Path
    latex: str


# ------------------------------------------------------------ right equations


def origins(folders: list[Path]) -> list[Origin]:
    """Every equation of the material that is judged right."""
    found: list[Origin] = []
    for folder in [PRESETS, *folders]:
        for path in sorted(folder.glob("*.toml")):
            rows = tomllib.loads(path.read_text(encoding="utf-8")).get("expected", [])
            found += [Origin(path.stem, path, str(row.get("claim", row["latex"]))) for row in rows]
        if (folder / "cases.jsonl").is_file():
            for line in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines():
                case = json.loads(line)
                path = folder / "settings" / f"{case['setting']['setting_id']}.toml"
                found += [Origin(path.stem, path, case["latex"])] if case["verdict"] == "right" else []
    return [o for o in dict.fromkeys(found) if (j := judge_of(o.setting)) and verdict(j, o.latex) == "right"]


JUDGES: dict[Path, Judge | None] = {}


def judge_of(path: Path) -> Judge | None:
    """The judge of a setting; None where it cannot be read yet."""
    if path not in JUDGES:
        try:
            JUDGES[path] = Judge(understand(from_toml(path.read_text(encoding="utf-8"), path.name)))
        except DeriveError:
            JUDGES[path] = None
    return JUDGES[path]


def equation(judge: Judge, latex: str) -> Written | None:
    """The only equation of a text."""
    found = list(written(Source(latex), judge.understood.named.macros))
    return found[0] if len(found) == 1 and isinstance(found[0], Written) else None


def verdict(judge: Judge, latex: str) -> str:
    """The verdict on the only equation of a text."""
    w = equation(judge, latex)
    if w is None:
        return "cannot_tell"
    try:
        with at_most(5):
            return judge.judge(w).verdict
    except (TooLong, RecursionError, MemoryError):
        return "cannot_tell"
    except Exception as error:  # noqa: BLE001 - counted: a page must never end in a traceback
        return f"CRASH {type(error).__name__}: {error}"[:200]


# ------------------------------------------------------------ changes of the text

Change = Callable[[list[Token], Rng], list[Token] | None]


def _where(found: list[Token], wanted: Callable[[Token], bool]) -> list[int]:
    return [n for n, t in enumerate(found) if wanted(t)]


def _one(found: list[Token], rng: Rng, wanted: Callable[[Token], bool]) -> int | None:
    places = _where(found, wanted)
    return rng.choice(places) if places else None


def flip_sign(found: list[Token], rng: Rng) -> list[Token] | None:
    n = _one(found, rng, lambda t: t.text in "+-" and t.kind == "sign")
    return (
        None
        if n is None
        else [*found[:n], replace(found[n], text="-" if found[n].text == "+" else "+"), *found[n + 1 :]]
    )


def add_minus(found: list[Token], rng: Rng) -> list[Token] | None:
    n = _one(found, rng, lambda t: t.text in RELATIONS and t.text == "=")
    return None if n is None else [*found[: n + 1], replace(found[n], kind="sign", text="-"), *found[n + 1 :]]


def drop(found: list[Token], rng: Rng) -> list[Token] | None:
    """A symbol with its scripts, a digit or an operator is left out."""
    n = _one(found, rng, lambda t: t.kind in ("symbol", "digit") or t.text in (r"\odot", r"\sum", "'", "+", "-"))
    return None if n is None else [*found[:n], *found[_end(found, n) :]]


def _end(found: list[Token], n: int) -> int:
    """The place behind a symbol and its scripts."""
    n += 1
    while n + 1 < len(found) and found[n].text in ("^", "_"):
        n += 1
        depth = 0
        while n < len(found):
            depth += (found[n].text == "{") - (found[n].text == "}")
            n += 1
            if depth == 0:
                break
    while n < len(found) and found[n].text == "'":
        n += 1
    return n


def double(found: list[Token], rng: Rng) -> list[Token] | None:
    n = _one(found, rng, lambda t: t.kind in ("symbol", "digit"))
    return None if n is None else [*found[: _end(found, n)], *found[n:]]


def exchange(found: list[Token], rng: Rng) -> list[Token] | None:
    """Two symbols, each with its scripts, change places."""
    places = _where(found, lambda t: t.kind == "symbol")
    if len(places) < 2:
        return None
    a, b = sorted(rng.sample(places, 2))
    ea, eb = _end(found, a), _end(found, b)
    return [*found[:a], *found[b:eb], *found[ea:b], *found[a:ea], *found[eb:]] if ea <= b else None


def another(found: list[Token], rng: Rng) -> list[Token] | None:
    """A symbol becomes another symbol of the equation; its scripts stay."""
    places = _where(found, lambda t: t.kind == "symbol")
    if len(places) < 2:
        return None
    n, m = rng.sample(places, 2)
    return [*found[:n], replace(found[m], place=found[n].place, spaced=found[n].spaced), *found[n + 1 :]]


def digit(found: list[Token], rng: Rng) -> list[Token] | None:
    n = _one(found, rng, lambda t: t.kind == "digit")
    if n is None:
        return None
    other = rng.choice([d for d in "0123" if d != found[n].text])
    return [*found[:n], replace(found[n], text=other), *found[n + 1 :]]


def drop_scripts(found: list[Token], rng: Rng) -> list[Token] | None:
    """A transpose, a layer or an index is left out."""
    n = _one(found, rng, lambda t: t.text in ("^", "_"))
    if n is None:
        return None
    return [*found[:n], *found[_end([found[0], *found[n:]], 0) - 1 + n :]]


def transpose(found: list[Token], rng: Rng) -> list[Token] | None:
    n = _one(found, rng, lambda t: t.kind == "symbol" or t.text == ")")
    if n is None:
        return None
    end = _end(found, n)
    at = found[n].place
    closed = [Token("sign", "{", at), *found[n:end], Token("sign", "}", at)]
    return [*found[:n], *closed, Token("sign", "^", at), Token("symbol", "T", at), *found[end:]]


def move_layer(found: list[Token], rng: Rng) -> list[Token] | None:
    """``l`` to ``l+1`` or back, where a letter stands in a script."""
    inside = [
        n for n in range(1, len(found)) if found[n].kind == "symbol" and found[n - 1].text in ("{", "(", "[", "^", "_")
    ]
    if not inside:
        return None
    n = rng.choice(inside)
    at = found[n].place
    if n + 2 < len(found) and found[n + 1].text in ("+", "-") and found[n + 2].kind == "digit":
        return [*found[: n + 1], *found[n + 3 :]]
    shift = [Token("sign", rng.choice("+-"), at), Token("digit", "1", at)]
    if found[n - 1].text in ("^", "_"):
        return [*found[:n], Token("sign", "{", at), found[n], *shift, Token("sign", "}", at), *found[n + 1 :]]
    return [*found[: n + 1], *shift, *found[n + 1 :]]


def prime(found: list[Token], rng: Rng) -> list[Token] | None:
    n = _one(found, rng, lambda t: t.text == "(" and t.kind == "sign")
    return None if n is None else [*found[:n], Token("sign", "'", found[n].place), *found[n:]]


def another_sign(found: list[Token], rng: Rng) -> list[Token] | None:
    """An elementwise product for a product and the other way round."""
    n = _one(found, rng, lambda t: t.text in (r"\odot", r"\circ", "*", r"\cdot", r"\bullet"))
    if n is not None and rng.random() < 0.5:
        return [*found[:n], *found[n + 1 :]]
    m = _one(found, rng, lambda t: t.kind == "symbol")
    return None if m is None else [*found[:m], Token("command", r"\odot", found[m].place), *found[m:]]


def upside_down(found: list[Token], rng: Rng) -> list[Token] | None:
    n = _one(found, rng, lambda t: t.text == r"\frac")
    if n is None:
        return None
    middle = _argument(found, n + 1)
    end = _argument(found, middle)
    return [*found[: n + 1], *found[middle:end], *found[n + 1 : middle], *found[end:]]


def _argument(found: list[Token], n: int) -> int:
    depth = 0
    while n < len(found):
        depth += (found[n].text == "{") - (found[n].text == "}")
        n += 1
        if depth <= 0:
            break
    return n


CHANGES: tuple[Change, ...] = (
    flip_sign, add_minus, drop, drop, double, exchange, exchange, another, another, digit, drop_scripts, transpose,
    move_layer, move_layer, prime, another_sign, upside_down,
)  # fmt: skip

# ------------------------------------------------------------ rewritings that keep the meaning


def text_of(found: list[Token]) -> str:
    """Tokens as LaTeX."""
    out = []
    for t in found:
        if t.kind in ("begin", "end"):
            out.append(rf"\{t.kind}{{{t.text}}}")
        elif t.kind == "text":
            out.append(rf"\text{{ {t.text} }}")
        else:
            out.append(base_of([t]))
    return " ".join(out)


def same_tokens(judge: Judge, latex: str, rng: Rng) -> str | None:
    """Written anew from its tokens, with other spellings of signs."""
    found = tokens(Source(latex), judge.understood.named.macros)
    other = {r"\frac": r"\dfrac", "(": r"\left(", ")": r"\right)"} if rng.random() < 0.5 else {r"\top": r"\intercal"}
    text = text_of(found)
    for old, new in other.items():
        text = text.replace(f" {old} ", f" {new} ")
    return None if text.count(r"\left") != text.count(r"\right") else text


def renamed(judge: Judge, latex: str, rng: Rng) -> str | None:
    """A letter that a sum binds gets another name, everywhere."""
    found = tokens(Source(latex), judge.understood.named.macros)
    bound = [
        found[n + 2 + (found[n + 2].text == "{")]
        for n in _where(found[:-4], lambda t: t.text == r"\sum")
        if found[n + 1].text == "_"
    ]
    known = {t.text for t in found} | {s.words[0] for s in judge.understood.table.symbols}
    known |= {k.strip("\\") for k in judge.understood.setting.index}
    letters = [x for x in "pqruvijk" if x not in known]
    if not bound or not letters:
        return None
    old, new = rng.choice(bound), rng.choice(letters)
    uses = [t for t in found if t.text == old.text and t.kind == "symbol"]
    if any(f"{old.text}" in line.text.split("=")[0] for line in judge.understood.setting.given) and len(uses) < 2:
        return None
    changed = [replace(t, text=new) if t.text == old.text and t.kind == "symbol" else t for t in found]
    return text_of(changed)


def turned(judge: Judge, latex: str, _: Rng) -> str | None:
    """Both sides change places."""
    w = equation(judge, latex)
    if w is None or len(w.members) != 2 or w.relations != ("=",):
        return None
    found = tokens(Source(latex), judge.understood.named.macros)
    if any(t.kind in ("begin", "end", "row", "text", "gap") or t.text in (",", ".", "&") for t in found):
        return None
    return f"{text_of(list(w.members[1]))} = {text_of(list(w.members[0]))}"


def reordered(judge: Judge, latex: str, rng: Rng) -> str | None:
    """The terms of its sums and the factors of its products of numbers in another order, printed anew."""
    w = equation(judge, latex)
    if w is None:
        return None
    reading = understood(judge, w)
    if reading is None or any(c for c in w.conditions):
        return None
    own = author(spellings(list(w.members), judge.understood), judge.understood, limits=rng.random() < 0.5, above=True)
    try:
        sides = [own.written(shuffled(m, rng)) for m in reading.members]
    except (DeriveError, ValueError):
        return None
    out = sides[0]
    for sign, side in zip(w.relations, sides[1:], strict=True):
        out += f" {sign if sign == '=' else '='} {side}"
    return out if set(w.relations) == {"="} else None


def shuffled(e: Expr, rng: Rng) -> Expr:
    """The tree with what commutes in another order."""
    made = e.map(lambda c: shuffled(c, rng))
    if isinstance(made, Add | Hadamard):
        children = list(made.children)
        rng.shuffle(children)
        return made.rebuild(tuple(children))
    return made


REWRITINGS = (same_tokens, renamed, turned, reordered)

# ------------------------------------------------------------ why a changed equation may be right


def understood(judge: Judge, w: Written) -> Reading | None:
    """The equation in the first reading of its setting."""
    return next(iter(every_reading(judge, w)), None)


def every_reading(judge: Judge, w: Written) -> list[Reading]:
    """The equation in every well-typed reading, for every choice of sets that its letters have."""
    out = []
    page = judge.understood.page
    for table in tables(w, judge.understood):
        try:
            found = [read(w, table)] if page is None else [r for _, r in read_by_units(w, table, page)]
            out += [prepared(r, table, judge.updated) for r in found]
        except (*FAILURES, Misread, Undecided, ValueError):
            continue
    return out


def canonical(e: Expr) -> Expr:
    """The tree with what commutes in a fixed order."""
    made = e.map(canonical)
    return made.rebuild(tuple(sorted(made.children, key=repr))) if isinstance(made, Add | Hadamard | Mul) else made


STRUCTURE = frozenset("{}()[]|,.;:&") | {r"\left", r"\right", r"\{", r"\}"}
"""Signs that hold others together: what stands between them is looked at instead."""


def changed(before: list[Token], after: list[Token]) -> list[tuple[list[Token], int]]:
    """The places where two texts differ: in the new one what is new, in the old one what is gone."""
    rows = SequenceMatcher(None, [t.word for t in before], [t.word for t in after], autojunk=False).get_opcodes()
    new = [(after, n) for how, _, _, i, j in rows if how != "equal" for n in range(i, j)]
    gone = [(before, n) for how, i, j, _, _ in rows if how == "delete" for n in range(i, j)]
    return [(found, n) for found, n in new + gone if found[n].text not in STRUCTURE]


def others(token: Token) -> list[Token]:
    """Signs of another meaning that could stand in the place of one."""
    if token.kind == "digit":
        return [replace(token, text="7" if token.text != "7" else "5")]
    if token.kind in ("symbol", "text"):
        return [replace(token, kind="symbol", text=r"\Upsilon"), replace(token, kind="digit", text="7")]
    if token.text in ("^", "_"):
        return [replace(token, text="_" if token.text == "^" else "^"), replace(token, text="+")]
    return [replace(token, kind="sign", text="-" if token.text == "+" else "+")]


def passed_over(judge: Judge, before: str, after: str) -> list[str]:
    """The changed signs without meaning: the equation reads as the same whatever stands there."""
    macros = judge.understood.named.macros
    out = []
    for found, n in changed(tokens(Source(before), macros), tokens(Source(after), macros)):
        texts = [text_of([*found[:n], one, *found[n + 1 :]]) for one in others(found[n])]
        if all(members(judge, text) == members(judge, text_of(found)) for text in texts):
            out.append(text_of([found[n]]))
    return out


def members(judge: Judge, latex: str) -> set[tuple[Expr, ...]]:
    """What a text reads as, in every reading; nothing where it is refused."""
    w = equation(judge, latex)
    return {r.members for r in every_reading(judge, w)} if w is not None else set()


def explained(judge: Judge, before: str, after: str) -> str:
    """Why a changed equation is right; empty where nothing explains it."""
    why = _explained(judge, before, after)
    over = passed_over(judge, before, after) if why else []
    return f"{why}, but whatever stands for {' '.join(over)}" if over else why


def _explained(judge: Judge, before: str, after: str) -> str:
    one, two = equation(judge, before), equation(judge, after)
    first, second = (every_reading(judge, w) if w is not None else [] for w in (one, two))
    if not second:
        return ""
    if {r.members for r in second} <= {r.members for r in first}:
        return "reads as the same"
    if {tuple(map(canonical, r.members)) for r in second} <= {tuple(map(canonical, r.members)) for r in first}:
        return "another order"
    how = {proven(judge, r) for r in second}
    return "an identity, " + " and ".join(sorted(how)) if "" not in how else ""


def proven(judge: Judge, reading: Reading) -> str:
    """How the sides are found equal on networks that the judge has never seen: exactly, or in fifty digits."""
    worlds = judge.worlds
    exact = worlds.can_be_exact
    places = Places(reading, judge.understood.model)
    comparison = Comparison(reading, places, worlds, judge.understood, None)
    points = 0
    for plan in sorted(worlds.plans(), key=lambda p: sum(p.widths))[: 8 if exact else 2]:
        try:
            drawn = worlds.one(replace(plan, seed=plan.seed + 7000), exact=exact)
            world = drawn if exact else judge.precision.precise(drawn)
            if world is None:
                return "in doubles" if fresh(judge, reading) else ""
            for at in places.on(world):
                values = [comparison.value(m, world, at) for m in reading.members]
                for x, y in pairwise(values):
                    difference, count = residual(world, x, y, None, "=")
                    points += count
                    if difference > EQUAL:
                        return ""
        except (MeaningError, ArithmeticError, TypeError, ValueError):
            continue
    if not points:
        return "in doubles" if fresh(judge, reading) else ""
    return "exactly" if exact else "in fifty digits"


def fresh(judge: Judge, reading: Reading) -> bool:
    """Whether the sides agree on networks that the judge has never seen, in doubles."""
    worlds = judge.worlds
    places = Places(reading, judge.understood.model)
    comparison = Comparison(reading, places, worlds, judge.understood, None)
    points = 0
    try:
        for plan in worlds.plans():
            world = worlds.one(replace(plan, seed=plan.seed + 7000), exact=False)
            for at in places.on(world):
                values = [comparison.value(m, world, at) for m in reading.members]
                for x, y in pairwise(values):
                    difference, count = residual(world, x, y, None, "=")
                    points += count
                    if difference > 100 * RIGHT:
                        return False
    except MeaningError:
        return points > 0
    return points > 0


# ------------------------------------------------------------ the run


@dataclass(frozen=True)
class Outcome:
    """One changed equation."""

    kind: str
    verdict: str
    why: str = ""
    text: str = ""


def mutate(origin: Origin, rng: Rng) -> Outcome | None:
    """One random change of one equation, judged."""
    judge = judge_of(origin.setting)
    assert judge is not None
    try:
        found = tokens(Source(origin.latex), judge.understood.named.macros)
    except ReadFailure:
        return None
    change = rng.choice(CHANGES)
    made = change(list(found), rng)
    if made is None or [t.word for t in made] == [t.word for t in found]:
        return None
    text = text_of(made)
    said = verdict(judge, text)
    if said.startswith("CRASH"):
        return Outcome(change.__name__, "crash", said, f"{origin.name}: {said}\n        {text}")
    if said not in GOOD:
        return Outcome(change.__name__, said)
    why = "a definition" if said == "definition" else explained(judge, origin.latex, text)
    return Outcome(change.__name__, said, why or "NOT EXPLAINED", f"{origin.name}: {origin.latex}\n        -> {text}")


def rewrite(origin: Origin, rng: Rng) -> Outcome | None:
    """One rewriting that keeps the meaning, judged."""
    judge = judge_of(origin.setting)
    assert judge is not None
    how = rng.choice(REWRITINGS)
    try:
        text = how(judge, origin.latex, rng)
    except ReadFailure:
        return None
    if text is None:
        return None
    said = verdict(judge, text)
    return Outcome(
        how.__name__, said, "", f"{origin.name}: {origin.latex}\n        -> {text}" if said == "wrong" else ""
    )


def share(job: tuple[list[Origin], int, int, int]) -> list[tuple[str, Outcome]]:
    """A part of the work, in a process of its own."""
    found, mutants, rewritings, seed = job
    rng = random.Random(seed)
    out: list[tuple[str, Outcome]] = []
    for name, count, make in (("mutant", mutants, mutate), ("rewriting", rewritings, rewrite)):
        done = 0
        while done < count:
            outcome = make(rng.choice(found), rng)
            if outcome is not None:
                out.append((name, outcome))
                done += 1
    return out


def parts(found: list[Origin], options: argparse.Namespace) -> Iterator[tuple[list[Origin], int, int, int]]:
    """The work cut into small parts."""
    count = max(1, options.mutants // 500)
    for n in range(count):
        mutants = options.mutants * (n + 1) // count - options.mutants * n // count
        rewritings = options.rewritings * (n + 1) // count - options.rewritings * n // count
        yield found, mutants, rewritings, options.seed * 100_003 + n


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    for name, value in (("mutants", 20_000), ("rewritings", 2_000), ("seed", 0), ("jobs", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    start = time.perf_counter()
    found = origins(options.folders)
    print(f"{len(found)} right equations in {len({o.name for o in found})} settings", flush=True)
    outcomes: list[tuple[str, Outcome]] = []
    with multiprocessing.get_context("fork").Pool(options.jobs) as pool:
        for part in pool.imap_unordered(share, parts(found, options)):
            outcomes += part
            print(f"  {len(outcomes)} judged after {time.perf_counter() - start:.0f} s", flush=True)
    return report(outcomes)


def report(outcomes: list[tuple[str, Outcome]]) -> int:
    """The tables; 1 where a bug was found."""
    for name in ("mutant", "rewriting"):
        rows = [o for n, o in outcomes if n == name]
        print(f"\n{len(rows)} {name}s: {dict(Counter(o.verdict for o in rows))}")
        for kind in sorted({o.kind for o in rows}):
            print(f"  {kind:14} {dict(Counter(o.verdict for o in rows if o.kind == kind))}")
    accepted = [o for n, o in outcomes if n == "mutant" and o.verdict in GOOD]
    print(f"\naccepted though changed: {len(accepted)}: {dict(Counter(o.why for o in accepted))}")
    for why in sorted({o.why for o in accepted} - {"NOT EXPLAINED"}):
        shown = sorted({o.text for o in accepted if o.why == why})
        print(f"  {why}, for example:\n" + "\n".join(f"      {t}" for t in shown[:: max(1, len(shown) // 12)][:12]))
    bugs = [o for o in accepted if o.why == "NOT EXPLAINED"]
    bugs += [o for n, o in outcomes if o.verdict == "crash" or (n == "rewriting" and o.verdict == "wrong")]
    print(f"\n{len(bugs)} not explained")
    for text in sorted({f"{o.kind} {o.verdict}: {o.text}" for o in bugs}):
        print("  " + text)
    return 1 if bugs else 0


if __name__ == "__main__":
    sys.exit(main())
