"""Cases of epochs and mailboxes."""

import contact as contacts
import words
from epoch import epoch, identity_of, mailbox_validity, stretch_words
from hashes import derive
from shared import AT, COLLEAGUE, DROP, OTHER_WORDS, SEED, WORDS, Case, Cases, of_contact


def epochs() -> Cases:
    recipient = identity_of(COLLEAGUE)

    def case(about: str, seed: bytes) -> Case:
        keys = epoch(seed)
        return {
            "kind": "epoch",
            "about": about,
            "seed": seed.hex(),
            "idSecretKey": keys.id_secret.hex(),
            "cellSecretKey": keys.cell_secret.hex(),
            "letterSeed": keys.letter_seed.hex(),
            "idKey": keys.id_key.hex(),
            "cellKey": keys.cell_key.hex(),
            "letterKey": keys.letter_key.hex(),
            "ticketKey": keys.ticket_key.hex(),
            "recipient": recipient.hex(),
            "ticket": keys.ticket(recipient).hex(),
        }

    return {
        "epoch": case(
            "the keys of an epoch, and the ticket of letters that are written with them to an identity", SEED
        ),
        "epoch-other": case("the keys of an epoch whose seed is 32 zeros", bytes(32)),
    }


def mailbox_keys(typed: str) -> tuple[bytes, bytes, bytes, bytes]:
    """Entropy, S, the seed of the epoch, and the storage key."""
    entropy = words.read(typed, 12)
    secret = stretch_words(entropy)
    return entropy, secret, *(derive(secret, f"mailbox {what}") for what in ("keys", "storage"))


def mailboxes() -> Cases:
    def case(about: str, typed: str, at: int) -> Case:
        entropy, secret, epoch_seed, storage_key = mailbox_keys(typed)
        valid_from, valid_until = mailbox_validity(at)
        contact = contacts.of_mailbox(epoch(epoch_seed), valid_from, valid_until, DROP)
        return {
            "kind": "mailbox",
            "about": about,
            "words": typed,
            "entropy": entropy.hex(),
            "secret": secret.hex(),
            "epochSeed": epoch_seed.hex(),
            "storageKey": storage_key.hex(),
            **of_contact(contacts.parse(contact)),
            "at": at,
            "contact": contact.hex(),
        }

    listed = WORDS.split()
    typed = " ".join(word.upper() if i % 2 else word[:4] for i, word in enumerate(listed))
    return {
        "mailbox": case("the mailbox of the words in words.json, and its return contact", WORDS, AT),
        "mailbox-typed": case("the same mailbox from words in capitals and by four letters", typed, AT),
        "mailbox-midnight": case(
            "another mailbox, with a return contact that is made at midnight", OTHER_WORDS, 1_794_960_000
        ),
        "mailbox-last-second": case(
            "that mailbox, with a return contact that is made a second earlier", OTHER_WORDS, 1_794_959_999
        ),
    }


def cases() -> Cases:
    return {**epochs(), **mailboxes()}
