"""Makes the test vectors of docs/protocol.md, section "Vectors", and reads each of them again.

    make.py --out FOLDER   writes them into a folder
    make.py --check        compares them with test/vectors/, and exits 1 on any difference or stray file

Nothing here is random: the same files come out each time.
"""

import argparse
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # a test runs this: it leaves nothing behind

import cases_cells
import cases_contacts
import cases_drop
import cases_epochs
import cases_further
import cases_heads
import cases_identities
import cases_invitations
import cases_letters
import cases_orders
import cases_passphrases
import cases_proofs
import cases_revocations
import cases_small
import cases_summaries
import cases_texts
import checks
import known_answers

FOLDER = Path(__file__).parents[1] / "vectors"
WIDTH = 120
CASES = (
    cases_cells,
    cases_contacts,
    cases_drop,
    cases_epochs,
    cases_further,
    cases_heads,
    cases_identities,
    cases_invitations,
    cases_letters,
    cases_orders,
    cases_passphrases,
    cases_proofs,
    cases_revocations,
    cases_small,
    cases_summaries,
    cases_texts,
)


def make() -> dict[str, str]:
    """The text of each file, by its name."""
    files: dict[str, str] = {}
    for module in CASES:
        for name, vector in module.cases().items():
            assert f"{name}.json" not in files, f"{name}: two of one name"
            files[f"{name}.json"] = write(vector) + "\n"
    return files


def write(value: object, indent: int = 0, lead: int = 0) -> str:
    """JSON as the linter wants it: objects with a line for each member, arrays on one line where they fit.

    `lead` is what stands before the value on its line besides the indentation.
    """
    inner = " " * (indent + 2)
    if isinstance(value, dict) and value:
        members = [f"{json.dumps(key)}: " for key in value]
        members = [key + write(member, indent + 2, len(key)) for key, member in zip(members, value.values())]
    elif isinstance(value, list):
        flat = json.dumps(value, ensure_ascii=False)
        if "{" not in flat and indent + lead + len(flat) + len(",") <= WIDTH:
            return flat
        members = [write(item, indent + 2) for item in value]
    else:
        return json.dumps(value, ensure_ascii=False)
    open_, close = "{}" if isinstance(value, dict) else "[]"
    return f"{open_}\n" + ",\n".join(inner + member for member in members) + f"\n{' ' * indent}{close}"


def verify(files: dict[str, str]) -> list[str]:
    """What does not come out as a vector says."""
    wrong = []
    for name, text in files.items():
        try:
            checks.check(json.loads(text))
        except Exception as error:  # whatever it is, it is a vector that is wrong
            wrong.append(f"{name}: {type(error).__name__}: {error}")
    return wrong


def compare(files: dict[str, str], folder: Path) -> list[str]:
    there = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    wrong = [f"{name}: missing" for name in files.keys() - there.keys()]
    wrong += [f"{name}: a stray file" for name in there.keys() - files.keys()]
    wrong += [f"{name}: differs" for name in files.keys() & there.keys() if files[name] != there[name]]
    return sorted(wrong)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", type=Path, metavar="FOLDER")
    what.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    known_answers.check()
    files = make()
    wrong = verify(files)
    if asked.check:
        wrong += compare(files, FOLDER)
    elif not wrong:
        asked.out.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (asked.out / name).write_text(text, "utf-8")
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(files)} vectors, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
