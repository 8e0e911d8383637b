"""Reads each vector as a client would, from what stands in its file, and compares with what the file says."""

import armor
import cell
import contact as contacts
import desk
import drop
import epoch as epochs
import ids
import letter
import locked
import summary
import words
import work
import xwing
from cases_cells import CONTENT
from cases_identities import of_identity
from compose import bytes_of
from hashes import NotOpened, Refused, blake2b, derive, sha256
from shared import Case, flipped, of_contact, replaced

unhex = bytes.fromhex


def check(vector: Case) -> None:
    """@raises AssertionError when something else comes out than the vector says."""
    try:
        CHECKS[vector["kind"]](vector)
    except Refused as refused:
        assert vector.get("refusedWith") == str(refused), f"refused: {refused}"
    except NotOpened as why:
        assert vector.get("why") == str(why), f"not opened: {why}"
    else:
        assert "refusedWith" not in vector and "why" not in vector, "not refused"


def given(vector: Case, field: str = "text") -> bytes:
    return unhex(vector["bytes"]) if "bytes" in vector else vector[field].encode()


def same(vector: Case, **found: object) -> None:
    for name, value in found.items():
        value = value.hex() if isinstance(value, bytes) else value
        assert vector.get(name) == value, f"{name}: {value}"


def check_sealed_id(v: Case) -> None:
    same(v, publicKey=ids.x25519_public(unhex(v["secretKey"])))
    opened = ids.open_sealed_id(ids.read_sealed_id(v["text"]), unhex(v["secretKey"]))
    assert v["opensTo"] == (opened and opened.hex())


def check_upload_id(v: Case) -> None:
    upload_id = ids.read_upload_id(v["text"])
    same(v, id=upload_id, key=f"uploads/{ids.write_upload_id(upload_id)}")


def check_slot(v: Case) -> None:
    at = ids.read_slot(v["text"])
    same(v, at=at, last=at + 299)
    assert ids.write_slot(v["at"]) == ids.write_slot(v["last"]) == v["text"] != ids.write_slot(v["last"] + 1)


def check_batch(v: Case) -> None:
    same(v, lines=ids.read_batch(v["body"]))


def check_words(v: Case) -> None:
    entropy = words.read(v.get("typed", v["words"]), 12)
    same(v, entropy=entropy, words=words.write(entropy))


def check_work(v: Case) -> None:
    assert work.proves(v["purpose"], unhex(v["bound"]), v["bits"], v["work"], v["at"]) is v["proves"]
    if v["proves"]:
        seed = work.seed(v["purpose"], v["slot"], unhex(v["bound"]))
        same(v, seed=seed, nonce=ids.read_nonce(v["work"]), hash=sha256(seed + unhex(v["nonce"])))


def check_challenge(v: Case) -> None:
    bits, slot = work.read_challenge(v["text"])
    same(v, bits=bits, slot=slot)


def check_cell(v: Case) -> None:
    secret_key, upload_id = unhex(v["recipientSeed"]), unhex(v["id"])
    key = xwing.public_key(secret_key)
    ciphertext, shared = xwing.encapsulate(key, unhex(v["encapsulationSeed"]))
    if "ephemeral" in v:
        ciphertext = ciphertext[:-32] + unhex(v["ephemeral"])
        shared = xwing.decapsulate_lenient(secret_key, ciphertext)
    own = cell.secrets(shared, v["role"], unhex(v["identity"]), key, upload_id)
    content = CONTENT
    if "solved" in v:
        content = replaced(content, v["solved"][0], unhex(v["solved"][1]))
        same(v, content=sha256(content))
    made = cell.assemble(ciphertext, own, content)
    same(v, recipient=blake2b(key), secret=own.secret, key=own.key, nonce=own.nonce, commitment=own.commitment)
    same(v, digest=cell.digest(made))
    if "otherKey" in v:
        other = cell.Secrets(b"", unhex(v["otherKey"]), unhex(v["otherNonce"]), b"")
        same(v, otherContent=sha256(cell.decrypt(other, made[1_152:])))
    if "flip" in v:
        made = flipped(made, v["flip"])
    if "replace" in v:
        made = replaced(made, v["replace"][0], unhex(v["replace"][1]))
    made = made[: v.get("cut", len(made))]
    role, open_id = v.get("openRole", v["role"]), unhex(v.get("openId", v["id"]))
    identity = unhex(v.get("openIdentity", v["identity"]))
    opened = cell.open_cell(made, role, identity, unhex(v.get("openSeed", v["recipientSeed"])), open_id)
    assert (opened == content) if v["opens"] else (opened is None)


def check_epoch(v: Case) -> None:
    keys = epochs.epoch(unhex(v["seed"]))
    same(v, idSecretKey=keys.id_secret, cellSecretKey=keys.cell_secret, letterSeed=keys.letter_seed)
    same(v, idKey=keys.id_key, cellKey=keys.cell_key, letterKey=keys.letter_key, ticketKey=keys.ticket_key)
    same(v, ticket=keys.ticket(unhex(v["recipient"])))


def check_mailbox(v: Case) -> None:
    entropy = words.read(v["words"], 12)
    secret = epochs.stretch_words(entropy)
    seed, storage_key = (derive(secret, f"mailbox {what}") for what in ("keys", "storage"))
    same(v, entropy=entropy, secret=secret, epochSeed=seed, storageKey=storage_key)
    contact = contacts.check(unhex(v["contact"]), v["at"])
    keys = epochs.epoch(seed)
    same(v, **of_contact(contact))
    assert contact.identity == contacts.mailbox_identity(keys.id_key, keys.cell_key)
    assert contact.kind == contacts.KIND_MAILBOX and contact.cell_key == keys.cell_key
    assert (contact.valid_from, contact.valid_until) == epochs.mailbox_validity(v["at"])


def fingerprint_of(v: Case) -> bytes | None:
    return contacts.read_fingerprint(v["fingerprint"]) if "fingerprint" in v else None


def check_contact(v: Case) -> None:
    contact = contacts.read(given(v), v["at"], fingerprint_of(v))
    same(v, **of_contact(contact))
    if "epochSeed" in v:
        assert contact.cell_key == epochs.epoch(unhex(v["epochSeed"])).cell_key
        assert contact.identity == epochs.identity_of(unhex(v["identitySeed"]))


def check_revocation(v: Case) -> None:
    identity, when = contacts.read_revocation(given(v), fingerprint_of(v))
    same(v, identity=identity, when=when)


def check_fingerprint(v: Case) -> None:
    digest = contacts.read_fingerprint(v["typed"]) if "typed" in v else None
    if "identity" not in v:
        return
    own = contacts.fingerprint(unhex(v["identity"]))
    same(v, print=contacts.print_fingerprint(own), words=words.write(own))
    if digest is not None:
        same(v, matches=digest == own)


def check_head(v: Case) -> None:
    head = letter.read_head(unhex(v["head"]).ljust(cell.CONTENT_BYTES, b"\0"))
    same(v, text=head.text, files=[{"name": f.name.decode(), "bytes": f.size} for f in head.files])
    same(v, cells=[{"id": i.hex(), "digest": d.hex()} for i, d in head.further])
    if head.answers:
        same(v, answers={"id": head.answers[0].hex(), "ticket": head.answers[1].hex()})
    if head.contact:
        same(v, contact=armor.write("contact", unhex(v["head"])[66:1_716]), ticket=head.ticket, proof=head.proof)


def check_letter(v: Case) -> None:
    body = v["text"].encode() if "text" in v else bytes_of(v["body"])
    root = (unhex(v["head"]) + body).ljust(cell.CONTENT_BYTES, b"\0")
    if "lastByte" in v:
        root = root[:-1] + bytes([v["lastByte"]])
    assert len(root) == cell.CONTENT_BYTES
    same(v, content=sha256(root))
    reader = epochs.epoch(unhex(v["recipientSeed"]))
    upload_id = unhex(v["id"])
    randomness = unhex(v.get("encapsulationSeed", "00" * 64))
    identity = unhex(v["recipient"])
    sealed = cell.seal(root, "root", identity, reader.cell_key, upload_id, randomness)
    if "cell" in v:
        same(v, cell=sha256(sealed))
    lying = {}
    for f in v.get("further", []):
        if not f.get("missing"):
            content, role = bytes_of(f["content"]), f.get("role", "further")
            for_id, random = unhex(f.get("sealedId", f["id"])), unhex(f["encapsulationSeed"])
            lying[unhex(f["id"])] = cell.seal(content, role, identity, reader.cell_key, for_id, random)
    all_epochs = [epochs.epoch(unhex(seed)) for seed in v.get("recipientSeeds", [v["recipientSeed"]])]
    opened = letter.read_letter(sealed, lying.get, upload_id, reader, all_epochs, identity, v["at"])
    if "text" in v:
        assert opened.text == v["text"].encode()
    if "textDigest" in v:
        same(v, textDigest=sha256(opened.text))
        files = zip(opened.head.files, opened.files)
        same(v, files=[{"name": f.name.decode(), "bytes": f.size, "digest": sha256(data).hex()} for f, data in files])
    head = opened.head
    assert (head.contact is not None) == ("writer" in v)
    if head.contact:
        is_mailbox = head.contact.kind == contacts.KIND_MAILBOX
        data = root[66:1_716]
        same(v["writer"], **({"contactBytes": data} if is_mailbox else {"contact": armor.write("contact", data)}))
        same(v, digest=letter.content_digest(root), ticket=head.ticket)
        same(v, **{"mac" if is_mailbox else "signature": head.proof})
        assert head.ticket == epochs.epoch(unhex(v["writer"]["seed"])).ticket(identity)
    same(v, answers=head.answers and {"id": head.answers[0].hex(), "ticket": head.answers[1].hex()})


def passphrase_of(v: Case) -> bytes:
    return unhex(v["passphraseBytes"]) if "passphraseBytes" in v else v["passphrase"].encode()


def check_identity_file(v: Case) -> None:
    own = locked.open_identity(given(v), passphrase_of(v))
    if own is None:
        assert v["opens"] is False
        return
    same_identity(v, own)


def same_identity(v: Case, own: locked.Identity) -> None:
    assert "opens" not in v
    same(v, **of_identity(own))


def check_signing_key(v: Case) -> None:
    seed = locked.open_signing_key(given(v), passphrase_of(v), unhex(v["own"]))
    if seed is None:
        assert v["opens"] is False
        return
    same(v, identitySeed=seed, secrets=unhex(v["own"]) + seed)


def check_passphrase(v: Case) -> None:
    same(v, prepared=locked.prepare(unhex(v["bytes"]), v["fromFile"]))


def check_invitation(v: Case) -> None:
    if "secret" in v:
        kept = unhex(v["secret"])
        lock_words = desk.lock_of(desk.secret_of(desk.number_of(v["newest"]), kept, desk.number_of(v["sent"]) + 1))
    else:
        lock_words = v["words"].encode()
    brought = desk.open_invitation(given(v), lock_words, unhex(v["own"]), v["at"], v.get("sent"))
    if brought is None:
        assert v["opens"] is False
        return
    same_identity(v, brought)


def check_list(v: Case) -> None:
    said, more, cut = drop.read_list(v["body"], v.get("after"))
    assert cut == v.get("cut", False)
    same(v, slots=list(said), more=more)
    if "said" in v:
        same(v, said=listed(said))


def listed(said: dict[str, summary.Said]) -> Case:
    """What a list says of batches, as a field of a vector."""
    return {slot: list(says) for slot, says in said.items()}


def check_summary(v: Case) -> None:
    body, period = unhex(v["bytes"]) + bytes_of(v.get("behind", [])), v["period"]
    if "said" in v:
        assert summary.taken_from(body, period, v["said"]) == v.get("taken", [])
    batches = summary.read_summary(body, period)
    if "batches" in v:
        same(v, key=summary.key_of(period), batches=listed({slot: summary.said_of(i) for slot, i in batches.items()}))
        assert summary.write_summary(period, batches) == body


def check_upload_url(v: Case) -> None:
    upload_id, url = drop.read_upload_url(v["body"])
    same(v, id=upload_id, url=url)


CHECKS = {
    "sealed id": check_sealed_id,
    "sealed id text": lambda v: ids.read_sealed_id(v["text"]),
    "upload id": check_upload_id,
    "slot": check_slot,
    "batch": check_batch,
    "words": check_words,
    "work": check_work,
    "work challenge": check_challenge,
    "cell": check_cell,
    "epoch": check_epoch,
    "mailbox": check_mailbox,
    "contact": check_contact,
    "revocation": check_revocation,
    "fingerprint": check_fingerprint,
    "head": check_head,
    "letter": check_letter,
    "identity file": check_identity_file,
    "signing key file": check_signing_key,
    "passphrase": check_passphrase,
    "invitation": check_invitation,
    "list": check_list,
    "summary": check_summary,
    "upload url": check_upload_url,
}
