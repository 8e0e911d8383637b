"""Cases of summaries, and of what a reader takes from them."""

import hashlib

import nacl.bindings as sodium
from compose import Pairs, pairs_of
from ids import read_slot, seal_id, write_slot
from shared import Case, Cases, count, flipped, replaced
from summary import Said, key_of, said_of, slots_of, write_head, write_summary

DAY = "2026-11-22"
HOUR, MIDNIGHT = f"{DAY}T11", f"{DAY}T00"
FIRST, FIFTH, LAST = (f"{HOUR}:{minutes}:00Z" for minutes in ("00", "20", "55"))
BEGINS = read_slot(FIRST)
HOUR_HEAD, DAY_HEAD = (11 + 4 * len(slots_of(period)) for period in (HOUR, DAY))
Batches = dict[str, list[bytes]]


def lines(number: int, first: int = 1) -> list[bytes]:
    """So many lines, all of one byte each, which counts up."""
    return [bytes([(first + i) % 256]) * 80 for i in range(number)]


THREE = {FIRST: lines(8), FIFTH: lines(16, 0x11), LAST: lines(8, 0x31)}
BODY = write_summary(HOUR, THREE)


def case(about: str, period: str, body: bytes, head: int = HOUR_HEAD) -> Case:
    """`head`: how many bytes stand as they are, before those that are written as pairs."""
    behind: Pairs = pairs_of(body[head:])
    return {
        "kind": "summary",
        "about": about,
        "period": period,
        "bytes": body[:head].hex(),
        **({"behind": behind} if behind else {}),
    }


def said(batches: Batches) -> dict[str, list]:
    """What a list says of them."""
    return {slot: list(said_of(sealed_ids)) for slot, sealed_ids in batches.items()}


def good() -> Cases:
    def of(about: str, period: str, batches: Batches, head: int | None = None) -> Case:
        head = head or (DAY_HEAD if len(period) == len(DAY) else HOUR_HEAD)
        made = case(about, period, write_summary(period, batches), head)
        return {**made, "key": key_of(period), "batches": said(batches)}

    public = sodium.crypto_box_seed_keypair(count(0x0E))[0]
    sealed = [seal_id(count(i), public, sodium.crypto_box_seed_keypair(count(i))[1]) for i in range(16)]
    hour, day = slots_of(HOUR), slots_of(DAY)
    most = {FIRST: [b"\1" * 80] * 131_072, LAST: [b"\2" * 80] * 131_072}
    return {
        "summary": of("an hour with two batches of sealed ids", HOUR, {FIFTH: sealed[:8], LAST: sealed[8:]}, 2**11),
        "summary-day": of("a day with five batches", DAY, {day[0]: lines(8, 0x51), **THREE, day[287]: lines(8, 0x61)}),
        "summary-day-all": of(
            "a day with all 288 batches", DAY, {slot: [bytes([i % 256]) * 80] * 8 for i, slot in enumerate(day)}
        ),
        "summary-day-last": of("a day with its last batch only", DAY, {day[287]: lines(8)}),
        "summary-hour-all": of(
            "an hour with all twelve batches", HOUR, {slot: lines(8, 8 * i) for i, slot in enumerate(hour)}
        ),
        "summary-leap-day": of("an hour of a leap day", "2028-02-29T23", {"2028-02-29T23:55:00Z": lines(8)}),
        "summary-midnight": of("the first hour of a day", MIDNIGHT, {day[3]: lines(8)}),
        "summary-most": of("as many lines as there may be, 262,144, in two batches of the last rung", HOUR, most),
        "summary-one": of("an hour with one batch", HOUR, {FIFTH: lines(8)}),
        "summary-rungs": of(
            "batches of 8, 16, ... 1,024 lines", HOUR, {hour[i + 2]: [bytes([i]) * 80] * 8 * 2**i for i in range(8)}
        ),
    }


def refused() -> Cases:
    def bad(about: str, body: bytes, words: str = "invalid summary", period: str = HOUR, head: int = HOUR_HEAD) -> Case:
        return {**case(about, period, body, head), "refusedWith": words}

    def three(about: str, body: bytes, words: str = "invalid summary") -> Case:
        """Of a list that says the right thing of each batch."""
        return {**bad(about, body, words), "said": said(THREE)}

    def counts(about: str, *numbers: int) -> Case:
        """With these numbers of lines in the first slots, and as many lines as they say."""
        return bad(about, write_head(BEGINS, [*numbers, *[0] * (12 - len(numbers))]) + b"\1" * 80 * sum(numbers))

    def begins(about: str, at: int) -> Case:
        return three(about, replaced(BODY, 1, at.to_bytes(8, "big")))

    def no_period(about: str, period: str, words: str = "invalid period") -> Case:
        return bad(about, BODY, words, period)

    early = {f"{MIDNIGHT}:15:00Z": lines(16)}  # so that the hour is as long as the head of a day
    hour_for_day, day_for_hour = write_summary(MIDNIGHT, early), write_summary(DAY, early)
    newer = "this summary needs a newer version of dead-drop"
    return {
        "summary-version-0": three("version 0", replaced(BODY, 0, b"\0")),
        "summary-version": three("a newer version", replaced(BODY, 0, b"\2"), newer),
        "summary-begins-hour": begins("it begins an hour later", BEGINS + 3600),
        "summary-begins-second": begins("it begins a second later", BEGINS + 1),
        "summary-begins-milliseconds": begins("it begins as many milliseconds after 1970", BEGINS * 1000),
        "summary-begins-number": begins("it begins at 2^53 seconds", 2**53),
        "summary-begins-high-bit": three("the highest bit of its beginning is set", flipped(BODY, 1, 0x80)),
        "summary-slots": three("it says that it has 288 slots, and has 12", replaced(BODY, 9, b"\1\x20")),
        "summary-slots-hour": bad(
            "the summary of a day's first hour in place of the day's: 12 slots", hour_for_day, period=DAY
        ),
        "summary-slots-day": bad(
            "the summary of a day in place of its first hour's: 288 slots", day_for_hour, period=MIDNIGHT, head=DAY_HEAD
        ),
        "summary-count-4": counts("a slot has 4 lines, which is no rung", 8, 4),
        "summary-count-12": counts("a slot has 12 lines, which is no rung", 8, 12),
        "summary-count-large": counts("a slot has 262,144 lines, which is beyond the last rung", 2**18),
        "summary-none": counts("no line"),
        "summary-more": counts("262,152 lines, which are eight too many", 131_072, 131_072, 8),
        "summary-short": three("its last byte is missing", BODY[:-1]),
        "summary-short-line": three("its last line is missing", BODY[:-80]),
        "summary-long": three("a byte behind its last line", BODY + b"\0"),
        "summary-long-line": three("a line behind its last line", BODY + BODY[-80:]),
        "summary-cut-lines": three("it ends behind its head", BODY[:HOUR_HEAD]),
        "summary-cut-head": three("the last byte of its head is missing, and what is behind", BODY[: HOUR_HEAD - 1]),
        "summary-cut-beginning": three("it ends within its beginning", BODY[:7]),
        "summary-cut-version": three("it ends behind its version", BODY[:1]),
        "summary-empty": three("no byte", b""),
        "summary-period-blank": no_period("an hour with a blank behind it", f"{HOUR} "),
        "summary-period-day": no_period("a day that there is not", "2026-02-29", "invalid slot"),
        "summary-period-empty": no_period("no period", ""),
        "summary-period-hour": no_period("hour 24", f"{DAY}T24", "invalid slot"),
        "summary-period-lower-case": no_period("an hour in lower case", HOUR.lower(), "invalid slot"),
        "summary-period-minutes": no_period("an hour with its minutes", f"{HOUR}:00"),
        "summary-period-month": no_period("a month", "2026-11"),
        "summary-period-slot": no_period("a slot", FIRST),
        "summary-period-t": no_period("a day with a T behind it", f"{DAY}T"),
        "summary-period-week": no_period("a day of a week, in ten characters", "2026-W47-7", "invalid slot"),
    }


def takings() -> Cases:
    """What of a summary counts, where a list says this and that of its batches."""

    def of(about: str, says: dict[str, Said | list], *taken: str, period: str = HOUR, body: bytes = BODY) -> Case:
        listed = {slot: list(each) for slot, each in says.items()}
        return {**case(about, period, body), "said": listed, "taken": list(taken)}

    def but(about: str, *fifth: int | str | None) -> Case:
        """What the list says of the fifth slot's batch is other than it should be."""
        return of(about, {**right, FIFTH: fifth}, FIRST, LAST)

    right = said(THREE)
    size, md5 = right[FIFTH]
    others = [write_slot(read_slot(slot) + 3600) for slot in right]
    turned = [*THREE[FIFTH][1:], THREE[FIFTH][0]]
    return {
        "summary-taken": of("the list says the same of each batch", right, *right),
        "summary-taken-md5": but("another MD5", size, flipped(bytes.fromhex(md5), 0).hex()),
        "summary-taken-order": but("the MD5 of the same lines in another order", *said_of(turned)),
        "summary-taken-ids": but("the MD5 of the lines as they stand in the summary", size, md5_of(THREE[FIFTH])),
        "summary-taken-upper-case": but("the MD5 in upper case, which no list says", size, md5.upper()),
        "summary-taken-size": but("another size, which is a rung's", size // 2, md5),
        "summary-taken-size-ids": but("the size of the lines as they stand in the summary", 80 * 16, md5),
        "summary-taken-no-size": but("no size", None, md5),
        "summary-taken-no-md5": but("no MD5", size, None),
        "summary-taken-nothing": but("neither size nor MD5", None, None),
        "summary-taken-exchanged": of(
            "what is said of two batches is exchanged", {**right, FIRST: right[LAST], LAST: right[FIRST]}, FIFTH
        ),
        "summary-taken-unlisted": of(
            "one of the batches is not listed", {FIRST: right[FIRST], LAST: right[LAST]}, FIRST, LAST
        ),
        "summary-taken-late": of(
            "the list has a batch more, which came after the summary",
            dict(sorted({**right, f"{HOUR}:25:00Z": said_of(lines(8, 0x71))}.items())),
            *right,
        ),
        "summary-taken-other-hour": of("the list is of another hour", dict(zip(others, right.values()))),
        "summary-taken-empty": of("the list is empty", {}),
    }


def md5_of(sealed_ids: list[bytes]) -> str:
    return hashlib.md5(b"".join(sealed_ids)).hexdigest()


def cases() -> Cases:
    return {**good(), **refused(), **takings()}
